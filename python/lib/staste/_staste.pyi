"""The extension, which is written in Rust."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, final

from typing_extensions import Self, disjoint_base

from staste._types import Number, SqlValue
from staste.results import (
    ChoiceTotal,
    HistogramBin,
    MetricaDefinition,
    PivotReading,
    PivotTotal,
    Reading,
    SeriesReading,
    Share,
)

__all__ = [
    "MEASURES",
    "BoundPoint",
    "BulkWriter",
    "FixedClock",
    "Metrica",
    "Offer",
    "RenderedChart",
    "Response",
    "Staste",
    "View",
    "Web",
    "answer_chart",
    "chart_style_sheet",
    "default_store_changed",
    "page_style_sheet",
    "render_chart",
    "run",
]

MEASURES: list[str]
"""The names of all measures, in the order of the fields of `staste.Reading`."""

def default_store_changed() -> None:
    """Make metricas resolve their store again. Call it after the default store or time zone has changed."""

def run(arguments: list[str]) -> int:
    """Run the program `staste` and return its exit code. The first argument is the name of the program."""

@disjoint_base
class FixedClock:
    """A clock that stands still until it is set."""

    def __new__(cls, now: datetime.datetime | str) -> Self:
        """Create a clock that stands at a time: an aware `datetime`, or a str with an offset or `Z`.

        Raises `ValueError` for a time without an offset, an invalid one, and one before 1970, and `TypeError` for a
        value of another type.
        """

    def set(self, now: datetime.datetime | str) -> None:
        """Set the clock to a time. Raises as the constructor does."""

    def now(self) -> datetime.datetime:
        """Return the time of the clock, in UTC and whole seconds."""

@disjoint_base
class Staste:
    """The base of `staste.Staste`."""

    def __new__(
        cls,
        address: str,
        *,
        flush_interval: float | None = 0.25,
        zone: str | None = None,
        clock: FixedClock | None = None,
        pending_bytes: int | None = None,
        room_timeout: float | None = 30.0,
    ) -> Self:
        """Create a store. See `staste.Staste`."""

    @property
    def address(self) -> str:
        """The address, without user name and password."""

    @property
    def address_with_password(self) -> str:
        """The address as it was passed, with its password. Do not log it."""

    def now(self) -> datetime.datetime:
        """Return the time by the clock of the store, in UTC and whole seconds."""

    def flush(self) -> None:
        """Commit all pending kicks and wait until it is done.

        Raises `staste.Unavailable` if the store cannot be reached; the kicks stay pending. Raises
        `staste.errors.KicksDropped` once after kicks were dropped, and `staste.Conflict` if the store has another
        definition of a kicked metrica.
        """

    def close(self) -> None:
        """Commit all pending kicks and stop the flushing thread. Raises as `flush()` does."""

    def _health(self) -> dict[str, Any]: ...
    def _troubles(self, timeout: float) -> list[dict[str, Any]]: ...
    def _nearly_full_axes(self, timeout: float) -> list[dict[str, Any]]: ...
    def metricas(self) -> list[str]:
        """Return the names of the metricas in the store. Pending kicks are committed first."""

    def forget(self, metrica: str) -> None:
        """Delete a metrica with everything that it counted.

        Raises `ValueError` if the store has no such metrica.
        """

    def definition(self, metrica: str) -> MetricaDefinition:
        """Return the definition of a metrica as the store has it.

        Raises `ValueError` if the store has no such metrica.
        """

    def _zones(self, timeout: float) -> list[tuple[str, str]]: ...
    def _sql(
        self, statement: str, params: Sequence[SqlValue], timeout: float, max_rows: int
    ) -> tuple[tuple[str, ...], list[tuple[SqlValue, ...]]]: ...
    def warnings(self) -> list[str]:
        """Return the settings of the database server that can lose counts, as sentences."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None: ...

