"""Axes of metricas: each kick has one choice of each axis.

>>> from staste.axis import Axis, HierarchicalAxis, StoredChoiceAxis
>>> from staste.metrica import Metrica
>>> axes = [
...     ("gender", Axis(choices=["boy", "girl"])),  # fixed choices
...     ("age", StoredChoiceAxis()),  # any value
...     ("place", HierarchicalAxis()),  # places on a path, such as ("europe", "latvia")
... ]
>>> guests = Metrica("guests", axes)
"""

from __future__ import annotations

from collections.abc import Iterable

from staste._choice_text import choice_text


class Axis:
    """An axis with fixed choices, or one that stores new choices as they appear if `choices` is None.

    >>> Axis(choices=["boy", "girl"])
    Axis(choices=['boy', 'girl'])
    """

    __slots__ = ("cap", "choices", "kind")

    choices: list[str] | None
    """The fixed choices as texts; None if the axis takes any."""
    kind: str
    """`"declared"`, `"stored"` or `"path"`."""
    cap: int | None
    """The maximum number of stored choices; None for 10,000."""

    def __init__(
        self,
        choices: Iterable[object] | None = None,
        value_type: type = str,
        *,
        cap: int | None = None,
    ) -> None:
        """Create an axis.

        Args:
            choices: The fixed choices: values, or `(value, label)` pairs as in a Django field. None for any choice.
                Lazy translations of Django count by their untranslated text.
            value_type: Ignored, for programs of 2011. Choices are stored as texts.
            cap: The maximum number of stored choices, 10,000 by default. Kicks with further choices are counted as
                `staste.OTHER`.
        """
        self.choices = None if choices is None else [_text(choice) for choice in choices]
        self.kind = "stored" if choices is None else "declared"
        self.cap = cap

    def __repr__(self) -> str:
        return f"{type(self).__name__}({f'choices={self.choices}' if self.choices is not None else ''})"


class StoredChoiceAxis(Axis):
    """An axis that takes any value and stores new choices as they appear."""

    __slots__ = ()

    def __init__(self, *, cap: int | None = None) -> None:
        """Create an axis that stores at most `cap` choices, 10,000 by default."""
        super().__init__(cap=cap)


class HierarchicalAxis(Axis):
    """An axis of places on a path, such as `("europe", "latvia", "riga")`.

    A kick counts for its place and for all places above it: `filter(place=("europe",))` includes Riga.
    """

    __slots__ = ()

    def __init__(self, *, cap: int | None = None) -> None:
        """Create an axis that stores at most `cap` places of each level, 10,000 by default."""
        super().__init__(cap=cap)
        self.kind = "path"


def _text(choice: object) -> str:
    if isinstance(choice, (tuple, list)):
        choice = choice[0]
    # A member of a `str` enumeration counts as its value, not as its `str`.
    return str.__str__(choice) if isinstance(choice, str) else choice_text(choice)
