"""Children of `multiprocessing` and of `os.fork`."""

import pathlib
import subprocess
import sys

import pytest

import staste
from staste import Metrica, StoredChoiceAxis

HERE = pathlib.Path(__file__).parent


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_kicks_of_multiprocessing_children_are_counted(tmp_path, monkeypatch, method):
    store = f"sqlite:{tmp_path}/children.db"
    monkeypatch.setenv("STASTE_STORE", store)
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    script = tmp_path / "children.py"
    script.write_text(
        "import multiprocessing, sys\n"
        "from staste import Metrica, StoredChoiceAxis\n"
        "mine = Metrica('children', [('what', StoredChoiceAxis())])\n"
        "def work(count):\n"
        "    for _ in range(count):\n"
        "        mine.kick(what='child')\n"
        "if __name__ == '__main__':\n"
        "    mine.kick(what='parent')\n"
        f"    context = multiprocessing.get_context('{method}')\n"
        "    children = [context.Process(target=work, args=(1000,)) for _ in range(4)]\n"
        "    [child.start() for child in children]\n"
        "    [child.join() for child in children]\n"
        "    with context.Pool(2) as pool:\n"
        "        pool.map(work, [100] * 4)\n"
        "        pool.close()\n"
        "        pool.join()\n"
        "    mine.kick(what='parent')\n"
    )
    subprocess.run([sys.executable, script], check=True, timeout=120)
    with staste.Staste(store) as handle:
        counted = Metrica("children", [("what", StoredChoiceAxis())], store=handle)
        assert dict(counted.iterate("what")) == {"parent": 2, "child": 4400}


def test_child_that_ends_by_os_exit_counts_after_close(tmp_path):
    store = f"sqlite:{tmp_path}/forked.db"
    script = (
        "import os, staste\n"
        f"staste.configure({store!r})\n"
        "mine = staste.Metrica('forked', [])\n"
        "mine.kick()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    mine.kick(10)\n"
        "    staste.close()\n"
        "    os._exit(0)\n"
        "os.waitpid(child, 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    with staste.Staste(store) as handle:
        assert Metrica("forked", [], store=handle).total() == 11
