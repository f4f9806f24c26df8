"""All code of the README of 2011, with the results that it shows."""

import datetime

from staste.axis import Axis, StoredChoiceAxis
from staste.metrica import AveragedMetrica, Metrica


def readme_guests():
    gender_axis = Axis(choices=["boy", "girl"])  # preferable if you know all choices possible beforehand
    age_axis = StoredChoiceAxis()  # this one accepts arbitrary values, and remembers all of them

    guests_metrica = Metrica(name="guest_visits_gender_age", axes=[("gender", gender_axis), ("age", age_axis)])
    return guests_metrica


def test_kicks_are_counted():
    guests_metrica = readme_guests()
    guests_metrica.kick(gender="girl", age=18)
    guests_metrica.kick(gender="boy", age=19)
    assert guests_metrica.total() == 2


def test_totals_by_filter_and_timespan_are_those_of_the_readme():
    metrica = readme_guests()
    february, march = datetime.datetime(2010, 2, 7, 12), datetime.datetime(2010, 3, 1)
    for count, gender, age, date in [
        (1, "boy", 120, february),
        (17, "boy", 18, february),
        (10, "boy", 17, february),
        (3, "girl", 19, march),
        (5, "girl", 20, march),
        (1, "boy", 19, march),
        (4, "boy", 17, datetime.datetime(2011, 1, 1)),
    ]:
        for _ in range(count):
            metrica.kick(gender=gender, age=age, date=date)

    assert metrica.timespan(year=2010).total() == 37
    assert metrica.filter(gender="girl").total() == 8
    assert metrica.filter(gender="girl", age=19).total() == 3
    assert metrica.filter(gender="boy").timespan(year=2010, month=2).filter(age=17).total() == 10
    ages = metrica.timespan(year=2010, month=2).filter(gender="boy").iterate("age")
    assert sorted(ages) == sorted([("120", 1), ("19", 0), ("17", 10), ("18", 17), ("20", 0)])
    assert type(metrica.total()) is int


def test_values_are_summed():
    my_pocket_money_metric = Metrica("pocket_money", axes=[("what", StoredChoiceAxis())])
    my_pocket_money_metric.kick(value=100, what="ice cream")
    assert my_pocket_money_metric.total() == 100


def test_averages_are_those_of_the_readme():
    axis = StoredChoiceAxis()
    metrica = AveragedMetrica(name="some_averaged_metrica", axes=[("c", axis)], multiplier=100)

    d1 = datetime.datetime(2010, 2, 7)
    d2 = datetime.datetime(2010, 2, 8)
    d3 = datetime.datetime(2010, 2, 9)

    metrica.kick(date=d1, value=12, c="a")
    metrica.kick(date=d1, value=2, c="b")
    metrica.kick(date=d2, value=7.5, c="a")
    metrica.kick(date=d2, value=0.16, c="a")
    metrica.kick(date=d3, c="b")

    days = list(metrica.timespan(year=2010, month=2).iterate_counts())[5:10]
    assert days == [(6, 0), (7, 2), (8, 2), (9, 1), (10, 0)]

    days = list(metrica.timespan(year=2010, month=2).iterate_averages())[5:10]
    assert days == [(6, None), (7, 7), (8, 3.83), (9, 1), (10, None)]

    chars = list(metrica.filter().iterate_counts("c"))
    assert chars == [("a", 3), ("b", 2)]

    chars = list(metrica.filter().iterate_averages("c"))
    assert chars == [("a", (12 + 7.5 + 0.16) / 3), ("b", 1.5)]
    assert type(metrica.total()) is float
