"""The clock of a store that stands still until a test sets it."""

import datetime
import os
import subprocess
import sys
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
    ("wrong", "kind", "words"),
    [
        ("2026-03-29T03:30", ValueError, "not an instant"),
        ("2026-03-29", ValueError, "not an instant"),
        ("now", ValueError, "not an instant"),
        (datetime.datetime(2026, 3, 29), ValueError, "not an instant"),
        ("yesterday", ValueError, "is no date"),
        ("1969-12-31T23:59Z", ValueError, "before 1970"),
        (1_700_000_000, TypeError, "a datetime or a str"),
        (None, TypeError, "a datetime or a str"),
    ],
)
def test_fixed_clock_without_instant_is_error(wrong, kind, words):
    with pytest.raises(kind, match=words):
        FixedClock(wrong)
    clock = FixedClock("2026-03-29T03:30Z")
    with pytest.raises(kind, match=words):
        clock.set(wrong)
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


def test_at_counts_in_a_store_of_its_own_until_its_end():
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


def test_case_with_clock_starts_begins_each_test_at_that_time():
    metrica = Metrica("guests")

    class Cases(StasteTestCase, unittest.TestCase):
        clock_starts = "2024-02-28T23:00Z"

        def test_one(self):
            metrica.kick()
            self.clock.advance(hours=1)
            metrica.kick()
            self.assertEqual(metrica.timespan(2024, 2).iterate()[27:], [(28, 1), (29, 1)])

        test_two = test_one

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Cases).run(result)
    assert result.testsRun == 2 and result.wasSuccessful(), result.failures + result.errors


def run(setting, script):
    environment = {**os.environ, "STASTE_CLOCK": setting}
    return subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60)


def test_staste_clock_sets_the_clock_of_a_whole_program_and_is_reported_once():
    script = (
        "import staste, staste.testing\n"
        "staste.configure('memory:')\n"
        "guests = staste.Metrica('guests')\n"
        "guests.kick()\n"
        "print(guests.timespan(2032, 2, 29).total(), staste.testing.now().isoformat())\n"
        "with staste.testing.at('2020-01-01T00:00Z'):\n"
        "    print(staste.testing.now().year)\n"
    )
    told = run("2032-02-29T23:59:59Z", script)
    assert told.stdout == "1 2032-02-29T23:59:59+00:00\n2020\n"
    notice = "staste: the clock is set by STASTE_CLOCK to 2032-02-29T23:59:59Z; unset it outside tests\n"
    assert told.stderr == notice


def test_staste_clock_with_offset_runs_ahead():
    script = (
        "import math, staste, time\n"
        "before = time.time()\n"
        "now = staste.Staste('memory:').now().timestamp() - 1000 * 86400\n"
        # The clock is some milliseconds coarse, and counts whole seconds.
        "assert math.floor(before - 0.1) <= now <= time.time(), now - before\n"
    )
    assert run("+1000d", script).returncode == 0


def test_staste_clock_that_is_invalid_is_an_error_of_every_store():
    told = run("tomorrow", "import staste\nstaste.configure('memory:')\n")
    assert told.returncode == 1
    assert 'InputError: invalid STASTE_CLOCK "tomorrow": expected an offset such as +1826d' in told.stderr


def test_staste_clock_that_is_invalid_is_reported_once_where_nothing_can_fail():
    told = run("tomorrow", "import staste\nstaste.Metrica('guests')\nstaste.Metrica('visits')\n")
    assert told.returncode == 0
    assert told.stderr.startswith('staste: the clock of the system is used: invalid STASTE_CLOCK "tomorrow"')
    assert told.stderr.count("\n") == 1
