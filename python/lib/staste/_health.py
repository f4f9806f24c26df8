"""How counting is going: in this process, and in all that count in a store."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Health:
    """The state of counting in this process, as of now. Numbers of kicks only grow during the life of a process."""

    pending_bytes: int
    """Bytes of kicks that wait in memory."""
    pending_age: float | None
    """Seconds that the oldest kick which is not committed has waited; None when none waits."""
    committed: int
    """Kicks committed to the store."""
    dropped: int
    """Kicks dropped because memory was full while the store took nothing."""
    waited: int
    """Kicks that waited for room in memory, and are counted."""
    refused: int
    """Kicks dropped because the store remembers another definition, or their local date does not exist in its zone."""
    overflowed: int
    """Kicks left out because a sum would have exceeded 64 bits."""
    folded: int
    """Kicks counted as `staste.OTHER` on some axis because a cap was reached."""
    in_doubt: int
    """Kicks of which the store never confirmed that it took them."""
    lost: int
    """Kicks that the server confirmed and does not have any more, as after a failover."""
    clock_skew: int
    """Seconds by which the clock here is ahead of the store's, or behind where negative; 0 where they agree."""
    failures: int
    """Flushes that failed since the last one that succeeded."""
    last_error: str | None
    """Why the last flush failed; None after one that succeeded."""
    last_refusal: str | None
    """Why kicks were refused last."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that a person who reads the numbers should know, as they are not what they seem.

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
    """Such as `"dropped"`: `failing`, `dropped`, `lost`, `in_doubt`, `refused`, `overflowed`, `folded`, `clock_skew` or
    `unreadable`."""
    amount: int
    """Number of kicks; seconds for `failing` and `clock_skew`, reports for `unreadable`."""
    processes: int
    """Number of processes that report it."""
    at: datetime.datetime
    """When it was last reported, with the time zone UTC."""
    text: str
    """A sentence, with the cause in parentheses where it is known."""
    reported: str | None
    """When it was last reported, in words; None for what is so now."""

    def __str__(self) -> str:
        return self.text
