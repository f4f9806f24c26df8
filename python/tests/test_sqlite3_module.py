"""Python's `sqlite3` and `open()` on the file of a store, in processes that count in it at the same time."""

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading

import staste
from staste import Metrica, StoredChoiceAxis

PROCESSES = 3
# Number of times that each process opens the store, commits after that, and kicks before each commit.
ROUNDS = 10
FLUSHES = 20
KICKS = 10


def hits(store):
    return Metrica("hits", [("process", StoredChoiceAxis())], store=store)


def read_by_sqlite3(path, is_done):
    """Open, read and close the file in a loop. Each close drops the POSIX locks of the process on it."""
    reads = 0
    while reads == 0 or not is_done.is_set():
        connection = sqlite3.connect(path)
        connection.execute("SELECT total FROM hits WHERE scale = 'ever' AND process = '(all)'").fetchall()
        connection.close()
        for name in (path, f"{path}-shm"):
            # The last process to close the store removes the shared memory.
            with contextlib.suppress(FileNotFoundError), open(name, "rb"):
                pass
        reads += 1
    return reads


def count(path, process):
    """Count in rounds, and print the numbers of committed kicks, lost kicks and reads by sqlite3."""
    is_done, reads, committed, lost = threading.Event(), [], 0, 0
    reader = threading.Thread(target=lambda: reads.append(read_by_sqlite3(path, is_done)))
    reader.start()
    try:
        for _ in range(ROUNDS):
            with staste.Staste(f"sqlite:{path}", flush_interval=None) as store:
                metrica = hits(store)
                for _ in range(FLUSHES):
                    for _ in range(KICKS):
                        metrica.kick(process=process)
                    store.flush()
                    committed += KICKS
                lost += store.health().lost
    finally:
        is_done.set()
        reader.join()
    print(json.dumps({"committed": committed, "lost": lost, "reads": sum(reads)}))


def test_file_that_sqlite3_reads_in_the_same_process_keeps_every_kick(tmp_path):
    path = f"{tmp_path}/hits.db"
    with staste.Staste(f"sqlite:{path}") as store:
        hits(store).kick(0, process="none")
    command = [sys.executable, __file__, path]
    processes = [
        subprocess.Popen([*command, str(number)], stdout=subprocess.PIPE, text=True) for number in range(PROCESSES)
    ]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    reports = [json.loads(output) for output in outputs]
    each = ROUNDS * FLUSHES * KICKS
    assert [(report["committed"], report["lost"]) for report in reports] == [(each, 0)] * PROCESSES
    assert all(report["reads"] > 0 for report in reports)
    with staste.Staste(f"sqlite:{path}") as store:
        counted = {int(process): total for process, total in hits(store).iterate("process") if process != "none"}
        assert counted == dict.fromkeys(range(PROCESSES), each)
        assert hits(store).total() == PROCESSES * each
    verified = subprocess.run([sys.executable, "-m", "staste", "verify", "--store", f"sqlite:{path}"])
    assert verified.returncode == 0


if __name__ == "__main__":
    count(*sys.argv[1:])
