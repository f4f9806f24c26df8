"""What metricas and views have in common beside what is asked in Rust: answers to be awaited, and frames of pandas."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

from staste import _staste

if TYPE_CHECKING:
    from staste._types import Number


class Asked:
    """Something that can be asked. Awaited, it is asked in another thread, so that the loop goes on."""

    if TYPE_CHECKING:

        def values(self) -> _staste.View:
            """Give what is asked."""

    async def atotal(self) -> Number:
        """Await `total()`."""
        return await asyncio.to_thread(self.values().total)

    async def acount(self) -> int:
        """Await `count()`."""
        return await asyncio.to_thread(self.values().count)

    async def aaverage(self) -> float | None:
        """Await `average()`."""
        return await asyncio.to_thread(self.values().average)

    async def aiterate(self, axis: str | None = None) -> list[tuple[Any, Number | None]]:
        """Await `iterate()`."""
        return await asyncio.to_thread(self.values().iterate, axis)

    async def aiterate_counts(self, axis: str | None = None) -> list[tuple[Any, int | None]]:
        """Await `iterate_counts()`."""
        return await asyncio.to_thread(self.values().iterate_counts, axis)

    async def aiterate_averages(self, axis: str | None = None) -> list[tuple[Any, float | None]]:
        """Await `iterate_averages()`."""
        return await asyncio.to_thread(self.values().iterate_averages, axis)

    async def atop(self, axis: str, count: int) -> list[tuple[Any, Number]]:
        """Await `top()`."""
        return await asyncio.to_thread(self.values().top, axis, count)

    async def apivot(self, *axes: str) -> list[tuple[tuple[Any, ...], Number]]:
        """Await `pivot()`."""
        return await asyncio.to_thread(self.values().pivot, *axes)

    async def atimeserie(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, Number | None]]:
        """Await `timeserie()`."""
        return await asyncio.to_thread(self.values().timeserie, since, until, scale)

    async def atimeserie_counts(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None]]:
        """Await `timeserie_counts()`."""
        return await asyncio.to_thread(self.values().timeserie_counts, since, until, scale)

    async def atimeserie_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, float | None]]:
        """Await `timeserie_averages()`."""
        return await asyncio.to_thread(self.values().timeserie_averages, since, until, scale)

    async def atimeserie_counts_and_averages(
        self, since: datetime.date, until: datetime.date, scale: str | None = None
    ) -> list[tuple[datetime.datetime, int | None, float | None]]:
        """Await `timeserie_counts_and_averages()`."""
        return await asyncio.to_thread(self.values().timeserie_counts_and_averages, since, until, scale)

    def to_pandas(
        self,
        *axes: str,
        since: datetime.date | None = None,
        until: datetime.date | None = None,
        scale: str | None = None,
    ) -> Any:
        """Give a frame of pandas, which has to be installed.

        Of axes it has a row for each combination of their choices; of two dates one for each period of a scale between
        them. Its columns are `total` and, of an averaged metrica, `count` and `average`.
        """
        import pandas  # type: ignore[import-untyped, unused-ignore]

        view = self.values()
        if axes:
            if since is not None or until is not None or scale is not None:
                raise TypeError("a frame is of axes or of periods: give either axes, or since and until")
            rows = view.readings(*axes)
            # As objects: what is no value stays apart from a text that looks like it.
            levels = [
                pandas.Index([row[0][place] for row in rows], dtype=object, name=axis, tupleize_cols=False)
                for place, axis in enumerate(axes)
            ]
            index = levels[0] if len(levels) == 1 else pandas.MultiIndex.from_arrays(levels, names=axes)
            frame = pandas.DataFrame([row[1:] for row in rows], index=index, columns=_staste.MEASURES)
        elif since is not None and until is not None:
            series = view.timeserie_readings(since, until, scale)
            times = pandas.DatetimeIndex([row[0] for row in series], name=scale or "time")
            frame = pandas.DataFrame([row[1:] for row in series], index=times, columns=_staste.MEASURES)
        else:
            raise TypeError("say what the rows are: axes, or since and until")
        return frame if frame["count"].notna().any() else frame[["total"]]


# Views are made in Rust, and have the same.
for _name in [name for name in vars(Asked) if not name.startswith("__")]:
    setattr(_staste.View, _name, vars(Asked)[_name])
