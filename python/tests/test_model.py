"""Queries compared with a model: a list of kicks that is filtered and added up."""

import calendar
import collections
import datetime
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import staste
from staste import AveragedMetrica, Axis, HierarchicalAxis, StoredChoiceAxis, _default_store

GENDERS = ["boy", "girl"]
PLACES = [("a",), ("a", "b"), ("a", "b", "c"), ("d", "b")]

kicks = st.lists(
    st.fixed_dictionaries(
        {
            "gender": st.sampled_from([*GENDERS, None]),
            "age": st.sampled_from([0, 1, "1", "", False, "a:b", "__all__", "\u00e9", "\x00"]),
            "place": st.sampled_from(PLACES),
            "cents": st.integers(-(10**6), 10**6),
            "date": st.datetimes(datetime.datetime(2010, 1, 1), datetime.datetime(2012, 12, 31, 23)),
        }
    ),
    max_size=40,
)


def new_metrica():
    axes = [("gender", Axis(choices=GENDERS)), ("age", StoredChoiceAxis()), ("place", HierarchicalAxis())]
    return AveragedMetrica("model", axes, multiplier=100)


def total(some):
    return float(Fraction(sum(kick["cents"] for kick in some), 100))


def average(some):
    return total(some) / len(some) if some else None


def without_zeros(pairs):
    return {choice: number for choice, number in pairs if number}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kicks=kicks)
def test_queries_return_the_same_as_a_list_of_kicks(kicks):
    previous = _default_store.replace_default("memory:")
    try:
        check(new_metrica(), kicks)
    finally:
        _default_store.replace_default(previous)


def check(metrica, kicks):
    for kick in kicks:
        date, cents = kick["date"], kick["cents"]
        value = cents // 100 if cents % 100 == 0 else float(Fraction(cents, 100))
        metrica.kick(value, date, gender=kick["gender"], age=kick["age"], place=kick["place"])
    girls = [kick for kick in kicks if kick["gender"] == "girl"]
    assert metrica.total() == total(kicks) and metrica.count() == len(kicks)
    assert metrica.filter(gender="girl").total() == total(girls)
    assert metrica.filter(gender="girl").count() == len(girls)
    unset = [kick for kick in kicks if kick["gender"] is None]
    assert metrica.filter(gender=staste.UNSET).count() == len(unset)

    by_age = collections.Counter(str(kick["age"]) for kick in girls)
    assert without_zeros(metrica.filter(gender="girl").iterate_counts("age")) == dict(by_age)
    for age, found in metrica.iterate_averages("age"):
        some = [kick for kick in kicks if str(kick["age"]) == age]
        assert found == average(some) or abs(found - average(some)) < 1e-9

    below = collections.Counter(kick["place"][:2] for kick in kicks if kick["place"][0] == "a")
    assert without_zeros(metrica.filter(place=("a",)).iterate_counts("place")) == dict(below)
    pairs = collections.Counter((str(kick["age"]), kick["gender"] or staste.UNSET) for kick in kicks)
    counted = {choices: count for choices, _, count, _ in metrica.values().readings("age", "gender")}
    assert without_zeros(counted.items()) == dict(pairs)

    for year in (2010, 2011):
        of_year = [kick for kick in kicks if kick["date"].year == year]
        assert metrica.timespan(year=year).total() == total(of_year)
        months = collections.Counter(kick["date"].month for kick in of_year)
        assert metrica.timespan(year=year).iterate_counts() == [(month, months[month]) for month in range(1, 13)]
        for month in (1, 2, 12):
            days = collections.Counter(kick["date"].day for kick in of_year if kick["date"].month == month)
            length = calendar.monthrange(year, month)[1]
            counted = metrica.timespan(year=year, month=month).iterate_counts()
            assert counted == [(day, days[day]) for day in range(1, length + 1)]

    since, until = datetime.datetime(2010, 3, 5), datetime.datetime(2012, 2, 29)
    within = [kick for kick in kicks if since <= kick["date"] < until]
    assert metrica.between(since, until).count() == len(within)
    series = metrica.timeserie_counts(since, until, "day")
    assert len(series) == (until - since).days
    days = collections.Counter(kick["date"].date() for kick in within)
    assert {middle.date(): count for middle, count in series if count} == dict(days)
