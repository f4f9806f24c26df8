"""The program `staste`, as the wheel brings it."""

import subprocess
import sys
import sysconfig

import staste


def run(*arguments, **more):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, **more)


def test_it_is_installed_and_runs_as_a_module(tmp_path):
    program = sysconfig.get_path("scripts") + "/staste"
    for command in ([program], [sys.executable, "-m", "staste"]):
        store = f"sqlite:{tmp_path}/{len(command)}.db"
        made = run(*command, "--store", store, "define", "guests", "--axis", "gender=boy,girl")
        assert made.returncode == 0 and "defined guests" in made.stdout, made.stderr
        assert run(*command, "--store", store, "kick", "guests", "gender=girl").returncode == 0
        asked = run(*command, "--store", store, "query", "guests", "--by", "gender", "--format", "csv")
        assert "girl,,1" in asked.stdout, asked.stdout
        wrong = run(*command, "--store", store, "quary")
        assert wrong.returncode == 2 and "query" in wrong.stderr
        with staste.Staste(store) as handle:
            gender = [("gender", staste.Axis(choices=["boy", "girl"]))]
            assert staste.Metrica("guests", gender, store=handle).total() == 1


def test_it_ends_when_it_is_told_to(tmp_path):
    command = [sys.executable, "-m", "staste", "serve", "--listen", "127.0.0.1:0", "--store", f"sqlite:{tmp_path}/s.db"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert "http://127.0.0.1" in server.stdout.readline()
        server.terminate()
        assert server.wait(30) == 0
