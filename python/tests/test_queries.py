"""Queries that are newer than 2011: top lists, pivots, awaitable queries, pandas frames."""

import asyncio
import datetime

import pytest

import staste
from staste import AveragedMetrica, StoredChoiceAxis, _staste


@pytest.fixture
def three_guests(guests):
    for gender, age in [("girl", 18), ("girl", 18), ("boy", 19)]:
        guests.kick(gender=gender, age=age)
    return guests


def test_top_returns_the_largest_choices(three_guests):
    assert three_guests.top("age", 1) == [("18", 2)]
    [row] = three_guests.top("age", 1)
    assert isinstance(row, staste.ChoiceTotal) and (row.choice, row.total) == ("18", 2)


def test_pivot_returns_each_combination(three_guests):
    assert sorted(three_guests.pivot("gender", "age")) == [(("boy", "19"), 1), (("girl", "18"), 2)]
    row = three_guests.pivot("gender", "age")[0]
    assert isinstance(row, staste.PivotTotal) and (row.choices, row.total) == (("girl", "18"), 2)


def test_bound_point_counts_values(three_guests):
    bound = three_guests.bind(gender="girl", age=18)
    assert isinstance(bound, staste.BoundPoint)
    bound.kick()
    bound.kick(3)
    assert three_guests.filter(gender="girl").total() == 6
    assert three_guests.choices("age") == ["18", "19"]
    assert three_guests.last(1, "day").total() == 7
    assert three_guests.values().read() == (7, None, None)


def test_reading_has_all_measures_in_order(three_guests):
    assert three_guests.values().read() == (3, None, None)
    assert list(staste.Reading._fields) == _staste.MEASURES
    for row_class, key in [(staste.PivotReading, "choices"), (staste.SeriesReading, "time")]:
        assert list(row_class._fields) == [key, *_staste.MEASURES]


def test_readings_have_total_count_and_average(clock):
    clock.set("2010-02-07T12:00Z")
    spent = AveragedMetrica("spent", [("what", StoredChoiceAxis())])
    spent.kick(3, what="book")
    spent.kick(4, what="book")
    assert spent.values().read() == staste.Reading(total=7, count=2, average=3.5)
    assert spent.values().readings("what") == [staste.PivotReading(("book",), total=7, count=2, average=3.5)]
    days = (datetime.date(2010, 2, 7), datetime.date(2010, 2, 8), "day")
    noon = datetime.datetime(2010, 2, 7, 12)
    assert spent.values().timeserie_readings(*days) == [staste.SeriesReading(noon, total=7, count=2, average=3.5)]


def test_awaited_query_returns_the_same():
    metrica = AveragedMetrica("later", [("c", StoredChoiceAxis())])
    metrica.kick(value=3, c="a", date=datetime.datetime(2010, 2, 7))

    async def query():
        view = metrica.timespan(year=2010)
        days = (datetime.datetime(2010, 2, 7), datetime.datetime(2010, 2, 8), "day")
        for each in (metrica, view):
            assert await each.atotal() == 3 and await each.acount() == 1 and await each.aaverage() == 3
            assert await each.aiterate("c") == [("a", 3)] and await each.aiterate_counts("c") == [("a", 1)]
            assert await each.aiterate_averages("c") == [("a", 3)] and await each.atop("c", 1) == [("a", 3)]
            assert await each.apivot("c") == [(("a",), 3)]
            assert await each.atimeserie(*days) == metrica.timeserie(*days)
            assert len(await each.atimeserie_counts_and_averages(*days)) == 1
        with pytest.raises(TypeError, match="its axes are"):
            await view.aiterate("hight")

    asyncio.run(query())


def test_to_pandas_returns_a_frame_by_axes_or_by_periods(new_guests):
    metrica = AveragedMetrica("frames", [("c", StoredChoiceAxis()), ("d", StoredChoiceAxis())])
    for value, c, day in [(3, "a", 7), (5, "a", 8), (7, "b", 8)]:
        metrica.kick(value=value, c=c, d=day, date=datetime.datetime(2010, 2, day))
    frame = metrica.to_pandas("c")
    assert frame.loc["a"].tolist() == [8, 2, 4] and frame.index.name == "c"
    both = metrica.timespan(year=2010).to_pandas("c", "d")
    assert both.loc[("a", "8"), "total"] == 5 and both.index.names == ["c", "d"]
    days = metrica.to_pandas(since=datetime.date(2010, 2, 7), until=datetime.date(2010, 2, 9), scale="day")
    assert days["total"].tolist() == [3, 12] and days.index[0].hour == 12
    plain = new_guests()
    plain.kick(gender="girl", age=18)
    assert list(plain.to_pandas("gender").columns) == ["total"]
    for wrong in [lambda: metrica.to_pandas(), lambda: metrica.to_pandas("c", scale="day")]:
        with pytest.raises(TypeError, match="since and until"):
            wrong()
