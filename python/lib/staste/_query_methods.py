"""Queries that metricas and views share and that are written in Python: awaitable ones, and pandas frames."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from staste import _staste

if TYPE_CHECKING:
    from staste._types import Number
    from staste.results import ChoiceTotal, HistogramBin, PivotTotal, Share


class QueryMethods:
    """Awaitable queries, each of which runs in another thread, and pandas frames."""

    if TYPE_CHECKING:

        def values(self) -> _staste.View:
            """Return the view that the queries read."""

    async def atotal(self) -> Number:
        """Return `total()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().total)

    async def acount(self) -> int:
        """Return `count()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().count)

    async def aaverage(self) -> float | None:
        """Return `average()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().average)

    async def aiterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Return `iterate()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().iterate, axis)

    async def aiterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Return `iterate_counts()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().iterate_counts, axis)

    async def aiterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Return `iterate_averages()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().iterate_averages, axis)

    async def apercentile(self, percent: float) -> float | None:
        """Return `percentile()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().percentile, percent)

    async def apercentiles(self, *percents: float) -> list[float | None]:
        """Return `percentiles()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().percentiles, *percents)

    async def amedian(self) -> float | None:
        """Return `median()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().median)

    async def ashare_below(self, limit: float) -> Share | None:
        """Return `share_below()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().share_below, limit)

    async def ahistogram(self) -> list[HistogramBin]:
        """Return `histogram()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().histogram)

    async def aiterate_percentiles(self, axis: str, percent: float) -> list[tuple[Any, float | None]]:
        """Return `iterate_percentiles()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().iterate_percentiles, axis, percent)

    async def atimeserie_percentiles(
        self,
        since: datetime.date,
        until: datetime.date,
        scale: str | None = None,
        percents: Sequence[float] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Return `timeserie_percentiles()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().timeserie_percentiles, since, until, scale, percents)

    async def atop(self, axis: str, count: int) -> list[ChoiceTotal]:
        """Return `top()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().top, axis, count)

    async def apivot(self, *axes: str) -> list[PivotTotal]:
        """Return `pivot()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().pivot, *axes)

    async def atimeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Return `timeserie()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().timeserie, since, until, scale)

    async def atimeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Return `timeserie_counts()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().timeserie_counts, since, until, scale)

    async def atimeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Return `timeserie_averages()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().timeserie_averages, since, until, scale)

    async def atimeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Return `timeserie_counts_and_averages()` without blocking the event loop."""
        return await asyncio.to_thread(self.values().timeserie_counts_and_averages, since, until, scale)

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
        import pandas  # type: ignore[import-untyped, unused-ignore]

        view = self.values()
        measures = view._measures()
        if axes:
            if since is not None or until is not None or scale is not None:
                raise TypeError("to_pandas() got axes and dates: pass either axes, or since and until")
            rows = view._pivot_rows(list(axes), measures)
            # As objects, because UNSET and OTHER are subclasses of str and would become texts.
            levels = [
                pandas.Index([row[0][place] for row in rows], dtype=object, name=axis, tupleize_cols=False)
                for place, axis in enumerate(axes)
            ]
            index = levels[0] if len(levels) == 1 else pandas.MultiIndex.from_arrays(levels, names=axes)
        elif since is not None and until is not None:
            rows = view._series_rows(since, until, scale, measures)
            index = pandas.DatetimeIndex([row[0] for row in rows], name=scale or "time")
        else:
            raise TypeError("to_pandas() got neither axes nor dates: pass axes, or since and until")
        return pandas.DataFrame([row[1:] for row in rows], index=index, columns=measures)


# Metricas inherit the methods. Views are a class of the extension, which gets them here.
for _name in [name for name in vars(QueryMethods) if not name.startswith("__")]:
    setattr(_staste.View, _name, vars(QueryMethods)[_name])