@disjoint_base
class Metrica:
    """The base of `staste.Metrica`."""

    def __new__(cls, *_arguments: Any, **_keywords: Any) -> Self: ...
    def _describe(
        self,
        name: str,
        axes: list[tuple[str, str, list[str], int | None]],
        kind: str,
        multiplier: int | None,
        zone: str | None,
        labels: dict[str, str | None],
        keep: list[tuple[str, str]],
        store: Staste | None,
    ) -> None: ...
    def kick(
        self,
        value: int | float | Decimal | None = None,
        date: datetime.date | None = None,
        **choices: Any,
    ) -> None:
        """Count one event: `kick(gender="girl", age=18)`.

        `value` is 1 by default, and `date` the current time. A date without tzinfo is in the time zone of the metrica.
        An axis that is left out, or is None, gets the choice `staste.UNSET`.

        It never fails because of the store. It waits only while memory is full and the store takes kicks. To count many
        at once, use `bulk()`.

        Raises `TypeError` for an unknown axis and for a value of `date` that is not a date, and `ValueError` for an
        undeclared choice or an invalid value.
        """

    def bulk(self) -> BulkWriter:
        """Return a writer that counts many kicks in large batches, for use in a `with` block."""

    def bind(self, **choices: Any) -> BoundPoint:
        """Return a handle on one point, whose kicks skip the lookup of choices."""

    def values(self) -> View:
        """Return a view of everything that was counted."""

    def choices(self, axis: str) -> list[Any]:
        """Return the known choices of an axis, in the order in which they appeared.

        Raises `TypeError` for an unknown axis.
        """

    def now(self) -> datetime.datetime:
        """Return the time by the clock of the store, in UTC and whole seconds."""

    def define(self) -> None:
        """Write the definition to the store now, not with the first kick.

        Raises `staste.Conflict` if the store has another definition of the metrica.
        """

