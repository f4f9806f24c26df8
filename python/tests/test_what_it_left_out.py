"""What the README of 2011 leaves out: the rest of its classes' behaviour, and answers to its traps."""

import datetime
from decimal import Decimal
from enum import Enum

import pytest

import staste
from staste import AveragedMetrica, Axis, HierarchicalAxis, Metrica, StoredChoiceAxis


def guests(**more):
    axes = [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())]
    return Metrica("guests", axes, **more)


def test_errors_are_those_of_python_and_name_the_remedy():
    metrica = guests()
    for wrong, kind, words in [
        (lambda: metrica.kick(hight=180), TypeError, "its axes are: gender, age"),
        (lambda: metrica.filter(gendr="girl"), TypeError, "its axes are: gender, age"),
        (lambda: metrica.iterate("hight"), TypeError, "its axes are"),
        (lambda: metrica.choices("hight"), TypeError, "its axes are"),
        (lambda: metrica.pivot("gender", "hight"), TypeError, "its axes are"),
        (lambda: metrica.kick(gender="dog"), ValueError, "boy, girl"),
        (lambda: metrica.filter(gender="dog"), ValueError, "boy, girl"),
        (lambda: metrica.kick(value="much"), ValueError, "decimal number"),
        (lambda: metrica.kick(date="2010"), TypeError, "expected a datetime"),
        (lambda: metrica.timespan(month=3), TypeError, "needs year"),
        (lambda: metrica.timespan(year=2010, day=3), TypeError, "needs month"),
        (lambda: metrica.timespan(year=2010, month=13), ValueError, "there is no month 13"),
        (lambda: metrica.values().iterate_counts(), ValueError, "AveragedMetrica"),
        (lambda: Metrica("no name", []).total(), ValueError, "no name"),
        (lambda: guests(zone="Europe/Atlantis").total(), ValueError, "IANA"),
        (lambda: metrica.timeserie(datetime.date(2010, 1, 1), datetime.date(2011, 1, 1), "eon"), ValueError, "scale"),
    ]:
        with pytest.raises(kind, match=words) as raised:
            wrong()
        assert isinstance(raised.value, staste.Error) or kind is TypeError


def test_choices_are_what_their_text_is():
    metrica = Metrica("choices", [("what", StoredChoiceAxis())])

    class Size(str, Enum):
        SMALL = "s"

    for what in (0, "", False, "0", 1.5, Size.SMALL, "a:b", "__all__", "total", 10**30):
        metrica.kick(what=what)
    found = dict(metrica.iterate("what"))
    assert found == {"0": 2, "": 1, "False": 1, "1.5": 1, "s": 1, "a:b": 1, "__all__": 1, "total": 1, str(10**30): 1}
    assert metrica.filter(what=0).total() == 2
    assert metrica.filter(what="").total() == 1
    assert metrica.filter(what="__all__").total() == 1
    assert metrica.filter(what=None).total() == 10, "None narrows nothing"


def test_what_is_left_out_is_told_apart_from_any_text():
    metrica = guests()
    metrica.kick(age=18)
    metrica.kick(age=18, gender=None)
    metrica.kick(age=18, gender="girl")
    found = dict(metrica.iterate("gender"))
    assert found == {"boy": 0, "girl": 1, staste.UNSET: 2}
    assert metrica.filter(gender=staste.UNSET).total() == 2
    assert sorted(choice for choice, _ in metrica.iterate("gender"))
    other = Metrica("few", [("what", StoredChoiceAxis(cap=1))])
    for what in ("a", "b", "c", "(other)"):
        other.kick(what=what)
    assert dict(other.iterate("what")) == {"a": 1, staste.OTHER: 3}
    assert other.filter(what=staste.OTHER).total() == 3
    assert staste.OTHER != "(other)"


