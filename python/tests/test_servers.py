"""Servers with several workers under load: every request that got a response is counted, also after signals."""

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
# Number of responses before a test sends a signal.
RESPONSES_BEFORE_SIGNAL = 2000


class Server:
    """A server with four workers, and the responses that its clients got."""

    def __init__(self, store, *arguments, uvicorn=False):
        reserved = socket.create_server(("127.0.0.1", 0))
        self.port = reserved.getsockname()[1]
        # The server inherits the socket, so no other process can get its port.
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
        self.responses = []
        self.requests_left = REQUESTS
        self.is_stopped = False
        self.lock = threading.Lock()
        self.has_enough_responses = threading.Event()

    def request(self):
        """Return the worker that responded; None without a response."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=30) as stream:
                stream.sendall(b"GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                response = b""
                while some := stream.recv(4096):
                    response += some
        except OSError:
            return None
        head, _, worker = response.partition(b"\r\n\r\n")
        return int(worker) if head.startswith(b"HTTP/1.1 200") and worker else None

    def _run_client(self):
        while not self.is_stopped:
            with self.lock:
                if self.requests_left == 0:
                    return
                self.requests_left -= 1
            worker = self.request()
            if worker is not None:
                self.responses.append((time.monotonic(), worker))
                if len(self.responses) >= RESPONSES_BEFORE_SIGNAL:
                    self.has_enough_responses.set()

    def start_clients(self):
        """Start clients that send requests until none are left or the server is stopped, and return their threads."""
        clients = [threading.Thread(target=self._run_client) for _ in range(CLIENTS)]
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
def test_requests_with_responses_are_counted(tmp_path, name):
    store = f"sqlite:{tmp_path}/site.db"
    options = SERVERS[name]
    requests = options.get("requests", REQUESTS)
    server = Server(store, *options.get("arguments", ()), uvicorn=options.get("uvicorn", False))
    server.requests_left = requests
    try:
        for client in server.start_clients():
            client.join()
    finally:
        server.stop()
    answered = collections.Counter(worker for _, worker in server.responses)
    assert sum(answered.values()) == requests
    assert len(answered) > 1
    assert hits(store) == answered
    with staste.Staste(store) as handle:
        # The site is loaded once before the workers fork, or by each worker.
        assert Metrica("loaded", [], store=handle).total() == (1 if name == "preload" else 4)


def test_sigterm_loses_no_request_with_a_response(tmp_path):
    store = f"sqlite:{tmp_path}/site.db"
    server = Server(store)
    clients = server.start_clients()
    assert server.has_enough_responses.wait(60)
    server.stop()
    server.is_stopped = True
    for client in clients:
        client.join()
    answered = collections.Counter(worker for _, worker in server.responses)
    # A request whose response was cut off may be counted. One with a response is always counted.
    counted = hits(store)
    for worker, count in answered.items():
        assert count <= counted[worker] <= count + CLIENTS


def wait_for_commits(store, worker, number):
    """Wait for commits of a worker. Return the start of the last poll before each one was seen."""
    starts, seen, before = [], 0, time.monotonic()
    while len(starts) < number:
        start = time.monotonic()
        count = hits(store)[worker]
        if count > seen:
            starts.append(before)
        seen, before = count, start
    return starts


def test_sigkill_of_a_worker_loses_at_most_what_came_after_its_last_but_one_commit(tmp_path):
    store = f"sqlite:{tmp_path}/site.db"
    server = Server(store)
    server.requests_left = 1_000_000
    clients = server.start_clients()
    assert server.has_enough_responses.wait(60)
    killed = server.responses[-1][1]
    starts = wait_for_commits(store, killed, 8)
    os.kill(killed, signal.SIGKILL)
    with server.lock:
        server.requests_left = 2000
    for client in clients:
        client.join()
    server.stop()
    counted = hits(store)
    answered = collections.Counter(worker for _, worker in server.responses)
    of_killed = [then for then, worker in server.responses if worker == killed]
    lost = answered.pop(killed) - counted[killed]
    # A commit starts after the one before it, so the last one has all requests with earlier responses than that.
    in_doubt = sum(1 for then in of_killed if then > starts[-2])
    assert -CLIENTS <= lost <= in_doubt < len(of_killed)
    for worker, count in answered.items():
        assert count <= counted[worker] <= count + CLIENTS
