"""Views by timespan, and the dates of kicks."""

import datetime

import pytest

import staste


def test_iterate_returns_every_period(guests):
    guests.kick(date=datetime.datetime(2012, 2, 29, 23, 59))
    guests.kick(date=datetime.date(2012, 12, 31))
    assert guests.iterate() == [(2012, 2)]
    months = guests.timespan(year=2012).iterate()
    assert [month for month, _ in months] == list(range(1, 13))
    assert months[1] == (2, 1) and months[11] == (12, 1)
    assert len(guests.timespan(year=2012, month=2).iterate()) == 29
    hours = guests.timespan(2012, 2, 29).total()
    assert hours == 1
    now = guests.now()
    guests.kick()
    today = guests.timespan(now.year, now.month, now.day)
    assert len(today.iterate()) == 24
    assert today.total() == 1
    assert len(guests.timespan(now.year, now.month, now.day, now.hour).iterate()) == 60


def test_aware_date_is_converted_and_naive_date_is_in_the_zone_of_the_metrica(new_guests, clock):
    clock.set("2026-01-02T00:00Z")
    metrica = new_guests(zone="Europe/Riga")
    riga = datetime.timezone(datetime.timedelta(hours=2))
    metrica.kick(date=datetime.datetime(2026, 1, 1, 0, 30, tzinfo=riga))
    metrica.kick(date=datetime.datetime(2025, 12, 31, 22, 30, tzinfo=datetime.timezone.utc))
    metrica.kick(date=datetime.datetime(2026, 1, 1, 0, 30))
    assert metrica.timespan(year=2026).total() == 3
    first = metrica.between(datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 1, 1))
    assert first.total() == 3
    assert metrica.between(until=datetime.datetime(2025, 12, 31, 22, tzinfo=datetime.timezone.utc)).total() == 0


def test_scale_that_is_left_out_is_not_retained(new_guests):
    metrica = new_guests(date_scales=("year", "month"))
    metrica.kick(date=datetime.datetime(2010, 2, 7))
    assert metrica.timespan(year=2010, month=2).total() == 1
    with pytest.raises(staste.NotRetained):
        metrica.timespan(year=2010, month=2, day=7).total()


def test_empty_or_reversed_range_is_an_error_with_both_ends(guests):
    day, next_day = datetime.date(2026, 2, 7), datetime.date(2026, 2, 8)
    with pytest.raises(ValueError, match="from 2026-02-07T00:00:00 until 2026-02-07T00:00:00: it is empty.* a later end"):
        guests.between(day, day)
    with pytest.raises(ValueError, match="from 2026-02-08T00:00:00 until 2026-02-07T00:00:00: it ends before it begins"):
        guests.between(next_day, day)
    with pytest.raises(ValueError, match="it ends before it begins"):
        guests.timeserie(next_day, day, "hour")


def test_series_between_equal_dates_has_no_periods_as_in_2011(guests):
    day = datetime.date(2026, 2, 7)
    assert guests.timeserie(day, day, "hour") == []
