"""The program `staste`, which the package installs."""

import subprocess
import sys
import sysconfig

import staste


def run(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60)


def test_program_is_installed_and_runs_as_a_module(tmp_path):
    program = sysconfig.get_path("scripts") + "/staste"
    for command in ([program], [sys.executable, "-m", "staste"]):
        store = f"sqlite:{tmp_path}/{len(command)}.db"
        defined = run(*command, "--store", store, "define", "guests", "--axis", "gender=boy,girl")
        assert defined.returncode == 0 and "defined guests" in defined.stdout, defined.stderr
        assert run(*command, "--store", store, "kick", "guests", "gender=girl").returncode == 0
        query = run(*command, "--store", store, "query", "guests", "--by", "gender", "--format", "csv")
        assert "girl,,1" in query.stdout, query.stdout
        mistyped = run(*command, "--store", store, "quary")
        assert mistyped.returncode == 2 and "query" in mistyped.stderr
        with staste.Staste(store) as handle:
            gender = [("gender", staste.Axis(choices=["boy", "girl"]))]
            assert staste.Metrica("guests", gender, store=handle).total() == 1


def test_server_ends_by_sigterm_with_exit_code_0(tmp_path):
    command = [sys.executable, "-m", "staste", "serve", "--listen", "127.0.0.1:0", "--store", f"sqlite:{tmp_path}/s.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert "http://127.0.0.1" in server.stdout.readline()
        server.terminate()
        assert server.wait(30) == 0
