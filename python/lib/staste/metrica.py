"""Metricas: classes of events that are counted.

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
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from staste import _staste
from staste._query_methods import QueryMethods
from staste.axis import Axis
from staste.errors import InputError

if TYPE_CHECKING:
    from staste._default_store import Staste
    from staste._staste import BoundPoint, BulkWriter, View
    from staste._types import Number
    from staste.results import ChoiceTotal, HistogramBin, PivotTotal, Share

_SCALES = ("year", "month", "day", "hour", "minute")
_MAX_U32 = 2**32 - 1


# Not a WeakSet, as a subclass may define `__eq__` and so have no hash.
_without_zone: weakref.WeakValueDictionary[int, Metrica] = weakref.WeakValueDictionary()


def metricas_without_zone() -> list[Metrica]:
    """Return the metricas of this process that do not set a zone."""
    return list(_without_zone.values())


class Metrica(QueryMethods, _staste.Metrica):
    """A class of events, counted by every combination of its axes and by calendar period.

    A kick may have a value; totals are sums of values. Creating a metrica opens nothing.

    Choices in results are str, tuples for places on a path, `staste.UNSET` for kicks that left the axis out, and
    `staste.OTHER` for choices past the cap.

    All queries raise `staste.NotRetained` if a number needs data that is no longer kept, `staste.Unavailable` if the
    store cannot be read, and `staste.Conflict` if it has another definition of the metrica. In lists and series,
    numbers that are no longer kept are None.
    """

    _kind = "plain"

    name: str
    """The name of the metrica."""
    axes: list[tuple[str, Axis]]
    """The axes with their keywords, in order."""
    multiplier: int | None
    """The number of parts of one in which values are stored; None for whole numbers."""
    _on_commit: bool
    _store: Staste | None

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
        unit: str | None = None,
        better: str | None = None,
        title: str | None = None,
        description: str | None = None,
    ) -> None:
        """Describe a metrica.

        Args:
            name: The name of the metrica in the store.
            axes: Pairs of a keyword and an `Axis`.
            multiplier: The number of parts of one in which values are stored: 100 for two decimal places. With a
                multiplier, totals are floats.
            date_scales: The scales to keep, out of year, month, day, hour and minute. All by default.
            zone: The time zone of its days and of naive dates, such as `"Europe/Riga"`. By default that of the store.
                If it has none: `TIME_ZONE` of Django's settings or else UTC, unless the store already has the metrica.
            keep: How long to keep each scale, such as `{"minute": "1d", "hour": "forever"}`.
            store: The store to count in; the default store by default.
            on_commit: Whether a kick counts only when the Django transaction that it is in commits.
            better: Which values are better: `"up"`, `"down"` or `"neither"`. Pages color changes by it.
            unit: The unit of the values, such as `"s"`, `"ms"`, `"bytes"` or `"EUR"`, which pages show.
            title: The title that pages show in place of the name.
            description: A sentence about what is counted, which pages show.

        Raises `ValueError` for an invalid name, axis, multiplier, scale, zone, retention or unit.
        """
        axes = list(axes)
        for option, number in [("multiplier", multiplier), *(("cap", axis.cap) for _, axis in axes)]:
            if number is not None and not 1 <= number <= _MAX_U32:
                raise InputError(f"invalid {option} {number}: expected a whole number from 1 to {_MAX_U32}")
        retention = dict(keep or {})
        if date_scales is not None:
            scales = set(date_scales)
            unknown = sorted(scales - set(_SCALES))
            if unknown:
                raise InputError(f"invalid scale {unknown[0]!r} in date_scales: expected some of {', '.join(_SCALES)}")
            retention.update((scale, "never") for scale in _SCALES if scale not in scales)
        labels = {"unit": unit, "title": title, "description": description, "better": better}
        described = [(keyword, axis.kind, axis.choices or [], axis.cap) for keyword, axis in axes]
        self._describe(name, described, self._kind, multiplier, zone, labels, list(retention.items()), store)
        if zone is None:
            _without_zone[id(self)] = self
        self.name = name
        self.axes = axes
        self._store = store
        self.multiplier = multiplier
        self._on_commit = on_commit
        if on_commit:
            self.kick = functools.partial(_kick_on_commit, self)  # type: ignore[method-assign]

    def bind(self, /, **choices: Any) -> BoundPoint:
        """Return a handle on one point, whose kicks skip the lookup of choices.

        >>> import staste
        >>> from staste.axis import Axis
        >>> guests = Metrica("guests", [("gender", Axis(choices=["boy", "girl"]))], store=staste.Staste("memory:"))
        >>> girls = guests.bind(gender="girl")
        >>> girls.kick()
        >>> girls.kick(2)
        >>> guests.total()
        3

        Raises `TypeError` for an unknown axis, and `ValueError` for an undeclared choice or with `on_commit`.
        """
        if self._on_commit:
            raise InputError(
                f"bind() does not work with on_commit=True: {self.name} counts when transactions commit; use kick()"
            )
        return super().bind(**choices)

    def bulk(self) -> BulkWriter:
        """Return a writer that counts many kicks in large batches, for use in a `with` block.

        >>> import staste, datetime
        >>> from staste.axis import StoredChoiceAxis
        >>> visits = Metrica("visits", [("page", StoredChoiceAxis())], store=staste.Staste("memory:"))
        >>> with visits.bulk() as rows:
        ...     for day in range(1, 4):
        ...         rows.kick(date=datetime.date(2026, 2, day), page="/")
        >>> visits.total()
        3

        Raises `ValueError` with `on_commit`.
        """
        if self._on_commit:
            raise InputError(
                f"bulk() does not work with on_commit=True: {self.name} counts when transactions commit; use kick()"
            )
        return super().bulk()

    async def achoices(self, axis: str) -> list[Any]:
        """Return `choices()` without blocking the event loop."""
        return await asyncio.to_thread(self.choices, axis)

    def get_axis(self, axis: str) -> Axis:
        """Return the axis of a keyword. Raises `KeyError` if there is none."""
        for keyword, found in self.axes:
            if keyword == axis:
                return found
        raise KeyError(
            f"metrica {self.name} has no axis {axis}: its axes are: {', '.join(name for name, _ in self.axes)}"
        )

    def timespan(
        self,
        year: int | None = None,
        month: int | None = None,
        day: int | None = None,
        hour: int | None = None,
        minute: int | None = None,
    ) -> View:
        """Return a view of one calendar period in the time zone of the metrica, such as a year, or an hour of a day.

        >>> import staste, datetime
        >>> guests = Metrica("guests", store=staste.Staste("memory:"))
        >>> guests.kick(date=datetime.date(2026, 2, 7))
        >>> guests.timespan(2026, 2).total(), guests.timespan(year=2025).total()
        (1, 0)

        Raises `TypeError` if a coarser part is missing, and `ValueError` for a date that does not exist.
        """
        return self.values().timespan(year, month, day, hour, minute)

    def between(self, since: datetime.date | None = None, until: datetime.date | None = None) -> View:
        """Return a view from one date or time up to another, which is excluded. None leaves an end open.

        Raises `TypeError` for a value that is not a date, and `ValueError` for a range that is empty or reversed.
        """
        return self.values().between(since, until)

    def last(self, count: int, scale: str) -> View:
        """Return a view of the last `count` periods of a scale, including the current one: `last(7, "day")`.

        Raises `ValueError` for an invalid count or scale.
        """
        return self.values().last(count, scale)

    def filter(self, /, **choices: Any) -> View:
        """Return a view of some choices: `filter(gender="girl", age=18)`. None does not filter.

        Raises `TypeError` for an unknown axis, and `ValueError` for an undeclared choice.
        """
        return self.values().filter(**choices)

    def total(self) -> Number:
        """Return the sum of the values, which is the number of kicks if they have no values.

        It is an int, or a float if the metrica has a multiplier.
        """
        return self.values().total()

    def iterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Return totals by the choices of an axis or, without an axis, by the next finer calendar periods.

        Periods are numbers: years, months 1 to 12, days, hours 0 to 23, or minutes 0 to 59.

        >>> import staste, datetime
        >>> from staste.axis import Axis
        >>> guests = Metrica("guests", [("gender", Axis(choices=["boy", "girl"]))], store=staste.Staste("memory:"))
        >>> guests.kick(gender="girl", date=datetime.date(2026, 2, 7))
        >>> guests.iterate("gender")
        [('boy', 0), ('girl', 1)]
        >>> guests.timespan(2026).iterate()[:3]
        [(1, 0), (2, 1), (3, 0)]

        Raises `TypeError` for an unknown axis, and `ValueError` without an axis for a view that is not one calendar
        period.
        """
        return self.values().iterate(axis)

    def top(self, axis: str, count: int) -> list[ChoiceTotal]:
        """Return the `count` choices of an axis with the largest totals, the largest first.

        What the others have is `total()` minus the sum of these.

        >>> import staste
        >>> from staste.axis import StoredChoiceAxis
        >>> visits = Metrica("visits", [("page", StoredChoiceAxis())], store=staste.Staste("memory:"))
        >>> for page in ["/", "/about", "/"]:
        ...     visits.kick(page=page)
        >>> visits.top("page", 1)
        [ChoiceTotal(choice='/', total=2)]

        Raises `TypeError` for an unknown axis, and `ValueError` for a negative count.
        """
        return self.values().top(axis, count)

    def matching(self, axis: str, *patterns: str) -> list[ChoiceTotal]:
        """Return the choices of an axis that match one of some patterns, with their totals.

        An asterisk stands for any text, on a path axis within one component; a backslash before it makes it an asterisk.

        >>> import staste
        >>> from staste.axis import StoredChoiceAxis
        >>> visits = Metrica("visits", [("page", StoredChoiceAxis())], store=staste.Staste("memory:"))
        >>> for page in ["/", "/wp-login.php", "/wp-admin"]:
        ...     visits.kick(page=page)
        >>> visits.matching("page", "/wp-*")
        [ChoiceTotal(choice='/wp-login.php', total=1), ChoiceTotal(choice='/wp-admin', total=1)]

        Raises `TypeError` for an unknown axis.
        """
        return self.values().matching(axis, *patterns)

    def forget_matching(self, axis: str, *patterns: str, into_other: bool = False) -> list[ChoiceTotal]:
        """Delete the kicks at the choices that `matching()` returns, and return these.

        Deleted counts cannot be restored. With `into_other`, the kicks count as `staste.OTHER` instead.

        Raises `TypeError` for an unknown axis.
        """
        return self.values().forget_matching(axis, *patterns, into_other=into_other)

    def pivot(self, *axes: str) -> list[PivotTotal]:
        """Return the total of each combination of choices of some axes, the largest first.

        Raises `TypeError` for an axis that is unknown or passed twice.
        """
        return self.values().pivot(*axes)

    def timeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Return the total of each period from `since` up to `until`, with the middle of the period.

        `scale` is year, month, day, hour or minute; None for the finest one that is kept for all of it. The times have
        no tzinfo and are in the time zone of the metrica.

        >>> import staste, datetime
        >>> guests = Metrica("guests", store=staste.Staste("memory:"))
        >>> guests.kick(date=datetime.date(2026, 2, 7))
        >>> guests.timeserie(datetime.date(2026, 2, 7), datetime.date(2026, 2, 8), "day")
        [(datetime.datetime(2026, 2, 7, 12, 0), 1)]

        Raises `ValueError` for an invalid scale and for more than a million periods.
        """
        return self.values().timeserie(since, until, scale)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, axes={[name for name, _ in self.axes]})"


def _kick_on_commit(metrica: Metrica, /, value: Any = None, date: datetime.date | None = None, **choices: Any) -> None:
    """Count one event when the current transaction commits, at the time of the call."""
    from django.db import transaction

    # Invalid arguments raise here, where the caller can see them, and not in the commit.
    point = _staste.Metrica.bind(metrica, **choices)
    when = metrica.now() if date is None else date
    point._check(value, when)

    def kick() -> None:
        point.kick(value, when)

    transaction.on_commit(kick, robust=True)


class AveragedMetrica(Metrica):
    """A metrica that also counts its kicks, so that it has counts and averages.

    >>> import staste
    >>> from staste.axis import StoredChoiceAxis
    >>> spent = AveragedMetrica("spent", [("what", StoredChoiceAxis())], multiplier=100, store=staste.Staste("memory:"))
    >>> spent.kick(12.5, what="book")
    >>> spent.kick(0.5, what="apple")
    >>> spent.total(), spent.count(), spent.average()
    (13.0, 2, 6.5)
    """

    _kind = "averaged"

    def count(self) -> int:
        """Return the number of kicks."""
        return self.values().count()

    def average(self) -> float | None:
        """Return the average value: total over count. None if nothing was counted."""
        return self.values().average()

    def iterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Return counts by the choices of an axis, or by the next finer calendar periods. See `iterate()`."""
        return self.values().iterate_counts(axis)

    def iterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Return averages by the choices of an axis, or by the next finer calendar periods. See `iterate()`.

        The average is None where nothing was counted.
        """
        return self.values().iterate_averages(axis)

    def timeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Return the count of each period from `since` up to `until`. See `timeserie()`."""
        return self.values().timeserie_counts(since, until, scale)

    def timeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Return the average of each period from `since` up to `until`. See `timeserie()`.

        The average is None where nothing was counted.
        """
        return self.values().timeserie_averages(since, until, scale)

    def timeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Return count and average of each period from `since` up to `until`. See `timeserie()`.

        The average is None where nothing was counted.
        """
        return self.values().timeserie_counts_and_averages(since, until, scale)


