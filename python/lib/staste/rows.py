"""Rows of a statement in SQL."""

from __future__ import annotations

from collections.abc import Iterable

from staste._types import SqlValue


class Rows(list[tuple[SqlValue, ...]]):
    """The rows of a statement, a list of tuples, with the names of their columns.

    >>> rows = Rows(("gender", "total"), [("girl", 2)])
    >>> [dict(zip(rows.columns, row)) for row in rows]
    [{'gender': 'girl', 'total': 2}]
    """

    columns: tuple[str, ...]
    """The names of the columns; two may have the same."""

    def __init__(self, columns: tuple[str, ...], rows: Iterable[tuple[SqlValue, ...]]) -> None:
        super().__init__(rows)
        self.columns = columns
