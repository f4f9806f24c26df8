"""Several workers under load: what was answered is what is counted, whatever becomes of them."""

import collections
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import staste
from staste import Metrica, StoredChoiceAxis

HERE = pathlib.Path(__file__).parent
REQUESTS = 20_000
CLIENTS = 8
# So many are answered before anything happens to the server.
MANY = 2000


class Server:
    """A server with four workers, and what its clients were answered."""

    def __init__(self, store, *arguments, uvicorn=False):
        reserved = socket.create_server(("127.0.0.1", 0))
        self.port = reserved.getsockname()[1]
        # The socket is handed over, so that nobody else gets its port.
        environment = {**os.environ, "STASTE_STORE": store, "PYTHONPATH": str(HERE)}
        if uvicorn:
            command = ["uvicorn", "--workers", "4", "--fd", str(reserved.fileno()), "--log-level", "error"]
            command += ["served_site:asgi"]
        else:
            command = ["gunicorn", "--workers", "4", "--bind", f"fd://{reserved.fileno()}", "--log-level", "error"]
            command += [*arguments, "served_site:application"]
        command = [sys.executable, "-m", *command]
        self.process = subprocess.Popen(command, env=environment, pass_fds=[reserved.fileno()])
        reserved.close()
        self.answered = []
        self.left = REQUESTS
        self.is_over = False
        self.lock = threading.Lock()
        self.has_answered_many = threading.Event()

    def ask(self):
        """The worker that answered; none where nobody did."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as stream:
                stream.sendall(b"GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = b""
                while some := stream.recv(4096):
                    answer += some
        except OSError:
            return None
        head, _, worker = answer.partition(b"\r\n\r\n")
        return int(worker) if head.startswith(b"HTTP/1.1 200") and worker else None

    def _client(self):
        while not self.is_over:
            with self.lock:
                if self.left == 0:
                    return
                self.left -= 1
            worker = self.ask()
            if worker is not None:
                self.answered.append((time.monotonic(), worker))
                if len(self.answered) >= MANY:
                    self.has_answered_many.set()

    def load(self):
        """The clients, who ask until all was asked or they are told to stop."""
        clients = [threading.Thread(target=self._client) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        return clients

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0


def hits(store):
    with staste.Staste(store) as handle:
        counted = Metrica("hits", [("worker", StoredChoiceAxis()), ("path", StoredChoiceAxis())], store=handle)
        return collections.Counter({int(worker): count for worker, count in counted.iterate("worker")})


SERVERS = {
    "plain": {},
    "preload": {"arguments": ["--preload"]},
    "gevent": {"arguments": ["--worker-class", "gevent"], "requests": 4000},
    "uvicorn": {"uvicorn": True, "requests": 4000},
}


@pytest.mark.parametrize("name", SERVERS)
def test_what_was_answered_is_counted(tmp_path, name):
    store = f"sqlite:{tmp_path}/site.db"
    how = SERVERS[name]
    requests = how.get("requests", REQUESTS)
    server = Server(store, *how.get("arguments", ()), uvicorn=how.get("uvicorn", False))
    server.left = requests
    try:
        for client in server.load():
            client.join()
    finally:
        server.stop()
    answered = collections.Counter(worker for _, worker in server.answered)
    assert sum(answered.values()) == requests
    assert len(answered) > 1
    assert hits(store) == answered
    with staste.Staste(store) as handle:
        # The site is loaded once before its workers, or by each of them.
        assert Metrica("loaded", [], store=handle).total() == (1 if name == "preload" else 4)


def test_nothing_answered_is_lost_when_it_is_told_to_stop(tmp_path):
    store = f"sqlite:{tmp_path}/site.db"
    server = Server(store)
    clients = server.load()
    assert server.has_answered_many.wait(60)
    server.stop()
    server.is_over = True
    for client in clients:
        client.join()
    answered = collections.Counter(worker for _, worker in server.answered)
    # What was cut off while it was being sent may be counted and not answered, never the other way round.
    counted = hits(store)
    for worker, count in answered.items():
        assert count <= counted[worker] <= count + CLIENTS


def test_a_worker_that_is_killed_loses_no_more_than_its_last_moment(tmp_path):
    store = f"sqlite:{tmp_path}/site.db"
    server = Server(store)
    server.left = 4 * REQUESTS
    began = time.monotonic()
    clients = server.load()
    assert server.has_answered_many.wait(60)
    while time.monotonic() < began + 3:
        assert server.has_answered_many.wait(60)
        server.has_answered_many.clear()
    killed = server.answered[-1][1]
    when = time.monotonic()
    os.kill(killed, signal.SIGKILL)
    with server.lock:
        server.left = min(server.left, 2000)
    for client in clients:
        client.join()
    server.stop()
    counted = hits(store)
    answered = collections.Counter(worker for _, worker in server.answered)
    of_killed = [then for then, worker in server.answered if worker == killed]
    lost = answered.pop(killed) - counted[killed]
    # A flush comes four times a second, and takes a moment itself; what was answered before is there.
    lately = sum(1 for then in of_killed if then > when - 1)
    assert -CLIENTS <= lost <= lately < len(of_killed) / 2
    for worker, count in answered.items():
        assert count <= counted[worker] <= count + CLIENTS


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_count(tmp_path, monkeypatch, method):
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


def test_a_child_that_leaves_at_once_has_a_hook(tmp_path):
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


def test_importing_opens_nothing(tmp_path):
    script = (
        "import os, threading\n"
        "before = set(os.listdir('/proc/self/fd'))\n"
        "import staste, staste.testing\n"
        "mine = staste.Metrica('mine', [('what', staste.StoredChoiceAxis())])\n"
        "staste.configure('sqlite:never.db')\n"
        "assert set(os.listdir('/proc/self/fd')) == before, os.listdir('/proc/self/fd')\n"
        "assert len(os.listdir('/proc/self/task')) == 1\n"
        "assert not os.path.exists('never.db')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=tmp_path)