class DistributionMetrica(AveragedMetrica):
    """A metrica that also records the distribution of values, so that it has percentiles.

    An averaged metrica becomes a distribution: percentiles are recorded from then on. They are within 1.1 % of the true
    ones. Queries of kicks that were counted before raise `staste.NotRecorded`.

    >>> import staste
    >>> from staste.axis import StoredChoiceAxis
    >>> responses = DistributionMetrica(
    ...     "responses", [("view", StoredChoiceAxis())], multiplier=1000, store=staste.Staste("memory:")
    ... )
    >>> for milliseconds in (3, 4, 4, 5, 6):
    ...     responses.kick(milliseconds / 1000, view="/")
    >>> responses.median(), responses.filter(view="/").max()
    (0.004, 0.006)
    >>> responses.share_below(0.005)
    Share(share=0.8, margin=0.0)
    """

    _kind = "distribution"

    def percentile(self, percent: float) -> float | None:
        """Return a percentile of the values, 0 to 100. None if nothing was counted.

        It lies between the two closest ranks in proportion, like `numpy.percentile()`.

        Raises `ValueError` for a number that is not in 0 to 100, and `staste.NotRecorded` if some kicks have no bin.
        """
        return self.values().percentile(percent)

    def percentiles(self, *percents: float) -> list[float | None]:
        """Return several percentiles of the values by one query. See `percentile()`."""
        return self.values().percentiles(*percents)

    def median(self) -> float | None:
        """Return the median of the values. None if nothing was counted. See `percentile()`."""
        return self.values().median()

    def min(self) -> float | None:
        """Return the smallest value, within 1.1 %. None if nothing was counted."""
        return self.values().min()

    def max(self) -> float | None:
        """Return the largest value, within 1.1 %. None if nothing was counted."""
        return self.values().max()

    def share_below(self, limit: float) -> Share | None:
        """Return the share of the values that are at most a limit, such as of responses within 0.3 seconds.

        None if nothing was counted. Raises `ValueError` for a limit that is not a finite number.
        """
        return self.values().share_below(limit)

    def histogram(self) -> list[HistogramBin]:
        """Return the bins that have values, with their bounds and counts.

        The bounds are powers of 2^(1/32), as in an exponential histogram of OpenTelemetry of scale 5.
        """
        return self.values().histogram()

    def iterate_percentiles(self, axis: str, percent: float) -> list[tuple[Any, float | None]]:
        """Return a percentile by the choices of an axis. It is None where nothing was counted. See `percentile()`."""
        return self.values().iterate_percentiles(axis, percent)

    def timeserie_percentiles(
        self,
        since: datetime.date,
        until: datetime.date,
        scale: str | None = None,
        percents: Sequence[float] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Return percentiles of each period from `since` up to `until`, p50, p95 and p99 by default. See `timeserie()`.

        Each row has the middle of the period and one float for each percentile: None where nothing was counted, and where
        some kicks have no bin.
        """
        return self.values().timeserie_percentiles(since, until, scale, percents)
