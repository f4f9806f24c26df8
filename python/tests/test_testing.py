"""Helpers for tests of programs: `staste.testing`."""

import datetime
import unittest

import pytest

import staste
from staste import Metrica
from staste.testing import FixedClock, StasteTestCase, at, now

RIGA = datetime.timezone(datetime.timedelta(hours=3))


def test_fixed_clock_takes_aware_datetime_and_text():
    instant = datetime.datetime(2026, 3, 29, 0, 30, tzinfo=datetime.timezone.utc)
    for when in ("2026-03-29T03:30+03:00", "2026-03-29T00:30:00Z", instant, instant.astimezone(RIGA)):
        clock = FixedClock(when)
        assert clock.now() == instant and clock.now().tzinfo is datetime.timezone.utc
    assert repr(clock) == 'FixedClock("2026-03-29T00:30:00+00:00")'
    clock.advance(days=1, minutes=-30)
    assert clock.now() == datetime.datetime(2026, 3, 30, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("time", "error", "message"),
    [
        ("2026-03-29T03:30", ValueError, "not an instant"),
        ("2026-03-29", ValueError, "not an instant"),
        ("now", ValueError, "not an instant"),
        (datetime.datetime(2026, 3, 29), ValueError, "not an instant"),
        ("yesterday", ValueError, "invalid date"),
        ("1969-12-31T23:59Z", ValueError, "before 1970"),
        (1_700_000_000, TypeError, "a datetime or a str"),
        (None, TypeError, "a datetime or a str"),
    ],
)
def test_fixed_clock_with_time_that_is_not_an_instant_raises(time, error, message):
    with pytest.raises(error, match=message):
        FixedClock(time)
    clock = FixedClock("2026-03-29T03:30Z")
    with pytest.raises(error, match=message):
        clock.set(time)
    assert clock.now().hour == 3


def test_store_with_fixed_clock_counts_and_reads_at_its_time():
    clock = FixedClock("2020-02-29T23:59:59Z")
    with staste.Staste("memory:", clock=clock) as store:
        metrica = Metrica("guests", store=store)
        bound = metrica.bind()
        metrica.kick()
        bound.kick()
        clock.advance(seconds=1)
        bound.kick()
        assert store.now() == metrica.now() == datetime.datetime(2020, 3, 1, tzinfo=datetime.timezone.utc)
        assert metrica.timespan(2020, 2, 29, 23, 59).total() == 2
        assert metrica.last(1, "month").total() == 1
        clock.advance(days=9)
        with pytest.raises(staste.NotRetained):
            metrica.timespan(2020, 2, 29, 23, 59).total()
    with pytest.raises(TypeError):
        staste.Staste("memory:", clock="2020-02-29T23:59:59Z")


def test_at_counts_in_a_new_store_until_the_block_ends():
    metrica = Metrica("guests")
    metrica.kick()
    with at("2026-12-31T23:59:30Z") as clock:
        assert metrica.total() == 0
        metrica.kick()
        clock.advance(minutes=1)
        assert now() == datetime.datetime(2027, 1, 1, 0, 0, 30, tzinfo=datetime.timezone.utc)
        metrica.kick()
        assert metrica.iterate() == [(2026, 1), (2027, 1)]
    assert metrica.total() == 1 and now() != clock.now()


def run_test_case(case):
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun == 2 and result.wasSuccessful(), result.failures + result.errors


def test_test_case_gives_each_test_a_new_store(guests):
    class Cases(StasteTestCase, unittest.TestCase):
        def test_one(self):
            guests.kick(gender="girl")
            self.assertEqual(guests.total(), 1)

        test_two = test_one

    guests.kick(gender="boy")
    run_test_case(Cases)
    assert dict(guests.iterate("gender")) == {"boy": 1, "girl": 0}


def test_test_case_with_clock_starts_starts_each_test_at_that_time():
    metrica = Metrica("guests")

    class Cases(StasteTestCase, unittest.TestCase):
        clock_starts = "2024-02-28T23:00Z"

        def test_one(self):
            metrica.kick()
            self.clock.advance(hours=1)
            metrica.kick()
            self.assertEqual(metrica.timespan(2024, 2).iterate()[27:], [(28, 1), (29, 1)])

        test_two = test_one

    run_test_case(Cases)
