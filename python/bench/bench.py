"""What Python costs, beside its peer in the same run: medians of rounds in which both take turns.

    cargo xtask bench python
"""

import datetime
import statistics
import sys
import tempfile
import time

from prometheus_client import CollectorRegistry, Counter

import staste
from staste import Metrica, StoredChoiceAxis

ROUNDS = 9


def nanoseconds(call, count):
    began = time.perf_counter_ns()
    for _ in range(count):
        call()
    return (time.perf_counter_ns() - began) / count


def medians(calls, count):
    """The medians of some calls that take turns, in nanoseconds, without that of an empty one."""
    calls = [lambda: None, *calls]
    taken = [[nanoseconds(call, count) for call in calls] for _ in range(ROUNDS)]
    empty, *others = [statistics.median(of_call) for of_call in zip(*taken)]
    return [other - empty for other in others]


def row(what, own, peer=None, goal="-", unit="ns"):
    digits = 0 if unit == "ns" else 1
    ratio = "-" if peer is None else f"{own / peer:.2f}"
    theirs = "-" if peer is None else f"{peer:.{digits}f} {unit}"
    print(f"{what:<48}{f'{own:.{digits}f} {unit}':>12}{theirs:>12}{ratio:>8}  {goal}")


def kicks():
    print(f"\n{'kicks; peer: prometheus_client':<48}{'staste':>12}{'peer':>12}{'ratio':>8}  goal")
    for axes in range(6):
        names = "abcde"[:axes]
        choices = dict.fromkeys(names, "choice")
        metrica = Metrica(f"kick{axes}", [(name, StoredChoiceAxis()) for name in names])
        counter = Counter(f"kick{axes}", "peer", list(names), registry=CollectorRegistry())
        theirs = (lambda: counter.labels(**choices).inc()) if axes else counter.inc
        own, peer = medians([lambda: metrica.kick(**choices), theirs], 50_000)
        row(f"kick, {axes} axes", own, peer, "<= 0.5" if axes == 2 else "-")
        if axes == 2:
            bound, child = metrica.bind(**choices).kick, counter.labels(**choices).inc
            own, peer = medians([bound, child], 50_000)
            row("bound, 2 axes", own, peer)
            own, peer = medians([lambda: metrica.kick(a="choice", b=18), lambda: counter.labels("choice", 18).inc()], 50_000)
            row("kick, 2 axes, one an integer; peer by position", own, peer)


def reads():
    print(f"\n{'reads from SQLite, nothing pending':<48}{'staste':>12}")
    metrica = Metrica("reads", [("gender", StoredChoiceAxis()), ("age", StoredChoiceAxis())])
    now = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    hour_ago = now - datetime.timedelta(hours=1)
    for age in range(100):
        for minute in range(60):
            metrica.kick(gender="girl", age=age, date=hour_ago + datetime.timedelta(minutes=minute))
    staste.flush()
    for what, call in [
        ("filter().total()", lambda: metrica.filter(gender="girl").total()),
        ("iterate() over 100 choices", lambda: metrica.iterate("age")),
        ("timeserie() of 60 minutes", lambda: metrica.timeserie(hour_ago, now, "minute")),
    ]:
        (own,) = medians([call], 500)
        row(what, own / 1000, unit="us")


def requests():
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
    ask = lambda handler: lambda: handler(dict(environ), lambda status, headers: None).close()  # noqa: E731
    print(f"\n{'a request of Django, without a network':<48}{'staste':>12}{'without':>12}{'ratio':>8}  goal")
    own, without = medians([ask(counted), ask(plain)], 3000)
    row("a request, counted", own / 1000, without / 1000, unit="us")
    row("what counting adds", (own - without) / 1000, goal="< 5 us", unit="us")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        staste.configure(f"sqlite:{folder}/bench.db")
        kicks()
        reads()
        requests()
        staste.configure(None)
