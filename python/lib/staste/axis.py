"""Axes: what events are told apart by."""

from __future__ import annotations

from collections.abc import Iterable


class Axis:
    """An axis of a metrica: with choices those are all there are, without any it remembers each as it appears.

    >>> Axis(choices=["boy", "girl"])
    Axis(choices=['boy', 'girl'])
    """

    __slots__ = ("cap", "choices", "kind")

    def __init__(
        self,
        choices: Iterable[object] | None = None,
        value_type: type = str,
        *,
        cap: int | None = None,
    ) -> None:
        """Make an axis.

        `choices` may be values or the `(value, label)` pairs of a Django field. `value_type` is there for programs of
        2011: choices are told as text whatever it is. `cap` is how many choices are remembered, 10,000 unless given.
        """
        self.choices: list[str] | None = None if choices is None else [_value(choice) for choice in choices]
        self.kind = "stored" if choices is None else "declared"
        self.cap = cap

    def __repr__(self) -> str:
        return f"{type(self).__name__}({f'choices={self.choices}' if self.choices is not None else ''})"


class StoredChoiceAxis(Axis):
    """An axis that takes any value and remembers each as it appears."""

    __slots__ = ()

    def __init__(self, *, cap: int | None = None) -> None:
        super().__init__(cap=cap)


class HierarchicalAxis(Axis):
    """An axis of places on a path, such as `("europe", "latvia", "riga")`: each counts for all that it lies in."""

    __slots__ = ()

    def __init__(self, *, cap: int | None = None) -> None:
        super().__init__(cap=cap)
        self.kind = "path"


def _value(choice: object) -> str:
    if isinstance(choice, (tuple, list)):
        choice = choice[0]
    # The text of a member of an enumeration of texts is its value.
    return str.__str__(choice) if isinstance(choice, str) else str(choice)
