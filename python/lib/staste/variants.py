"""Choices that are no values: an axis that was left out, and what came after an axis was full."""

from __future__ import annotations


class Variant(str):
    """A choice that is no value, although it can be sorted and printed among values."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"staste.{self[1:-1].upper()}"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    __hash__ = str.__hash__

    def __reduce__(self) -> str:
        return f"{self[1:-1].upper()}"


UNSET = Variant("(unset)")
"""The axis was left out of the kick."""

OTHER = Variant("(other)")
"""The axis had as many choices as it may have when this one came."""