@final
class BulkWriter:
    """Counts many kicks of one metrica in batches of its own. Use one in each thread.

    Full batches are committed at once, the rest at the end of the `with` block, even if it ends by an exception.
    """

    def kick(
        self,
        value: int | float | Decimal | None = None,
        date: datetime.date | None = None,
        **choices: Any,
    ) -> None:
        """Count one event, as `Metrica.kick` does. An invalid kick raises and is left out; the others are kept.

        Raises `TypeError` if another thread uses the writer at the same time.
        """

    def flush(self) -> None:
        """Commit pending kicks and wait for it. Raises `staste.Unavailable` if the store cannot be reached."""

    @property
    def committed(self) -> int:
        """The number of committed kicks."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None: ...

@final
class BoundPoint:
    """A handle on one point, whose kicks skip the lookup of choices. `Metrica.bind` returns it."""

    def kick(self, value: int | float | Decimal | None = None, date: datetime.date | None = None) -> None:
        """Count one event at the point. `value` is 1 by default, and `date` the current time."""

    def _check(self, value: int | float | Decimal | None, date: datetime.date) -> None: ...

@final
class View:
    """Everything that a metrica counted, or a part of it by timespan and choices. A view never changes.

    Methods that narrow return another view; queries read the store. Errors are those of `staste.Metrica`.
    """

    async def atotal(self) -> Number:
        """Return `total()` without blocking the event loop."""

    async def acount(self) -> int:
        """Return `count()` without blocking the event loop."""

    async def aaverage(self) -> float | None:
        """Return `average()` without blocking the event loop."""

    async def aiterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Return `iterate()` without blocking the event loop."""

    async def aiterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Return `iterate_counts()` without blocking the event loop."""

    async def aiterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Return `iterate_averages()` without blocking the event loop."""

    async def apercentile(self, percent: float) -> float | None:
        """Return `percentile()` without blocking the event loop."""

    async def apercentiles(self, *percents: float) -> list[float | None]:
        """Return `percentiles()` without blocking the event loop."""

    async def amedian(self) -> float | None:
        """Return `median()` without blocking the event loop."""

    async def ashare_below(self, limit: float) -> Share | None:
        """Return `share_below()` without blocking the event loop."""

    async def ahistogram(self) -> list[HistogramBin]:
        """Return `histogram()` without blocking the event loop."""

    async def aiterate_percentiles(self, axis: str, percent: float) -> list[tuple[Any, float | None]]:
        """Return `iterate_percentiles()` without blocking the event loop."""

    async def atimeserie_percentiles(
        self,
        since: datetime.date,
        until: datetime.date,
        scale: str | None = None,
        percents: Sequence[float] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Return `timeserie_percentiles()` without blocking the event loop."""

    async def atop(self, axis: str, count: int) -> list[ChoiceTotal]:
        """Return `top()` without blocking the event loop."""

    async def apivot(self, *axes: str) -> list[PivotTotal]:
        """Return `pivot()` without blocking the event loop."""

    async def atimeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Return `timeserie()` without blocking the event loop."""

    async def atimeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Return `timeserie_counts()` without blocking the event loop."""

    async def atimeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Return `timeserie_averages()` without blocking the event loop."""

    async def atimeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Return `timeserie_counts_and_averages()` without blocking the event loop."""

    def to_pandas(
        self,
        *axes: str,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        scale: str | None = None,
    ) -> Any:
        """Return a `pandas.DataFrame`: by axes, or as a series from `since` up to `until`. Requires pandas.

        `to_pandas("gender", "age")` has a row for each combination of choices, `to_pandas(since=..., until=...)` one
        for each period of `scale`. The columns are `total`; for an averaged metrica also `count` and `average`; and for a
        distribution also `p50`, `p95` and `p99`.

        Raises `TypeError` for axes together with dates, for neither of them, and for an unknown axis.
        """

    def _measures(self) -> list[str]: ...
    def _pivot_rows(self, axes: list[str], measures: list[str]) -> list[tuple[Any, ...]]: ...
    def _series_rows(
        self, since: datetime.date, until: datetime.date, scale: str | None, measures: list[str]
    ) -> list[tuple[Any, ...]]: ...
    def timespan(
        self,
        year: int | None = None,
        month: int | None = None,
        day: int | None = None,
        hour: int | None = None,
        minute: int | None = None,
    ) -> View:
        """Return a view of one calendar period in the time zone of the metrica, such as a year, or an hour of a day.

        Raises `TypeError` if a coarser part is missing, and `ValueError` for a date that does not exist.
        """

    def between(self, since: datetime.date | None = None, until: datetime.date | None = None) -> View:
        """Return a view from one date or time up to another, which is excluded. None leaves an end open.

        Raises `TypeError` for a value that is not a date, and `ValueError` for a range that is empty or reversed.
        """

    def last(self, count: int, scale: str) -> View:
        """Return a view of the last `count` periods of a scale, including the current one: `last(7, "day")`.

        Raises `ValueError` for an invalid count or scale.
        """

    def filter(self, **choices: Any) -> View:
        """Return a view of some choices: `filter(gender="girl", age=18)`. None does not filter.

        Raises `TypeError` for an unknown axis, and `ValueError` for an undeclared choice.
        """

    def values(self) -> View:
        """Return the view itself, so that views and metricas have the same methods."""

    def total(self) -> Number:
        """Return the sum of the values, which is the number of kicks if they have no values.

        It is an int, or a float if the metrica has a multiplier.
        """

    def count(self) -> int:
        """Return the number of kicks. Raises `ValueError` if the metrica is not averaged."""

    def average(self) -> float | None:
        """Return the average value: total over count. None if nothing was counted.

        Raises `ValueError` if the metrica is not averaged.
        """

    def read(self) -> Reading:
        """Return total, count and average by one query."""

    def iterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Return totals by the choices of an axis or, without an axis, by the next finer calendar periods.

        Periods are numbers: years, months 1 to 12, days, hours 0 to 23, or minutes 0 to 59.

        Raises `TypeError` for an unknown axis, and `ValueError` without an axis for a view that is not one calendar
        period.
        """

    def iterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Return counts by the choices of an axis, or by the next finer calendar periods. See `iterate()`.

        Raises `ValueError` if the metrica is not averaged.
        """

    def iterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Return averages by the choices of an axis, or by the next finer calendar periods. See `iterate()`.

        The average is None where nothing was counted. Raises `ValueError` if the metrica is not averaged.
        """

    def percentile(self, percent: float) -> float | None:
        """Return a percentile of the values, 0 to 100, within 1.1 % of the true one. None if nothing was counted.

        It lies between the two closest ranks in proportion, like `numpy.percentile()`.

        Raises `ValueError` if the metrica is not a distribution or the number is not in 0 to 100, and
        `staste.NotRecorded` if some kicks were counted before the metrica became a distribution.
        """

    def percentiles(self, *percents: float) -> list[float | None]:
        """Return several percentiles of the values by one query. See `percentile()`."""

    def median(self) -> float | None:
        """Return the median of the values. None if nothing was counted. See `percentile()`."""

    def min(self) -> float | None:
        """Return the smallest value, within 1.1 %. None if nothing was counted."""

    def max(self) -> float | None:
        """Return the largest value, within 1.1 %. None if nothing was counted."""

    def share_below(self, limit: float) -> Share | None:
        """Return the share of the values that are at most a limit. None if nothing was counted."""

    def histogram(self) -> list[HistogramBin]:
        """Return the bins that have values; bounds are powers of 2^(1/32), as in OpenTelemetry's scale 5."""

    def iterate_percentiles(self, axis: str, percent: float) -> list[tuple[Any, float | None]]:
        """Return a percentile by the choices of an axis. It is None where nothing was counted. See `percentile()`."""

    def timeserie_percentiles(
        self,
        since: datetime.date,
        until: datetime.date,
        scale: str | None = None,
        percents: Sequence[float] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Return percentiles of each period from `since` up to `until`, p50, p95 and p99 by default. See `timeserie()`.

        Each row has the middle of the period and one float for each percentile, or None.
        """

    def top(self, axis: str, count: int) -> list[ChoiceTotal]:
        """Return the `count` choices of an axis with the largest totals, the largest first.

        What the others have is `total()` minus the sum of these.

        Raises `TypeError` for an unknown axis, and `ValueError` for a negative count.
        """

    def matching(self, axis: str, *patterns: str) -> list[ChoiceTotal]:
        """Return the choices of an axis that match one of some patterns, with their totals.

        An asterisk stands for any text, on a path axis within one component: `"/wp-*"`. Write `\\*` for an asterisk and
        `\\\\` for a backslash. A path below another one that matches is left out: the other one includes its kicks.

        Raises `TypeError` for an unknown axis, and `ValueError` for an axis that the view filters already.
        """

    def forget_matching(self, axis: str, *patterns: str, into_other: bool = False) -> list[ChoiceTotal]:
        """Delete the kicks of the view at the choices that `matching()` returns, and return these.

        Deleted counts cannot be restored. With `into_other`, the kicks count as `staste.OTHER` instead; the view must
        then be of all time and have no filter.

        Raises `TypeError` for an unknown axis, and `ValueError` for an axis that the view filters already.
        """

    def pivot(self, *axes: str) -> list[PivotTotal]:
        """Return the total of each combination of choices of some axes, the largest first.

        Raises `TypeError` for an axis that is unknown or passed twice.
        """

    def readings(self, *axes: str) -> list[PivotReading]:
        """Return total, count and average of each combination of choices of some axes, the largest total first.

        Raises `TypeError` for an axis that is unknown or passed twice.
        """

    def timeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Return the total of each period from `since` up to `until`, with the middle of the period.

        `scale` is year, month, day, hour or minute; None for the finest one that is kept for all of it. The times have
        no tzinfo and are in the time zone of the metrica.

        Raises `ValueError` for an invalid scale and for more than a million periods.
        """

    def timeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Return the count of each period from `since` up to `until`. See `timeserie()`.

        Raises `ValueError` if the metrica is not averaged.
        """

    def timeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Return the average of each period from `since` up to `until`. See `timeserie()`.

        The average is None where nothing was counted. Raises `ValueError` if the metrica is not averaged.
        """

    def timeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Return count and average of each period from `since` up to `until`. See `timeserie()`.

        The average is None where nothing was counted. Raises `ValueError` if the metrica is not averaged.
        """

    def timeserie_readings(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[SeriesReading]:
        """Return total, count and average of each period from `since` up to `until`. See `timeserie()`."""

@final
class Response:
    """A response to a request."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The names and values of the headers."""

    @property
    def body(self) -> bytes:
        """The body."""

    @property
    def store_error(self) -> str | None:
        """The error of the store, if that is why the status is 500 or above."""

@final
class Web:
    """The dashboard of a store."""

    def __new__(cls, store: Staste, base: str, frame_ancestors: str) -> Self:
        """Create the dashboard below the path `base`. `frame_ancestors` are the sites that may frame single charts."""

    def answer(self, method: str, path: str, if_none_match: str | None) -> Response:
        """Return the response to a request: its method, its path with the query as it was sent, and If-None-Match."""

@final
class Offer:
    """The parameters of a chart that its visitors may choose."""

    def __new__(
        cls,
        *,
        axes: Sequence[str],
        filters: Sequence[str],
        periods: Sequence[str],
        scales: Sequence[str] | None,
        formats: Sequence[str] | None,
        measures: Sequence[str],
        comparison: bool,
    ) -> Self:
        """Create an offer. None as `scales` or `formats` means those that the chart has by default.

        Raises `TypeError` for an invalid period, scale, format or measure.
        """

class _ChartSpec(Protocol):
    """The attributes of a chart that its author sets. See `staste.charts.views.ChartSpec`."""

    @property
    def kind(self) -> str: ...
    @property
    def axis(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def query(self) -> str: ...
    @property
    def offer(self) -> Offer | None: ...

@final
class RenderedChart:
    """A chart as HTML for a page."""

    @property
    def title(self) -> str:
        """The title as plain text."""

    @property
    def figure(self) -> str:
        """The `<figure>`."""

    @property
    def controls(self) -> str:
        """Links and forms by which a visitor chooses parameters."""

def render_chart(metrica: Metrica, spec: _ChartSpec, query: str) -> RenderedChart:
    """Return a chart as HTML. `query` is that of the visitor's request."""

def answer_chart(
    metrica: Metrica,
    spec: _ChartSpec,
    method: str,
    path: str,
    if_none_match: str | None,
) -> Response:
    """Return the response to a request for a single chart."""

def chart_style_sheet() -> str:
    """Return the style sheet that figures need."""

def page_style_sheet() -> str:
    """Return the style sheet of whole pages."""
