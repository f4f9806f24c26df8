"""Sub-interpreters, as mod_wsgi creates them: they cannot import the package."""

import subprocess
import sys

import pytest

# Two sites in sub-interpreters and then the main interpreter try to count, each in its own store.
SCRIPT = """
import importlib, sys

modern = sys.version_info >= (3, 13)
interpreters = importlib.import_module("_interpreters" if modern else "_xxsubinterpreters")
SITE = '''
import sys
sys.path[:] = {path!r}
import staste
staste.configure("sqlite:{name}.db")
staste.Metrica("visits").kick()
staste.close()
'''

def run(code):
    if modern:
        failed = interpreters.exec(interpreters.create("legacy"), code)
        return failed and failed.formatted
    try:
        interpreters.run_string(interpreters.create(isolated=False), code)
    except interpreters.RunFailedError as error:
        return str(error)

for name in ("a", "b"):
    print(run(SITE.format(path=sys.path, name=name)))
exec(SITE.format(path=sys.path, name="main"))
print(staste.Metrica("visits").total())
"""


@pytest.fixture
def output(tmp_path):
    command = [sys.executable, "-c", SCRIPT]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout


def test_import_in_a_sub_interpreter_raises_and_the_main_one_counts(output, tmp_path):
    first, second, total = output.splitlines()
    for error in (first, second):
        assert "staste cannot be imported in a sub-interpreter" in error
        assert "WSGIApplicationGroup %{GLOBAL}" in error and "WSGIDaemonProcess" in error
    assert total == "1"
    assert [found.name for found in tmp_path.glob("*.db")] == ["main.db"]