def test_places_count_for_what_they_lie_in():
    metrica = Metrica("places", [("label", HierarchicalAxis())])
    for label in [("exp", "city", "all"), ("exp", "city", "tag"), ("exp", "city")]:
        metrica.kick(label=label)
        metrica.kick(label=list(label))
    assert metrica.iterate("label") == [(("exp",), 6)]
    city = metrica.filter(label=("exp", "city"))
    assert city.total() == 6
    assert city.iterate("label") == [(("exp", "city", "all"), 2), (("exp", "city", "tag"), 2), (("exp", "city"), 2)]
    with pytest.raises(ValueError, match="component"):
        metrica.kick(label=())
    full = Metrica("full", [("label", HierarchicalAxis(cap=2))])
    for name in "abcdef":
        full.kick(label=("x", name))
    listed = full.filter(label=("x",)).iterate("label")
    assert len(listed) > 1 and listed[-1][0] == ("x", staste.OTHER)
    for label, total in listed:
        assert full.filter(label=label).total() == total


def test_periods_are_all_there():
    metrica = guests()
    metrica.kick(date=datetime.datetime(2012, 2, 29, 23, 59))
    metrica.kick(date=datetime.date(2012, 12, 31))
    assert metrica.iterate() == [(2012, 2)]
    months = metrica.timespan(year=2012).iterate()
    assert [month for month, _ in months] == list(range(1, 13))
    assert months[1] == (2, 1) and months[11] == (12, 1)
    assert len(metrica.timespan(year=2012, month=2).iterate()) == 29
    hours = metrica.timespan(2012, 2, 29).total()
    assert hours == 1
    now = metrica.now()
    metrica.kick()
    today = metrica.timespan(now.year, now.month, now.day)
    assert len(today.iterate()) == 24
    assert today.total() == 1
    assert len(metrica.timespan(now.year, now.month, now.day, now.hour).iterate()) == 60


def test_series_have_their_periods_once_and_are_told_at_their_middles():
    metrica = AveragedMetrica("series", [("c", StoredChoiceAxis())], multiplier=100)
    since = datetime.datetime(2010, 2, 7)
    metrica.kick(value=3, date=since)
    metrica.kick(value=Decimal("0.29"), date=since + datetime.timedelta(days=1))
    until = since + datetime.timedelta(days=3)
    noon = since + datetime.timedelta(hours=12)
    day = datetime.timedelta(days=1)
    assert metrica.timeserie(since, until, "day") == [(noon, 3), (noon + day, 0.29), (noon + 2 * day, 0)]
    assert metrica.timeserie_counts(since, until, "day") == [(noon, 1), (noon + day, 1), (noon + 2 * day, 0)]
    averages = metrica.timeserie_averages(since, until, scale="day")
    assert averages == [(noon, 3), (noon + day, 0.29), (noon + 2 * day, None)]
    both = metrica.timeserie_counts_and_averages(since, until, "day")
    assert both[0] == (noon, 1, 3) and both[2] == (noon + 2 * day, 0, None)
    # The finest scale that is kept for so long, which hours are not.
    assert metrica.timeserie(since, until) == metrica.timeserie(since, until, "day")
    now = metrica.now().replace(second=0)
    minutes = metrica.timeserie(now - datetime.timedelta(hours=1), now)
    assert len(minutes) == 60


def test_times_with_a_zone_are_converted_and_those_without_are_local(clock):
    clock.set("2026-01-02T00:00Z")
    metrica = guests(zone="Europe/Riga")
    riga = datetime.timezone(datetime.timedelta(hours=2))
    metrica.kick(date=datetime.datetime(2026, 1, 1, 0, 30, tzinfo=riga))
    metrica.kick(date=datetime.datetime(2025, 12, 31, 22, 30, tzinfo=datetime.timezone.utc))
    metrica.kick(date=datetime.datetime(2026, 1, 1, 0, 30))
    assert metrica.timespan(year=2026).total() == 3
    first = metrica.between(datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, 1))
    assert first.total() == 3
    assert metrica.between(until=datetime.datetime(2025, 12, 31, 22, tzinfo=datetime.timezone.utc)).total() == 0


def test_exact_values():
    metrica = Metrica("money", [], multiplier=100)
    for _ in range(100):
        metrica.kick(value=0.29)
    assert metrica.total() == 29.0
    large = Metrica("large", [])
    for _ in range(3):
        large.kick(value=2**52)
    assert large.total() == 3 * 2**52


