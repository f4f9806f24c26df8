"""Metricas: what is counted.

>>> import staste
>>> from staste.axis import Axis, StoredChoiceAxis
>>> staste.configure("memory:")
>>> guests = Metrica("guests", [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())])
>>> guests.kick(gender="girl", age=18)
>>> guests.filter(gender="girl").total()
1
"""

from __future__ import annotations

import asyncio
import datetime
import functools
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from staste import _staste
from staste._asked import Asked
from staste.axis import Axis
from staste.errors import InputError

if TYPE_CHECKING:
    from staste._staste import Bulk, Point, Staste, View
    from staste._types import Number

_SCALES = ("year", "month", "day", "hour", "minute")


class Metrica(Asked, _staste.Metrica):
    """A class of events that are counted, and summed where they have a value, by every combination of its axes.

    It opens nothing: the store is found when it is first counted in or asked.
    """

    _averaged = False

    def __init__(
        self,
        name: str,
        axes: Iterable[tuple[str, Axis]] = (),
        multiplier: int | None = None,
        date_scales: Iterable[str] | None = None,
        *,
        zone: str | None = None,
        keep: Mapping[str, str] | None = None,
        store: Staste | None = None,
        on_commit: bool = False,
    ) -> None:
        """Describe a metrica.

        `multiplier` is in how many parts of one values are counted: 100 for cents. With one, totals are floats.
        `date_scales` are the scales that are kept, all unless given. `zone` is the time zone of its days, UTC unless
        given. `keep` says how long scales are kept: `{"minute": "1d", "hour": "forever"}`. `store` is one of its own.
        With `on_commit` a kick counts when the transaction of Django that it is in is committed.
        """
        axes = list(axes)
        for what, number in [("multiplier", multiplier), *(("cap", axis.cap) for _, axis in axes)]:
            if number is not None and not 1 <= number < 2**32:
                raise InputError(f"{number} is no {what}: give a whole number, 1 or more")
        kept = dict(keep or {})
        if date_scales is not None:
            scales = set(date_scales)
            if not scales <= set(_SCALES):
                unknown = sorted(scales - set(_SCALES))[0]
                raise InputError(f"date_scales has {unknown!r}, which is no scale: there are {', '.join(_SCALES)}")
            kept.update((scale, "never") for scale in _SCALES if scale not in scales)
        described = [(name, axis.kind, axis.choices or [], axis.cap) for name, axis in axes]
        self._describe(name, described, self._averaged, multiplier, zone, list(kept.items()), store)
        self.name = name
        self.axes = axes
        self.multiplier = multiplier
        self._on_commit = on_commit
        if on_commit:
            self.kick = functools.partial(_kick_on_commit, self)  # type: ignore[method-assign]

    def bind(self, /, **choices: Any) -> Point:
        """Give a handle for one point, whose kicks cost next to nothing."""
        if self._on_commit:
            raise InputError(f"metrica {self.name} counts when transactions are committed, and a handle at once: use kick()")
        return super().bind(**choices)

    def bulk(self) -> Bulk:
        """Gather many kicks and commit them in large batches, at the end of a `with` at the latest.

        >>> import staste, datetime
        >>> from staste.axis import StoredChoiceAxis
        >>> visits = Metrica("visits", [("page", StoredChoiceAxis())], store=staste.Staste("memory:"))
        >>> with visits.bulk() as rows:
        ...     for day in range(1, 4):
        ...         rows.kick(date=datetime.date(2026, 2, day), page="/")
        >>> visits.total()
        3
        """
        if self._on_commit:
            raise InputError(f"metrica {self.name} counts when transactions are committed, and a bulk call at once: use kick()")
        return super().bulk()

    _on_commit: bool
    name: str
    axes: list[tuple[str, Axis]]
    multiplier: int | None

    async def achoices(self, axis: str) -> list[Any]:
        """Await `choices()`."""
        return await asyncio.to_thread(self.choices, axis)

    def get_axis(self, axis: str) -> Axis:
        """Give the axis of a name."""
        for name, found in self.axes:
            if name == axis:
                return found
        raise KeyError(axis)

    def timespan(
        self,
        year: int | None = None,
        month: int | None = None,
        day: int | None = None,
        hour: int | None = None,
        minute: int | None = None,
    ) -> View:
        """Narrow to a period of the calendar, in the zone of the metrica."""
        return self.values().timespan(year, month, day, hour, minute)

    def between(self, since: datetime.date | None = None, until: datetime.date | None = None) -> View:
        """Narrow to what was from one date until another, which is not part of it."""
        return self.values().between(since, until)

    def last(self, count: int, scale: str) -> View:
        """Narrow to the last so many periods of a scale, the running one included."""
        return self.values().last(count, scale)

    def filter(self, /, **choices: Any) -> View:
        """Narrow to choices; None narrows nothing."""
        return self.values().filter(**choices)

    def total(self) -> Number:
        """Give the sum of the values: how many kicks there were where those have none."""
        return self.values().total()

    def iterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Give the totals of the choices of an axis, or of the periods of the next finer scale."""
        return self.values().iterate(axis)

    def top(self, axis: str, count: int) -> list[tuple[Any, Number]]:
        """Give the largest choices of an axis, largest first."""
        return self.values().top(axis, count)

    def pivot(self, *axes: str) -> list[tuple[tuple[Any, ...], Number]]:
        """Give the totals of every combination of the choices of some axes."""
        return self.values().pivot(*axes)

    def timeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Give the totals of the periods between two dates, each at its middle."""
        return self.values().timeserie(since, until, scale)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, axes={[name for name, _ in self.axes]})"


def _kick_on_commit(
    metrica: Metrica, /, value: Any = None, date: datetime.date | None = None, **choices: Any
) -> None:
    """Count once the transaction is committed, as of now."""
    from django.db import transaction

    # What is wrong with the choices, the value and the date is said where they are given.
    point = _staste.Metrica.bind(metrica, **choices)
    when = metrica.now() if date is None else date
    point.check(value, when)

    def kick() -> None:
        point.kick(value, when)

    transaction.on_commit(kick, robust=True)


class AveragedMetrica(Metrica):
    """A metrica that counts its kicks beside the sum of their values, and so has averages."""

    _averaged = True

    def count(self) -> int:
        """Give how many kicks there were."""
        return self.values().count()

    def average(self) -> float | None:
        """Give the average value; None of no kicks."""
        return self.values().average()

    def iterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Give the counts of the choices of an axis, or of the periods of the next finer scale."""
        return self.values().iterate_counts(axis)

    def iterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Give the averages of the same; None where there was no kick."""
        return self.values().iterate_averages(axis)

    def timeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Give the counts of the periods between two dates."""
        return self.values().timeserie_counts(since, until, scale)

    def timeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Give the averages of the periods between two dates."""
        return self.values().timeserie_averages(since, until, scale)

    def timeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Give counts and averages of the periods between two dates."""
        return self.values().timeserie_counts_and_averages(since, until, scale)
