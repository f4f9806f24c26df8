"""Where to count unless a metrica says otherwise, and what is committed when a process ends."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import sys
import threading
import weakref
from multiprocessing import util
from typing import TYPE_CHECKING

from staste import _staste
from staste._health import Health, Trouble
from staste.errors import NotConfigured
from staste.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from staste._types import SqlValue


class Staste(_staste.Staste):
    """A store, and the process' kicks on their way to it. What waits is committed when the interpreter ends."""

    def __new__(
        cls,
        address: str,
        *,
        flush_interval: float | None = 0.25,
        zone: str | None = None,
        clock: _staste.FixedClock | None = None,
        pending_bytes: int | None = None,
        room_timeout: float | None = 30.0,
    ) -> Self:
        """Give the store of an address, such as `sqlite:guests.db`, `redis://localhost` or `memory:`.

        Nothing is opened until something is counted or asked. `zone` is that of metricas which name none, UTC unless
        given. `clock` is a `staste.testing.FixedClock` in tests; the clock of the system counts unless given.

        Kicks wait in at most `pending_bytes` of memory, 64 MiB unless given. A kick that finds it full waits for room,
        as long as the store takes kicks within `room_timeout` seconds; with None it never waits, and is dropped and
        counted in `health()`. On an event loop give None, or a kick may hold up the loop.
        """
        self = super().__new__(
            cls,
            address,
            flush_interval=flush_interval,
            zone=zone,
            clock=clock,
            pending_bytes=pending_bytes,
            room_timeout=room_timeout,
        )
        _all.add(self)
        return self

    def health(self) -> Health:
        """Return what waits in memory of this process, and what it lost and why. The store is not asked."""
        return Health(**self._health())

    def troubles(self, *, timeout: float = 5.0) -> list[Trouble]:
        """Return what every process that counts in the store lost or could not count as it should, the worst first.

        It covers the last 7 days and is empty when all is well; `str()` of each is a sentence. The store is read, which
        may take `timeout` seconds; one that cannot be reached raises `staste.Unavailable`.
        """
        return [Trouble(**trouble) for trouble in self._troubles(timeout)]

    def sql(
        self, statement: str, params: Sequence[SqlValue] = (), *, timeout: float = 30.0, max_rows: int = 100_000
    ) -> Rows:
        """Return the rows of one SQL statement that reads the store, which has to be in SQLite.

        Each metrica is a view of its own name, with the columns `scale`, `period` (its start in UTC), one for each axis,
        `total`, and `count` when it is averaged. There is a row for each combination of choices: name one choice of each
        axis, or '(all)'. `params` has a value for each `?`.

        What this process kicked is committed first. The statement cannot change anything. It may take `timeout` seconds;
        more than `max_rows` rows are a `ValueError`, never cut off. Other threads run meanwhile.
        """
        return Rows(*self._sql(statement, params, timeout, max_rows))


_all: weakref.WeakSet[Staste] = weakref.WeakSet()
_lock = threading.Lock()
_store: Staste | None = None


def configure(address: str | None) -> None:
    """Count in the store of an address from now on: `sqlite:guests.db`, `redis://localhost`, `memory:`.

    Nothing is opened yet. What was kicked before is committed to the store of before.
    """
    before = swap(address)
    if before is not None:
        before.close()


def swap(address: str | Staste | None) -> Staste | None:
    """Count elsewhere for a while; what was counted in before, to be given back."""
    global _store
    store = Staste(address) if isinstance(address, str) else address
    if store is not None and not isinstance(store, Staste):
        raise TypeError(f'{store!r} is no address of a store: give a text such as "sqlite:guests.db"')
    with _lock:
        before, _store = _store, store
        _staste.reconfigured()
    return before


def store() -> Staste:
    """Give the store that is configured, or named by `STASTE_STORE`, or by the settings of Django."""
    global _store
    found = _store
    if found is not None:
        return found
    address, zone = os.environ.get("STASTE_STORE"), None
    if not address:
        address, zone = _of_django()
    if address is None:
        raise NotConfigured(
            'Staste was not told where to count: call staste.configure("sqlite:guests.db"), or set STASTE_STORE in the '
            "environment"
        )
    made = Staste(address, zone=zone)
    with _lock:
        if _store is None:
            _store = made
            _staste.reconfigured()
        return _store


def flush() -> None:
    """Commit everything that was kicked before, and wait for it."""
    store().flush()


def health() -> Health:
    """Return what this process has waiting for the configured store, and what it lost; see `Staste.health`."""
    return store().health()


def troubles(*, timeout: float = 5.0) -> list[Trouble]:
    """Return what every process that counts in the configured store lost in the last 7 days; see `Staste.troubles`."""
    return store().troubles(timeout=timeout)


def sql(statement: str, params: Sequence[SqlValue] = (), *, timeout: float = 30.0, max_rows: int = 100_000) -> Rows:
    """Return the rows of one SQL statement that reads the configured store; see `Staste.sql`."""
    return store().sql(statement, params, timeout=timeout, max_rows=max_rows)


def close() -> None:
    """Commit what waits in every store; the end of the interpreter does so by itself.

    A child that leaves by `os._exit`, as those of `os.fork` may, has to call it.
    """
    failed = None
    for open_one in list(_all):
        try:
            open_one.flush()
        except Exception as error:
            failed = error
    if failed is not None:
        raise failed


def _of_django() -> tuple[str | None, str | None]:
    """Give the address and the zone in the settings of Django, where there are any."""
    if "django" not in sys.modules:
        return None, None
    from staste import _django

    return _django.address(), _django.zone()


def _leave() -> None:
    try:
        close()
    except Exception as error:  # The process goes: all that can be done is to say it.
        print(f"staste: what was kicked last is not counted: {error}", file=sys.stderr)


def _in_child(_: object) -> None:
    """See to it that a child of `multiprocessing`, which leaves by `os._exit`, commits what it kicked."""
    util.Finalize(None, _leave, exitpriority=-100)


def _renew() -> None:
    """Start anew in a forked child, whose parent may have held the lock."""
    global _lock
    _lock = threading.Lock()


atexit.register(_leave)
util.register_after_fork(_leave, _in_child)
if multiprocessing.parent_process() is not None:
    # Imported by a child when it runs already.
    _in_child(None)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
