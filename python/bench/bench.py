"""Measures kicks, queries and requests in Python, compared with a peer: medians of rounds in which both take turns.

cargo xtask bench python
"""

import datetime
import itertools
import random
import statistics
import sys
import tempfile
import time

from prometheus_client import CollectorRegistry, Counter, Histogram

import staste
from staste import AveragedMetrica, DistributionMetrica, Metrica, StoredChoiceAxis

ROUNDS = 9


def nanoseconds_per_call(call, count):
    started = time.perf_counter_ns()
    for _ in range(count):
        call()
    return (time.perf_counter_ns() - started) / count


def medians(calls, count):
    """Return the median nanoseconds of calls that take turns, minus those of an empty call."""
    calls = [lambda: None, *calls]
    rounds = [[nanoseconds_per_call(call, count) for call in calls] for _ in range(ROUNDS)]
    empty, *others = [statistics.median(of_call) for of_call in zip(*rounds)]
    return [other - empty for other in others]


def print_row(label, own, peer=None, goal="-", unit="ns"):
    digits = 0 if unit == "ns" else 1
    ratio = "-" if peer is None else f"{own / peer:.2f}"
    peer_text = "-" if peer is None else f"{peer:.{digits}f} {unit}"
    print(f"{label:<48}{f'{own:.{digits}f} {unit}':>12}{peer_text:>12}{ratio:>8}  {goal}")


def measure_kicks():
    print(f"\n{'kicks; peer: prometheus_client':<48}{'staste':>12}{'peer':>12}{'ratio':>8}  goal")
    for axes in range(6):
        names = "abcde"[:axes]
        choices = dict.fromkeys(names, "choice")
        metrica = Metrica(f"kick{axes}", [(name, StoredChoiceAxis()) for name in names])
        counter = Counter(f"kick{axes}", "peer", list(names), registry=CollectorRegistry())
        peer_kick = (lambda: counter.labels(**choices).inc()) if axes else counter.inc
        own, peer = medians([lambda: metrica.kick(**choices), peer_kick], 50_000)
        print_row(f"kick, {axes} axes", own, peer, "<= 0.5" if axes == 2 else "-")
        if axes == 2:
            bound, child = metrica.bind(**choices).kick, counter.labels(**choices).inc
            own, peer = medians([bound, child], 50_000)
            print_row("bound, 2 axes", own, peer)
            own, peer = medians(
                [lambda: metrica.kick(a="choice", b=18), lambda: counter.labels("choice", 18).inc()], 50_000
            )
            print_row("kick, 2 axes, one an integer; peer by position", own, peer)


def measure_response_times():
    """Measure kicks with a value that changes, at 100 views."""
    print(f"\n{'a response time; peer: prometheus_client observe':<48}{'staste':>12}{'peer':>12}{'ratio':>8}  goal")
    axes = [("view", StoredChoiceAxis()), ("status", StoredChoiceAxis())]
    averaged = AveragedMetrica("averaged", axes, multiplier=10_000)
    distribution = DistributionMetrica("distribution", axes, multiplier=10_000)
    histogram = Histogram("responses", "peer", ["view", "status"], registry=CollectorRegistry())
    generator = random.Random(1)
    times = itertools.cycle([(f"/{index % 100}", generator.lognormvariate(-4, 0.8)) for index in range(4096)])

    def kick(metrica):
        view, seconds = next(times)
        metrica.kick(view=view, status="2xx", value=seconds)

    def observe():
        view, seconds = next(times)
        histogram.labels(view, "2xx").observe(seconds)

    calls = [lambda: kick(distribution), observe, lambda: kick(averaged)]
    own, peer, averaged_kick = medians(calls, 50_000)
    print_row("distribution by name", own, peer)
    print_row("the same; peer: averaged kick", own, averaged_kick, "<= 1.5")


def measure_queries():
    print(f"\n{'reads from SQLite, nothing pending':<48}{'staste':>12}")
    metrica = Metrica("reads", [("gender", StoredChoiceAxis()), ("age", StoredChoiceAxis())])
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    hour_ago = now - datetime.timedelta(hours=1)
    for age in range(100):
        for minute in range(60):
            metrica.kick(gender="girl", age=age, date=hour_ago + datetime.timedelta(minutes=minute))
    staste.flush()
    for label, call in [
        ("filter().total()", lambda: metrica.filter(gender="girl").total()),
        ("iterate() over 100 choices", lambda: metrica.iterate("age")),
        ("timeserie() of 60 minutes", lambda: metrica.timeserie(hour_ago, now, "minute")),
    ]:
        (own,) = medians([call], 500)
        print_row(label, own / 1000, unit="us")


def measure_requests():
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    settings.configure(
        SECRET_KEY="for the benchmark",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=sys.modules[__name__],
        MIDDLEWARE=[],
    )
    django.setup()
    globals()["urlpatterns"] = [path("page", lambda request: HttpResponse("page"))]
    from django.core.handlers.wsgi import WSGIHandler
    from django.test import RequestFactory, override_settings

    environ = RequestFactory().get("/page").environ
    plain = WSGIHandler()
    with override_settings(MIDDLEWARE=["staste.middleware.ResponseTimeMiddleware"]):
        counted = WSGIHandler()

    def request(handler):
        return lambda: handler(dict(environ), lambda status, headers: None).close()

    print(f"\n{'a request of Django, without a network':<48}{'staste':>12}{'without':>12}{'ratio':>8}  goal")
    own, without = medians([request(counted), request(plain)], 3000)
    print_row("a request, counted", own / 1000, without / 1000, unit="us")
    print_row("added by counting", (own - without) / 1000, goal="< 5 us", unit="us")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        staste.configure(f"sqlite:{folder}/bench.db")
        measure_kicks()
        measure_response_times()
        measure_queries()
        measure_requests()
        staste.configure(None)
