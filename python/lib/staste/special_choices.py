"""The choices `UNSET` and `OTHER`, which are not values: no text is equal to them."""

from __future__ import annotations


class SpecialChoice(str):
    """A choice that is not a value. It sorts and prints as a text, and is equal to itself only.

    >>> from staste import OTHER, UNSET
    >>> str(UNSET), UNSET == "(unset)", sorted(["z", OTHER])
    ('(unset)', False, [staste.OTHER, 'z'])
    """

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


UNSET = SpecialChoice("(unset)")
"""The choice of kicks that left the axis out."""

OTHER = SpecialChoice("(other)")
"""The choice of kicks with a new choice after the axis had reached its cap."""
