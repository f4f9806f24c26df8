"""What is done in Rust."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol, final

from typing_extensions import Self, disjoint_base

from staste._types import Number, SqlValue

__all__ = [
    "MEASURES",
    "Bulk",
    "FixedClock",
    "Metrica",
    "Offer",
    "Point",
    "Staste",
    "View",
    "Web",
    "answer_chart",
    "figure",
    "reconfigured",
    "run",
    "style_sheet",
]

#: The names of all measures, in the order in which rows hold them.
MEASURES: list[str]

def reconfigured() -> None: ...
def run(arguments: list[str]) -> int: ...
@disjoint_base
class FixedClock:
    def __new__(cls, now: datetime.datetime | str) -> Self: ...
    def set(self, now: datetime.datetime | str) -> None: ...
    def now(self) -> datetime.datetime: ...

@disjoint_base
class Staste:
    """A store, and the process' kicks on their way to it."""

    def __new__(
        cls,
        address: str,
        *,
        flush_interval: float | None = 0.25,
        zone: str | None = None,
        clock: FixedClock | None = None,
        pending_bytes: int | None = None,
        room_timeout: float | None = 30.0,
    ) -> Self: ...
    @property
    def address(self) -> str: ...
    @property
    def url(self) -> str: ...
    def now(self) -> datetime.datetime: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def _health(self) -> dict[str, Any]: ...
    def _troubles(self, timeout: float) -> list[dict[str, Any]]: ...
    def metricas(self) -> list[str]: ...
    def forget(self, metrica: str) -> None: ...
    def definition(self, metrica: str) -> tuple[bool, int, str, list[tuple[str, str]]]: ...
    def _sql(
        self, statement: str, params: Sequence[SqlValue], timeout: float, max_rows: int
    ) -> tuple[tuple[str, ...], list[tuple[SqlValue, ...]]]: ...
    def warnings(self) -> list[str]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None: ...

@disjoint_base
class Metrica:
    def __new__(cls, *_arguments: Any, **_named: Any) -> Self: ...
    def _describe(
        self,
        name: str,
        axes: list[tuple[str, str, list[str], int | None]],
        averaged: bool,
        multiplier: int | None,
        zone: str | None,
        keep: list[tuple[str, str]],
        store: Staste | None,
    ) -> None: ...
    def kick(
        self,
        value: int | float | Decimal | None = None,
        date: datetime.date | None = None,
        **choices: Any,
    ) -> None:
        """Record one event.

        It never fails for the store's sake, and waits only where memory is full and the store takes kicks more slowly
        than they come. For many at once use `bulk()`.
        """

    def bulk(self) -> Bulk:
        """Gather many kicks and commit them in large batches, at the end of a `with` at the latest."""

    def bind(self, **choices: Any) -> Point:
        """Give a handle for one point, whose kicks cost next to nothing."""

    def values(self) -> View:
        """Give everything that was counted, to be narrowed and asked."""

    def choices(self, axis: str) -> list[Any]:
        """Give the choices known on an axis, first seen first."""

    def now(self) -> datetime.datetime:
        """Return the time by the clock of the store, in UTC and whole seconds."""

    def define(self) -> None:
        """Tell the store of the definition now instead of with the first kick."""

@final
class Bulk:
    """Many kicks of one metrica, committed in batches of their own. It is for one thread at a time.

    What is committed stays, also when the `with` ends by an exception; so does what was gathered until then.
    """

    def kick(
        self,
        value: int | float | Decimal | None = None,
        date: datetime.date | None = None,
        **choices: Any,
    ) -> None:
        """Gather one event. A kick that is refused raises and is left out; the others stay."""

    def flush(self) -> None:
        """Commit what was gathered, and wait for it."""

    @property
    def committed(self) -> int:
        """Number of kicks that are committed."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None: ...

@final
class Point:
    """A handle for one point, whose kicks cost next to nothing."""

    def kick(self, value: int | float | Decimal | None = None, date: datetime.date | None = None) -> None: ...
    def check(self, value: int | float | Decimal | None, date: datetime.date) -> None: ...

@final
class View:
    """What was counted, narrowed to a timespan and to choices."""

    async def atotal(self) -> Number: ...
    async def acount(self) -> int: ...
    async def aaverage(self) -> float | None: ...
    async def aiterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]: ...
    async def aiterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]: ...
    async def aiterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]: ...
    async def atop(self, axis: str, count: int) -> list[tuple[Any, Number]]: ...
    async def apivot(self, *axes: str) -> list[tuple[tuple[Any, ...], Number]]: ...
    async def atimeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]: ...
    async def atimeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]: ...
    async def atimeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]: ...
    async def atimeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]: ...
    def to_pandas(
        self,
        *axes: str,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        scale: str | None = None,
    ) -> Any: ...

    def timespan(
        self,
        year: int | None = None,
        month: int | None = None,
        day: int | None = None,
        hour: int | None = None,
        minute: int | None = None,
    ) -> View: ...
    def between(self, since: datetime.date | None = None, until: datetime.date | None = None) -> View: ...
    def last(self, count: int, scale: str) -> View: ...
    def filter(self, **choices: Any) -> View: ...
    def values(self) -> View: ...
    def total(self) -> Number: ...
    def count(self) -> int: ...
    def average(self) -> float | None: ...
    def read(self) -> tuple[Number, int | None, float | None]: ...
    def iterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]: ...
    def iterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]: ...
    def iterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]: ...
    def top(self, axis: str, count: int) -> list[tuple[Any, Number]]: ...
    def pivot(self, *axes: str) -> list[tuple[tuple[Any, ...], Number]]: ...
    def readings(self, *axes: str) -> list[tuple[tuple[Any, ...], Number, int | None, float | None]]: ...
    def timeserie_readings(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None, int | None, float | None]]: ...
    def timeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]: ...
    def timeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]: ...
    def timeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]: ...
    def timeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]: ...

@final
class Web:
    def __new__(cls, store: Staste, base: str, frame_ancestors: str) -> Self: ...
    def answer(
        self, method: str, address: str, if_none_match: str | None
    ) -> tuple[int, list[tuple[str, str]], bytes, str | None]: ...

@final
class Offer:
    """What the visitors of a chart may choose, as its author lists it."""

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
    ) -> Self: ...

class _Given(Protocol):
    """What the author of a chart gives."""

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

def figure(metrica: Metrica, given: _Given, query: str) -> tuple[str, str, str]: ...
def answer_chart(
    metrica: Metrica,
    given: _Given,
    method: str,
    address: str,
    if_none_match: str | None,
) -> tuple[int, list[tuple[str, str]], bytes, str | None]: ...
def style_sheet(whole: bool) -> str: ...