def test_beyond_2011():
    metrica = guests()
    for gender, age in [("girl", 18), ("girl", 18), ("boy", 19)]:
        metrica.kick(gender=gender, age=age)
    assert metrica.top("age", 1) == [("18", 2)]
    assert sorted(metrica.pivot("gender", "age")) == [(("boy", "19"), 1), (("girl", "18"), 2)]
    bound = metrica.bind(gender="girl", age=18)
    bound.kick()
    bound.kick(3)
    assert metrica.filter(gender="girl").total() == 6
    assert metrica.choices("age") == ["18", "19"]
    assert metrica.last(1, "day").total() == 7
    assert metrica.values().read() == (7, None, None)
    assert metrica.get_axis("age").kind == "stored"
    assert metrica.name == "guests" and [name for name, _ in metrica.axes] == ["gender", "age"]


def test_answers_can_be_awaited():
    import asyncio

    metrica = AveragedMetrica("later", [("c", StoredChoiceAxis())])
    metrica.kick(value=3, c="a", date=datetime.datetime(2010, 2, 7))

    async def ask():
        view = metrica.timespan(year=2010)
        days = (datetime.datetime(2010, 2, 7), datetime.datetime(2010, 2, 8), "day")
        for asked in (metrica, view):
            assert await asked.atotal() == 3 and await asked.acount() == 1 and await asked.aaverage() == 3
            assert await asked.aiterate("c") == [("a", 3)] and await asked.aiterate_counts("c") == [("a", 1)]
            assert await asked.aiterate_averages("c") == [("a", 3)] and await asked.atop("c", 1) == [("a", 3)]
            assert await asked.apivot("c") == [(("a",), 3)]
            assert await asked.atimeserie(*days) == metrica.timeserie(*days)
            assert len(await asked.atimeserie_counts_and_averages(*days)) == 1
        with pytest.raises(TypeError, match="its axes are"):
            await view.aiterate("hight")

    asyncio.run(ask())


def test_frames_of_pandas():
    metrica = AveragedMetrica("frames", [("c", StoredChoiceAxis()), ("d", StoredChoiceAxis())])
    for value, c, day in [(3, "a", 7), (5, "a", 8), (7, "b", 8)]:
        metrica.kick(value=value, c=c, d=day, date=datetime.datetime(2010, 2, day))
    frame = metrica.to_pandas("c")
    assert frame.loc["a"].tolist() == [8, 2, 4] and frame.index.name == "c"
    both = metrica.timespan(year=2010).to_pandas("c", "d")
    assert both.loc[("a", "8"), "total"] == 5 and both.index.names == ["c", "d"]
    days = metrica.to_pandas(since=datetime.date(2010, 2, 7), until=datetime.date(2010, 2, 9), scale="day")
    assert days["total"].tolist() == [3, 12] and days.index[0].hour == 12
    plain = guests()
    plain.kick(gender="girl", age=18)
    assert list(plain.to_pandas("gender").columns) == ["total"]
    for wrong in [lambda: metrica.to_pandas(), lambda: metrica.to_pandas("c", scale="day")]:
        with pytest.raises(TypeError, match="since and until"):
            wrong()


def test_classes_of_a_programs_own():
    class Guests(Metrica):
        def __init__(self):
            super().__init__("own_guests", axes=[("gender", Axis(choices=["boy", "girl"]))])

    guests = Guests()
    guests.kick(gender="girl")
    assert guests.total() == 1

    class Nothing(Metrica):
        def __init__(self):
            pass

    with pytest.raises(ValueError, match="name"):
        Nothing().kick()


