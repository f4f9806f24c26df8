"""Pending and lost kicks: of this process, and of all processes that count in a store."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Health:
    """Pending and lost kicks of this process. Numbers of kicks only grow during the life of a process."""

    pending_bytes: int
    """Bytes of pending kicks in memory."""
    pending_age: float | None
    """Seconds since the oldest pending kick; None if none is pending."""
    committed: int
    """Kicks committed to the store."""
    dropped: int
    """Kicks dropped because memory was full while the store took no kicks."""
    waited: int
    """Kicks that waited for free memory. They are counted."""
    refused: int
    """Kicks dropped because the store has another definition, or their local date does not exist in its time zone."""
    overflowed: int
    """Kicks dropped because a sum would have exceeded 64 bits."""
    folded: int
    """Kicks counted as `staste.OTHER` on some axis because a cap was reached."""
    in_doubt: int
    """Kicks that the store may or may not have counted: it did not confirm them in time to be sent again."""
    lost: int
    """Kicks that the server confirmed and then lost, for example in a failover."""
    clock_skew: int
    """Seconds by which this clock is ahead of the store's; negative if it is behind, 0 if they agree."""
    failures: int
    """Failed flushes since the last successful one."""
    last_error: str | None
    """The error of the last flush; None if it succeeded."""
    last_refusal: str | None
    """The error of the last refused kicks; None if there are none."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """A loss or failure that makes the counts differ from what happened.

    >>> import staste
    >>> staste.configure("memory:")
    >>> pages = staste.Metrica("pages", [("page", staste.StoredChoiceAxis(cap=1))])
    >>> for page in ["/", "/a", "/b"]:
    ...     pages.kick(page=page)
    >>> staste.flush()
    >>> print(*staste.troubles())
    2 kicks count as other: a cap on choices or points was reached
    """

    kind: str
    """One of `"failing"`, `"dropped"`, `"lost"`, `"in_doubt"`, `"refused"`, `"overflowed"`, `"folded"`, `"clock_skew"`
    and `"unreadable"`."""
    amount: int
    """Number of kicks; seconds for `failing` and `clock_skew`, number of reports for `unreadable`."""
    processes: int
    """Number of processes that reported it."""
    at: datetime.datetime
    """The time of the last report, in UTC."""
    text: str
    """A sentence, with the cause in parentheses if it is known."""
    reported: str | None
    """The time of the last report as a text; None if it is happening now."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, kw_only=True)
class AxisUsage:
    """The number of choices of an axis, next to its cap.

    >>> import staste
    >>> staste.configure("memory:")
    >>> pages = staste.Metrica("pages", [("page", staste.StoredChoiceAxis(cap=1))])
    >>> pages.kick(page="/")
    >>> staste.flush()
    >>> print(*staste.store().nearly_full_axes())
    the axis page of pages has 1 of at most 1 choices; further ones count as other
    """

    metrica: str
    axis: str
    taken: int
    """Number of choices that are taken; on a path axis, on its fullest level."""
    cap: int
    """Maximum number of choices; on a path axis, per level."""
    text: str
    """A sentence."""

    def __str__(self) -> str:
        return self.text
