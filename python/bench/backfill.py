"""A million dated rows in the plain loop that everybody writes first, next to `bulk` and to live kicks of another metrica.

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


def rows(is_sorted):
    """Dates within a year, pages and countries, some of them much more often than others."""
    dice = random.Random(20101)
    hour = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    dates = [hour - datetime.timedelta(hours=back) for back in range(1, 8_761)]
    pages = [f"/page/{number}" for number in range(2_000)]
    countries = [f"country {number}" for number in range(60)]
    below = dice.randrange
    found = [
        (dates[below(8_760)], pages[min(below(2_000), below(2_000))], countries[min(below(60), below(60))])
        for _ in range(ROWS)
    ]
    if is_sorted:
        found.sort(key=lambda row: row[0])
    return found


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096


class Live:
    """Kicks of another metrica, one after the other, until it is stopped."""

    def __init__(self):
        self.kicks, self.longest, self.peak = 0, 0.0, 0
        self.metrica = Metrica("live", [("page", StoredChoiceAxis())])
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stopped.wait(0.001):
            began = time.perf_counter()
            self.metrica.kick(page=self.kicks % 5_000)
            self.longest = max(self.longest, time.perf_counter() - began)
            self.kicks += 1
            self.peak = max(self.peak, resident())


def loop(part):
    visits = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())])
    kick = visits.kick
    for date, page, country in part:
        kick(date=date, page=page, country=country)


def bulk(part):
    visits = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())])
    with visits.bulk() as gathered:
        kick = gathered.kick
        for date, page, country in part:
            kick(date=date, page=page, country=country)


def measure(what, address, given, count, threads):
    store = staste.Staste(address)
    staste.configure(store)
    before = resident()
    live = Live()
    live.thread.start()
    parts = [given[start::threads] if threads > 1 else given for start in range(threads)]
    workers = [threading.Thread(target=count, args=(part,)) for part in parts]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    store.flush()
    taken = time.perf_counter() - began
    live.stopped.set()
    live.thread.join()
    store.flush()
    health = store.health()
    dropped = health.dropped
    counted = Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())]).total()
    all_live = live.metrica.total() == live.kicks
    print(
        f"{what:<34}{ROWS / taken / 1000:>8.0f} k{counted:>12,}{dropped:>9,}"
        f"{'all' if all_live else 'NOT ALL':>9}{live.longest * 1000:>8.0f} ms{(live.peak - before) >> 20:>7} MiB",
        flush=True,
    )
    store.close()
    staste.configure(None)


class Server:
    """A server of Redis, where its program is installed."""

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

    def __exit__(self, *_raised):
        if self.process:
            self.process.terminate()
            self.process.wait()


KINDS = [("loop, 1 thread", loop, 1), ("loop, 4 threads", loop, 4), ("bulk", bulk, 1)]


def main():
    print(f"{'1,000,000 rows':<34}{'rows/s':>10}{'counted':>12}{'dropped':>9}{'live':>9}{'longest':>11}{'memory':>11}")
    number = 0
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        for order, is_sorted in [("sorted", True), ("shuffled", False)]:
            given = rows(is_sorted)
            for store in ["sqlite", "redis"] if server.process else ["sqlite"]:
                for name, count, threads in KINDS:
                    number += 1
                    address = f"sqlite:{folder}/{number}.db" if store == "sqlite" else f"unix:{server.socket}?db={number}"
                    measure(f"{store}, {order}, {name}", address, given, count, threads)


if __name__ == "__main__":
    main()
