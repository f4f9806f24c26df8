"""Helpers for tests: a store in memory, and a clock that stands still until the test moves it.

>>> import staste
>>> from staste import testing
>>> with testing.at("2026-03-29T00:30Z") as clock:
...     guests = staste.Metrica("guests", zone="Europe/Riga")
...     guests.kick()
...     clock.advance(hours=1)
...     guests.kick()
...     guests.timespan(2026, 3, 29).iterate()[2:5]
[(2, 1), (4, 1), (5, 0)]
"""

from __future__ import annotations

import contextlib
import datetime
import unittest
from typing import TYPE_CHECKING

import staste
from staste import _default_store, _staste

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FixedClock", "StasteTestCase", "at", "now"]


class FixedClock(_staste.FixedClock):
    """A clock that stands still until it is set: an aware `datetime`, or a str with an offset or `Z`.

    Several stores may share a clock.

    >>> clock = FixedClock("2026-03-29T03:30+03:00")
    >>> clock.advance(minutes=5)
    >>> clock.now().isoformat()
    '2026-03-29T00:35:00+00:00'
    >>> store = staste.Staste("memory:", clock=clock)
    """

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Move the clock forward, or back by negative numbers. A day has 24 hours."""
        self.set(self.now() + datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


@contextlib.contextmanager
def at(when: datetime.datetime | str) -> Iterator[FixedClock]:
    """Count in a new store in memory, whose clock stands at a time, until the `with` block ends.

    The `as` variable is the clock, which `set()` and `advance()` move. Raises as `FixedClock` does.
    """
    clock = FixedClock(when)
    previous = _default_store.replace_default(_default_store.Staste("memory:", clock=clock))
    try:
        yield clock
    finally:
        _default_store.replace_default(previous)


def now() -> datetime.datetime:
    """Return the time by the clock of the default store, in UTC and whole seconds."""
    return staste.store().now()


class StasteTestCase(unittest.TestCase):
    """A mixin for test cases. Each test counts in its own store in memory, also when tests run in parallel processes.

    class GuestsTest(StasteTestCase, django.test.TestCase):
        clock_starts = "2026-03-29T00:30Z"

        def test_guest_is_counted(self):
            self.client.post("/guests/", {"gender": "girl"})
            self.assertEqual(guests.total(), 1)
    """

    clock_starts: datetime.datetime | str | None = None
    """The time at which the clock of each test starts and stands; None for the system clock."""
    clock: FixedClock
    """The clock of the test, if `clock_starts` is set."""

    def setUp(self) -> None:
        """Replace the default store by a new one in memory until the test ends."""
        super().setUp()
        clock = None
        if self.clock_starts is not None:
            clock = self.clock = FixedClock(self.clock_starts)
        # Metricas and bound points resolve their store again, so those of modules count here, too.
        previous = _default_store.replace_default(_default_store.Staste("memory:", clock=clock))
        self.addCleanup(_default_store.replace_default, previous)
