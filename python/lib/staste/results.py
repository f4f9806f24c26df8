"""Results of queries: named tuples, which are equal to plain tuples of their fields, and the rows of SQL statements."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any, NamedTuple

from staste._types import Number, SqlValue


class Reading(NamedTuple):
    """The numbers of a view, as returned by `View.read()`."""

    total: Number
    """The sum of the values: an int, or a float if the metrica has a multiplier."""
    count: int | None  # type: ignore[assignment]  # It hides tuple.count().
    """The number of kicks; None if the metrica is not averaged."""
    average: float | None
    """Total over count; None if the metrica is not averaged, or nothing was counted."""


class ChoiceTotal(NamedTuple):
    """A choice of an axis and its total, as returned by `top()`."""

    choice: Any
    """A str, a tuple for a place on a path, `staste.UNSET` or `staste.OTHER`."""
    total: Number
    """The sum of the values."""


class PivotTotal(NamedTuple):
    """A combination of choices and its total, as returned by `pivot()`."""

    choices: tuple[Any, ...]
    """One choice for each axis, in the order in which `pivot()` got them."""
    total: Number
    """The sum of the values."""


class PivotReading(NamedTuple):
    """A combination of choices and its numbers, as returned by `View.readings()`."""

    choices: tuple[Any, ...]
    """One choice for each axis, in the order in which `readings()` got them."""
    total: Number
    """The sum of the values."""
    count: int | None  # type: ignore[assignment]  # It hides tuple.count().
    """The number of kicks; None if the metrica is not averaged."""
    average: float | None
    """Total over count; None if the metrica is not averaged, or nothing was counted."""


class SeriesReading(NamedTuple):
    """A period of a series and its numbers, as returned by `View.timeserie_readings()`."""

    time: datetime.datetime
    """The middle of the period, without tzinfo, in the time zone of the metrica."""
    total: Number | None
    """The sum of the values; None if the data is no longer kept."""
    count: int | None  # type: ignore[assignment]  # It hides tuple.count().
    """The number of kicks; None if the metrica is not averaged, or the data is no longer kept."""
    average: float | None
    """Total over count; None if the metrica is not averaged, nothing was counted, or the data is no longer kept."""


class HistogramBin(NamedTuple):
    """A bin of a histogram and the number of values in it, as returned by `histogram()`."""

    lower: float
    """The lower bound, which a bin of positive values excludes."""
    upper: float
    """The upper bound, which a bin of positive values includes."""
    count: int  # type: ignore[assignment]  # It hides tuple.count().
    """The number of values."""


class Share(NamedTuple):
    """A part of the values, as returned by `share_below()`."""

    share: float
    """The share, 0 to 1."""
    margin: float
    """The largest difference from the true share: 0 unless the limit is within a bin that has values."""


class AxisDefinition(NamedTuple):
    """An axis as the store has it."""

    name: str
    """The keyword of the axis."""
    kind: str
    """`"declared"`, `"stored"` or `"path"`."""


class MetricaDefinition(NamedTuple):
    """A metrica as the store has it, as returned by `Staste.definition()`."""

    averaged: bool
    """Whether kicks are counted in addition to the sum of their values."""
    multiplier: int
    """The number of parts of one in which values are stored: 100 for two decimal places."""
    zone: str
    """The IANA name of the time zone of its days."""
    axes: list[AxisDefinition]
    """The axes, in order."""
    kind: str
    """`"plain"`, `"averaged"` or `"distribution"`."""


class SqlRows(list[tuple[SqlValue, ...]]):
    """The rows of a SQL statement: a list of tuples that also has the names of the columns.

    >>> rows = SqlRows(("gender", "total"), [("girl", 2)])
    >>> [dict(zip(rows.columns, row)) for row in rows]
    [{'gender': 'girl', 'total': 2}]
    """

    columns: tuple[str, ...]
    """The names of the columns, which need not be unique."""

    def __init__(self, columns: tuple[str, ...], rows: Iterable[tuple[SqlValue, ...]]) -> None:
        """Create a list of the rows."""
        super().__init__(rows)
        self.columns = columns
