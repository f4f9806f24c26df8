"""For tests: a store of their own for each, and a clock that stands where a test sets it.

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
from staste import _configured, _staste

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FixedClock", "StasteTestCase", "at", "now"]


class FixedClock(_staste.FixedClock):
    """A clock that stands still until it is set: `staste.Staste("memory:", clock=FixedClock("2026-03-29T03:30+03:00"))`.

    A time is a `datetime` with a zone, or a text with an offset or `Z`. Several stores may share a clock.
    """

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> None:
        """Stand so much later; a day has 24 hours."""
        self.set(self.now() + datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds))


@contextlib.contextmanager
def at(when: datetime.datetime | str) -> Iterator[FixedClock]:
    """Count in a new store in memory whose clock stands at a time, until the block ends.

    Give the clock, which `set()` and `advance()` move.
    """
    clock = FixedClock(when)
    before = _configured.swap(_configured.Staste("memory:", clock=clock))
    try:
        yield clock
    finally:
        _configured.swap(before)


def now() -> datetime.datetime:
    """Return the time by the clock of the configured store, in UTC and whole seconds."""
    return staste.store().now()


class StasteTestCase(unittest.TestCase):
    """A mixin of test cases, each of whose tests counts in a store of its own in memory. It is safe in processes side by side.

    With `clock_starts = "2026-03-29T00:30Z"` in the class, each test begins at that time, and `self.clock` moves it.
    """

    clock_starts: datetime.datetime | str | None = None
    """The time at which the clock of each test stands first; None for the clock of the system."""
    clock: FixedClock
    """The clock of the test, where `clock_starts` is set."""

    def setUp(self) -> None:
        """Count in memory."""
        super().setUp()
        fixed = None
        if self.clock_starts is not None:
            fixed = self.clock = FixedClock(self.clock_starts)
        # Handles that were bound before count here as well.
        before = _configured.swap(_configured.Staste("memory:", clock=fixed))
        self.addCleanup(_configured.swap, before)
