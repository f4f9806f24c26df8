"""Percentiles of a distribution: against numpy, before and after an averaged metrica becomes one."""

import asyncio
import datetime
import math
import random

import pytest

import staste
from staste import AveragedMetrica, DistributionMetrica, Metrica, StoredChoiceAxis

AXES = [("view", StoredChoiceAxis()), ("status", StoredChoiceAxis())]
PERCENTS = (0, 12.5, 50, 95, 99.9, 100)


@pytest.fixture
def responses():
    return DistributionMetrica("responses", AXES, multiplier=1000)


def close(expected):
    return pytest.approx(expected, rel=0.011, abs=1e-9)


def test_percentiles_are_those_of_numpy(responses):
    numpy = pytest.importorskip("numpy")
    chance = random.Random(1)
    values = {view: [round(chance.lognormvariate(-3, 1.5), 3) for _ in range(300)] for view in ("/", "/about")}
    for view, seconds in values.items():
        for second in seconds:
            responses.kick(second, view=view, status="2xx")
    everything = numpy.concatenate(list(values.values()))
    assert responses.percentiles(*PERCENTS) == close(numpy.percentile(everything, PERCENTS).tolist())
    assert responses.filter(view="/").percentile(95) == close(numpy.percentile(values["/"], 95))
    by_view = responses.iterate_percentiles("view", 95)
    assert by_view == [(view, close(numpy.percentile(seconds, 95))) for view, seconds in values.items()]
    frame = responses.to_pandas("view")
    assert list(frame.columns) == ["total", "count", "average", "p50", "p95", "p99"]
    assert frame.loc["/", "p99"] == close(numpy.percentile(values["/"], 99))


def test_median_min_max_share_and_histogram(responses):
    for seconds in (0.25, -0.003, 0, 0.004, 0.003):
        responses.kick(seconds, view="/")
    assert (responses.median(), responses.min(), responses.max()) == (0.003, -0.003, close(0.25))
    assert responses.share_below(0.003) == staste.Share(0.6, 0.0)
    bins = responses.histogram()
    assert [found.count for found in bins] == [1, 1, 1, 1, 1]
    assert all(found.lower <= found.upper for found in bins)
    assert bins[-1].lower < 0.25 <= bins[-1].upper < bins[-1].lower * 1.022
    assert math.log2(bins[-1].upper) * 32 == pytest.approx(round(math.log2(bins[-1].upper) * 32))
    assert responses.filter(view="/never").percentile(95) is None
    assert responses.filter(view="/never").share_below(1) is None


def test_series_has_percentiles_of_each_period(responses):
    days = [datetime.date(2026, 2, day) for day in (7, 8, 9)]
    for seconds, day in ((1, days[0]), (3, days[0]), (2, days[1])):
        responses.kick(seconds, date=day)
    rows = responses.timeserie_percentiles(days[0], days[2] + datetime.timedelta(days=1), "day", [50, 100])
    assert [row[1:] for row in rows] == [(close(2.0), close(3.0)), (close(2.0), close(2.0)), (None, None)]
    assert rows[0][0] == datetime.datetime(2026, 2, 7, 12)
    assert len(responses.timeserie_percentiles(days[0], days[1], "day")[0]) == 4
    frame = responses.to_pandas(since=days[0], until=days[1], scale="day")
    assert frame["p50"].tolist() == [close(2.0)]


def test_awaited_forms_return_the_same(responses):
    responses.kick(2, view="/")
    calls = [
        (responses.apercentile(95), responses.percentile(95)),
        (responses.apercentiles(5, 95), responses.percentiles(5, 95)),
        (responses.amedian(), responses.median()),
        (responses.ashare_below(2), responses.share_below(2)),
        (responses.ahistogram(), responses.histogram()),
        (responses.aiterate_percentiles("view", 95), responses.iterate_percentiles("view", 95)),
        (
            responses.atimeserie_percentiles(datetime.date(2026, 2, 7), datetime.date(2026, 2, 8), "day"),
            responses.timeserie_percentiles(datetime.date(2026, 2, 7), datetime.date(2026, 2, 8), "day"),
        ),
    ]
    for awaited, expected in calls:
        assert asyncio.run(awaited) == expected


def test_averaged_metrica_becomes_a_distribution():
    averaged = AveragedMetrica("responses", AXES, multiplier=1000)
    averaged.kick(1, view="/old")
    staste.flush()
    with pytest.raises(ValueError, match="define it as a distribution"):
        averaged.values().percentile(50)
    responses = DistributionMetrica("responses", AXES, multiplier=1000)
    responses.define()
    responses.kick(2, view="/new")
    assert staste.store().definition("responses").kind == "distribution"
    with pytest.raises(staste.NotRecorded, match="1 of the 2 kicks have no bin"):
        responses.median()
    assert responses.filter(view="/new").median() == close(2.0)
    with pytest.raises(staste.NotRecorded):
        responses.iterate_percentiles("view", 50)
    assert responses.count() == 2
    # The class of the program may be the former one.
    assert averaged.filter(view="/new").median() == close(2.0)


def test_invalid_arguments_are_input_errors(responses):
    for percent in (-1, 100.5, float("nan")):
        with pytest.raises(staste.InputError, match="invalid percentile"):
            responses.percentile(percent)
    with pytest.raises(staste.InputError, match="expected a finite number"):
        responses.share_below(float("inf"))
    with pytest.raises(staste.AxisError):
        responses.iterate_percentiles("country", 95)
    plain = Metrica("plain", AXES)
    with pytest.raises(staste.InputError, match="metrica plain is plain"):
        plain.values().histogram()
    with pytest.raises(staste.InputError, match="metrica plain is plain"):
        plain.values().timeserie_percentiles(datetime.date(2026, 2, 7), datetime.date(2026, 2, 8), "day")
