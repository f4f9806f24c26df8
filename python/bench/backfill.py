"""Counts a million dated rows by a loop of kicks and by `bulk()`, while another metrica gets live kicks.

cargo xtask bench python backfill
"""

import datetime
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time

import staste
from staste import Metrica, StoredChoiceAxis

ROWS = 1_000_000


def dated_rows(is_sorted):
    """Return dates of one year, pages and countries, some of them much more often than others."""
    rng = random.Random(20101)
    hour = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    dates = [hour - datetime.timedelta(hours=back) for back in range(1, 8_761)]
    pages = [f"/page/{number}" for number in range(2_000)]
    countries = [f"country {number}" for number in range(60)]
    below = rng.randrange
    rows = [
        (dates[below(8_760)], pages[min(below(2_000), below(2_000))], countries[min(below(60), below(60))])
        for _ in range(ROWS)
    ]
    if is_sorted:
        rows.sort(key=lambda row: row[0])
    return rows


def resident_bytes():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096


class LiveKicks:
    """A thread that kicks another metrica until it is stopped."""

    def __init__(self):
        self.kicks, self.longest, self.peak = 0, 0.0, 0
        self.metrica = Metrica("live", [("page", StoredChoiceAxis())])
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopped.wait(0.001):
            started = time.perf_counter()
            self.metrica.kick(page=self.kicks % 5_000)
            self.longest = max(self.longest, time.perf_counter() - started)
            self.kicks += 1
            self.peak = max(self.peak, resident_bytes())


def count_by_loop(part):
    visits = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())])
    kick = visits.kick
    for date, page, country in part:
        kick(date=date, page=page, country=country)


def count_by_bulk(part):
    visits = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())])
    with visits.bulk() as writer:
        kick = writer.kick
        for date, page, country in part:
            kick(date=date, page=page, country=country)


def measure(label, address, rows, count, threads):
    store = staste.Staste(address)
    staste.configure(store)
    before = resident_bytes()
    live = LiveKicks()
    live.thread.start()
    parts = [rows[start::threads] if threads > 1 else rows for start in range(threads)]
    workers = [threading.Thread(target=count, args=(part,)) for part in parts]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.flush()
    elapsed = time.perf_counter() - started
    live.stopped.set()
    live.thread.join()
    store.flush()
    health = store.health()
    dropped = health.dropped
    counted = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())]).total()
    has_all_live = live.metrica.total() == live.kicks
    print(
        f"{label:<34}{ROWS / elapsed / 1000:>8.0f} k{counted:>12,}{dropped:>9,}"
        f"{'all' if has_all_live else 'NOT ALL':>9}{live.longest * 1000:>8.0f} ms{(live.peak - before) >> 20:>7} MiB",
        flush=True,
    )
    store.close()
    staste.configure(None)


class RedisServer:
    """A Redis server, if its program is installed."""

    def __init__(self, folder):
        self.socket = f"{folder}/redis.sock"
        self.process = None
        program = shutil.which("redis-server")
        if program:
            arguments = [program, "--port", "0", "--unixsocket", self.socket, "--save", "", "--databases", "64"]
            self.process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL)
            while not pathlib.Path(self.socket).exists():
                if self.process.poll() is not None:
                    raise SystemExit("redis-server ended before it could be used")

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        if self.process:
            self.process.terminate()
            self.process.wait()


METHODS = [
    ("loop, 1 thread", count_by_loop, 1),
    ("loop, 4 threads", count_by_loop, 4),
    ("bulk", count_by_bulk, 1),
]


def main():
    print(f"{'1,000,000 rows':<34}{'rows/s':>10}{'counted':>12}{'dropped':>9}{'live':>9}{'longest':>11}{'memory':>11}")
    number = 0
    with tempfile.TemporaryDirectory() as folder, RedisServer(folder) as server:
        for order, is_sorted in [("sorted", True), ("shuffled", False)]:
            rows = dated_rows(is_sorted)
            for store in ["sqlite", "redis"] if server.process else ["sqlite"]:
                for name, count, threads in METHODS:
                    number += 1
                    address = (
                        f"sqlite:{folder}/{number}.db" if store == "sqlite" else f"unix:{server.socket}?db={number}"
                    )
                    measure(f"{store}, {order}, {name}", address, rows, count, threads)


if __name__ == "__main__":
    main()
