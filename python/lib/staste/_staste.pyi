"""What is done in Rust."""

import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, final

from typing_extensions import Self, disjoint_base

from staste._types import Number

__all__ = [
    "Metrica",
    "Point",
    "Staste",
    "View",
    "Web",
    "answer_chart",
    "figure",
    "reconfigured",
    "style_sheet",
]

def reconfigured() -> None: ...
@final
class Staste:
    """A store, and the process' kicks on their way to it."""

    def __new__(cls, address: str, *, flush_interval: float | None = 0.25) -> Self: ...
    @property
    def address(self) -> str: ...
    def flush(self) -> None: ...
    def close(self) -> None: ...
    def health(self) -> dict[str, Any]: ...
    def metricas(self) -> list[str]: ...
    def forget(self, metrica: str) -> None: ...
    def definition(self, metrica: str) -> tuple[bool, int, str, list[tuple[str, str]]]: ...
    def warnings(self) -> list[str]: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None, /
    ) -> None: ...

@disjoint_base
class Metrica:
    def __new__(
        cls,
        name: str,
        axes: list[tuple[str, str, list[str], int | None]],
        averaged: bool,
        multiplier: int | None,
        zone: str | None,
        keep: list[tuple[str, str]],
        store: Staste | None,
    ) -> Self: ...
    def kick(
        self,
        value: int | float | Decimal | None = None,
        date: datetime.date | None = None,
        **choices: Any,
    ) -> None:
        """Record one event. It neither waits for the store nor fails for its sake."""

    def bind(self, **choices: Any) -> Point:
        """Give a handle for one point, whose kicks cost next to nothing."""

    def values(self) -> View:
        """Give everything that was counted, to be narrowed and asked."""

    def choices(self, axis: str) -> list[Any]:
        """Give the choices known on an axis, first seen first."""

    def define(self) -> None:
        """Tell the store of the definition now instead of with the first kick."""

@final
class Point:
    """A handle for one point, whose kicks cost next to nothing."""

    def kick(self, value: int | float | Decimal | None = None, date: datetime.date | None = None) -> None: ...

@final
class View:
    """What was counted, narrowed to a timespan and to choices."""

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
    def iterate(self, axis: str | None = None) -> list[tuple[Any, Number]]: ...
    def iterate_counts(self, axis: str | None = None) -> list[tuple[Any, int]]: ...
    def iterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]: ...
    def top(self, axis: str, count: int) -> list[tuple[Any, Number]]: ...
    def pivot(self, *axes: str) -> list[tuple[tuple[Any, ...], Number]]: ...
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

def figure(
    metrica: Metrica, kind: str, axis: str | None, title: str | None, query: str
) -> tuple[str, str]: ...
def answer_chart(
    metrica: Metrica,
    kind: str,
    axis: str | None,
    title: str | None,
    method: str,
    address: str,
    if_none_match: str | None,
) -> tuple[int, list[tuple[str, str]], bytes, str | None]: ...
def style_sheet() -> str: ...