def test_wrong_descriptions_are_said_when_they_are_given():
    class Size(str, Enum):
        SMALL = "s"

    sizes = Metrica("sizes", [("size", Axis(choices=list(Size)))])
    sizes.kick(size=Size.SMALL)
    assert sizes.iterate("size") == [("s", 1)]
    for wrong in [
        lambda: Metrica("no name"),
        lambda: guests(zone="Mars/Olympus"),
        lambda: guests(multiplier=-1),
        lambda: guests(keep={"minute": "soon"}),
        lambda: guests(date_scales=("moth", "day")),
        lambda: Metrica("m", [("a", StoredChoiceAxis(cap=0))]),
        lambda: Metrica("m", [("value", StoredChoiceAxis())]),
        lambda: guests().last(-1, "day"),
        lambda: guests().top("age", -1),
        lambda: guests().kick(age=b"18"),
    ]:
        with pytest.raises(ValueError):
            wrong()
    for wrong in (b"memory:", 5):
        with pytest.raises(TypeError, match="sqlite:guests.db"):
            staste.configure(wrong)
    some = guests(date_scales=iter(["year", "month"]))
    some.kick(date=datetime.datetime(2010, 2, 7))
    assert some.timespan(year=2010, month=2).total() == 1


def test_handles_and_views_follow_the_store():
    metrica = guests()
    bound, girls = metrica.bind(gender="girl"), metrica.filter(gender="girl")
    bound.kick()
    assert girls.total() == 1
    staste.configure("memory:")
    bound.kick()
    bound.kick()
    assert girls.total() == 2 and metrica.total() == 2


def test_series_until_now_are_of_whole_minutes():
    metrica = guests()
    metrica.kick()
    now = metrica.now()
    hours = metrica.timeserie(now - datetime.timedelta(hours=5), now + datetime.timedelta(minutes=1), "hour")
    assert sum(total for _, total in hours) == 1
    naive = now.replace(tzinfo=None)
    assert len(metrica.timeserie(naive - datetime.timedelta(hours=5), naive, "hour")) in (5, 6)


def test_both_hours_of_a_fold_are_there(clock):
    clock.set("2025-10-27T00:00Z")
    metrica = guests(zone="Europe/Riga")
    series = metrica.timeserie(datetime.datetime(2025, 10, 26), datetime.datetime(2025, 10, 27), "hour")
    times = [middle for middle, _ in series]
    assert len(times) == 25
    assert [time.fold for time in times[3:5]] == [0, 1] and times[3].replace(fold=1) == times[4]
    twice = datetime.datetime(2025, 10, 26, 3, 30)
    metrica.kick(date=twice)
    metrica.bind().kick(2, twice.replace(fold=1))
    metrica.kick(4, datetime.datetime(2025, 10, 26, 12, fold=1))
    series = metrica.timeserie(datetime.datetime(2025, 10, 26), datetime.datetime(2025, 10, 27), "hour")
    assert [total for _, total in series[3:5]] == [1, 2] and metrica.total() == 7


def test_scales_can_be_left_out():
    metrica = guests(date_scales=("year", "month"))
    metrica.kick(date=datetime.datetime(2010, 2, 7))
    assert metrica.timespan(year=2010, month=2).total() == 1
    with pytest.raises(staste.NotRetained):
        metrica.timespan(year=2010, month=2, day=7).total()


def test_a_store_of_its_own_and_a_context():
    with staste.Staste("memory:", flush_interval=None) as own:
        metrica = Metrica("own", [], store=own)
        metrica.kick()
        assert metrica.total() == 1
        assert own.metricas() == ["own"] and staste.store().metricas() == []
        health = own.health()
        assert health.committed == 1 and health.last_error is None
        own.forget("own")
        assert own.metricas() == []
    assert repr(own) == "staste.Staste(\"memory:\")"


def test_nobody_said_where_to_count(monkeypatch):
    metrica = guests()
    staste.configure(None)
    with pytest.raises(staste.NotConfigured, match="staste.configure"):
        metrica.kick(gender="girl")
    monkeypatch.setenv("STASTE_STORE", "memory:")
    metrica.kick(gender="girl")
    assert metrica.total() == 1
    staste.configure("memory:")
    assert metrica.total() == 0, "another store"
    with pytest.raises(ValueError, match="redis"):
        staste.configure("mysql://localhost")


def test_a_store_that_is_gone_breaks_no_page(tmp_path):
    staste.configure(f"sqlite:{tmp_path}/no/such/folder/guests.db")
    metrica = guests()
    for _ in range(1000):
        metrica.kick(gender="girl")
    with pytest.raises(OSError):
        metrica.total()
    (tmp_path / "no/such/folder").mkdir(parents=True)
    assert metrica.total() == 1000
