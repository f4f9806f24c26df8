"""Definitions of metricas, and errors of invalid ones."""

import datetime
from enum import Enum

import pytest

import staste
from staste import Axis, Metrica, StoredChoiceAxis


def test_better_is_stored_and_checked():
    metrica = Metrica("errors", [], better="down", unit="errors")
    metrica.kick()
    assert metrica.total() == 1
    with pytest.raises(ValueError, match="expected up, down or neither"):
        Metrica("others", [], better="green").kick()


def test_invalid_argument_raises_a_built_in_exception_that_names_the_remedy(new_guests):
    metrica = new_guests()
    for call, error, message in [
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
        (lambda: metrica.timespan(year=2010, month=13), ValueError, "invalid month 13"),
        (lambda: metrica.values().iterate_counts(), ValueError, "AveragedMetrica"),
        (lambda: Metrica("no name", []).total(), ValueError, "no name"),
        (lambda: new_guests(zone="Europe/Atlantis").total(), ValueError, "IANA"),
        (lambda: metrica.timeserie(datetime.date(2010, 1, 1), datetime.date(2011, 1, 1), "eon"), ValueError, "scale"),
    ]:
        with pytest.raises(error, match=message) as raised:
            call()
        assert isinstance(raised.value, staste.Error) or error is TypeError


def test_declared_choices_may_be_an_enumeration():
    class Size(str, Enum):
        SMALL = "s"

    sizes = Metrica("sizes", [("size", Axis(choices=list(Size)))])
    sizes.kick(size=Size.SMALL)
    assert sizes.iterate("size") == [("s", 1)]


def test_invalid_value_raises_value_error_at_the_call(new_guests):
    for call in [
        lambda: Metrica("no name"),
        lambda: new_guests(zone="Mars/Olympus"),
        lambda: new_guests(multiplier=-1),
        lambda: new_guests(keep={"minute": "soon"}),
        lambda: new_guests(date_scales=("moth", "day")),
        lambda: Metrica("m", [("a", StoredChoiceAxis(cap=0))]),
        lambda: Metrica("m", [("value", StoredChoiceAxis())]),
        lambda: new_guests().last(-1, "day"),
        lambda: new_guests().top("age", -1),
        lambda: new_guests().kick(age=b"18"),
    ]:
        with pytest.raises(ValueError):
            call()


def test_date_scales_may_be_an_iterator(new_guests):
    some = new_guests(date_scales=iter(["year", "month"]))
    some.kick(date=datetime.datetime(2010, 2, 7))
    assert some.timespan(year=2010, month=2).total() == 1


def test_subclass_may_have_its_own_init():
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


def test_totals_are_exact():
    metrica = Metrica("money", [], multiplier=100)
    for _ in range(100):
        metrica.kick(value=0.29)
    assert metrica.total() == 29.0
    large = Metrica("large", [])
    for _ in range(3):
        large.kick(value=2**52)
    assert large.total() == 3 * 2**52


def test_metrica_has_its_name_and_axes(guests):
    assert guests.get_axis("age").kind == "stored"
    assert guests.name == "guests" and [name for name, _ in guests.axes] == ["gender", "age"]
    with pytest.raises(KeyError, match="its axes are: gender, age"):
        guests.get_axis("hight")
