"""Stores, the default one among them, and the commit of pending kicks when a process ends."""

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
from staste._health import AxisUsage, Health, Trouble
from staste.errors import NotConfigured
from staste.results import SqlRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

    from staste._types import SqlValue


class Staste(_staste.Staste):
    """A store, and the pending kicks of this process. They are committed when the interpreter exits.

    As a context manager it closes the store at the end of the `with` block:

    >>> from staste import Metrica, Staste
    >>> with Staste("memory:") as store:
    ...     guests = Metrica("guests", store=store)
    ...     guests.kick()
    ...     guests.total()
    1
    """

    _zone: str | None

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
        """Create a store. Nothing is opened until the first commit or query.

        Args:
            address: Where the counts are, such as `sqlite:guests.db`, `redis://localhost` or `memory:`.
            flush_interval: Seconds between commits; None to commit before queries and by `flush()` only.
            zone: The time zone of metricas that do not set one, such as `"Europe/Riga"`. By default `TIME_ZONE` of
                Django's settings or else UTC; those do not apply to metricas that the store already has.
            clock: A `staste.testing.FixedClock` in tests; the system clock by default.
            pending_bytes: Bytes of memory for pending kicks, 64 MiB by default.
            room_timeout: Seconds that a kick waits when memory is full, as long as the store takes kicks. After that,
                or at once with None, it is dropped and counted in `health()`. Use None on an event loop, which a
                waiting kick would block.

        Raises `ValueError` for an invalid address or option.
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
        self._zone = zone
        _stores.add(self)
        return self

    def health(self) -> Health:
        """Return what is pending in this process and what it lost. Does not query the store."""
        return Health(**self._health())

    def troubles(self, *, timeout: float = 5.0) -> list[Trouble]:
        """Return the losses and failures that all processes reported in the last 7 days, the worst first.

        The list is empty if there are none. `str()` of each is a sentence.

        Raises `staste.Unavailable` if the store cannot be read within `timeout` seconds.
        """
        return [Trouble(**trouble) for trouble in self._troubles(timeout)]

    def nearly_full_axes(self, *, timeout: float = 5.0) -> list[AxisUsage]:
        """Return the axes of which nine tenths of the allowed choices are taken: further ones soon count as `OTHER`.

        Pending kicks are not included. `str()` of each is a sentence.

        Raises `staste.Unavailable` if the store cannot be read within `timeout` seconds.
        """
        return [AxisUsage(**axis) for axis in self._nearly_full_axes(timeout)]

    def sql(
        self, statement: str, params: Sequence[SqlValue] = (), *, timeout: float = 30.0, max_rows: int = 100_000
    ) -> SqlRows:
        """Return the rows of one SQL statement. The store must be a SQLite store.

        Each metrica is a view of its own name with the columns `scale`, `period` (its start in UTC), one column for
        each axis, `total`, and `count` if it is averaged. There is a row for each combination of choices, so name one
        choice of each axis, or `'(all)'`. The statement can only read. Pending kicks of this process are committed
        first, and other threads run meanwhile.

        Args:
            statement: One SELECT, with a `?` for each parameter.
            params: A tuple or list with one value for each `?`.
            timeout: Seconds that the statement may take.
            max_rows: The maximum number of rows.

        Raises `ValueError` for an invalid statement and for more rows than `max_rows`, `TypeError` for a parameter of
        another type, and `staste.Unavailable` if it takes longer than `timeout`.
        """
        return SqlRows(*self._sql(statement, params, timeout, max_rows))


_stores: weakref.WeakSet[Staste] = weakref.WeakSet()
_lock = threading.Lock()
_default: Staste | None = None
_address_in_tests: str | None = None


def configure(address: str | None) -> None:
    """Set the default store by its address: `sqlite:guests.db`, `redis://localhost`, `memory:`.

    Nothing is opened yet. Pending kicks of the previous default store are committed, and it is closed. With None, the
    default store is again that of `STASTE_STORE` or of Django's settings, or a new one in memory in Django's tests.

    Raises `ValueError` for an invalid address.
    """
    previous = replace_default(address)
    if previous is not None:
        previous.close()


def replace_default(store: str | Staste | None) -> Staste | None:
    """Set the default store and return the previous one, which stays open."""
    global _default
    replacement = Staste(store) if isinstance(store, str) else store
    if replacement is not None and not isinstance(replacement, Staste):
        raise TypeError(f'invalid address of a store {store!r}: expected a str such as "sqlite:guests.db"')
    with _lock:
        previous, _default = _default, replacement
        _staste.default_store_changed()
    return previous


def set_address_in_tests(address: str | None) -> None:
    """Set an address that replaces those of `STASTE_STORE` and of Django's settings; None to end that."""
    global _address_in_tests
    _address_in_tests = address


def store() -> Staste:
    """Return the default store: the one set by `configure()`, else by `STASTE_STORE`, else by Django's settings.

    In Django's tests it is a store in memory, or that of `STASTE["TEST_STORE"]`.

    Raises `staste.NotConfigured` if there is none.
    """
    global _default
    current = _default
    if current is not None:
        return current
    address = _address_in_tests or os.environ.get("STASTE_STORE") or _django_address()
    if address is None:
        raise NotConfigured(
            'no store is configured: call staste.configure("sqlite:guests.db"), or set STASTE_STORE in the environment'
        )
    created = Staste(address)
    with _lock:
        if _default is None:
            _default = created
            _staste.default_store_changed()
        return _default


def flush() -> None:
    """Commit the pending kicks of the default store and wait until it is done.

    Raises `staste.Unavailable` if the store cannot be reached; the kicks stay pending. Raises
    `staste.errors.KicksDropped` once after kicks were dropped, and `staste.Conflict` if the store has another
    definition of a kicked metrica.
    """
    store().flush()


def health() -> Health:
    """Return what is pending in this process for the default store, and what it lost. See `Staste.health`."""
    return store().health()


def troubles(*, timeout: float = 5.0) -> list[Trouble]:
    """Return the losses and failures of all processes that count in the default store. See `Staste.troubles`."""
    return store().troubles(timeout=timeout)


def sql(statement: str, params: Sequence[SqlValue] = (), *, timeout: float = 30.0, max_rows: int = 100_000) -> SqlRows:
    """Return the rows of one SQL statement that reads the default store. See `Staste.sql`."""
    return store().sql(statement, params, timeout=timeout, max_rows=max_rows)


def close() -> None:
    """Commit the pending kicks of all stores. The interpreter does this when it exits.

    Call it in a child of `os.fork` that ends by `os._exit`.

    Raises the last error if a store fails; the other stores are committed anyway.
    """
    failure = None
    for each in list(_stores):
        try:
            each.flush()
        except Exception as error:
            failure = error
    if failure is not None:
        raise failure


def default_zone() -> str | None:
    """Return the time zone of new metricas for which neither program nor store sets one: that of Django's settings.

    Returns None, which is UTC, outside of Django and until its settings are loaded. A kick does not load them: the
    module of the settings may be the one that imports a metrica.
    """
    conf = sys.modules.get("django.conf")
    if conf is None or not conf.settings.configured:
        return None
    from staste import _django_settings

    return _django_settings.zone()


def _django_address() -> str | None:
    """Return the address of the store by Django's settings, if Django is used."""
    if "django" not in sys.modules:
        return None
    from staste import _django_settings

    return _django_settings.address()


def _commit_at_exit() -> None:
    try:
        close()
    except Exception as error:  # Nobody is left to catch it.
        print(f"staste: pending kicks were not committed at exit: {error}", file=sys.stderr)


def _commit_at_exit_of_child(_: object) -> None:
    """Register the commit in a child of `multiprocessing`, which ends by `os._exit`."""
    util.Finalize(None, _commit_at_exit, exitpriority=-100)


def _replace_lock() -> None:
    """Replace the lock in a forked child, as a thread of the parent may have held it."""
    global _lock
    _lock = threading.Lock()


atexit.register(_commit_at_exit)
util.register_after_fork(_commit_at_exit, _commit_at_exit_of_child)
if multiprocessing.parent_process() is not None:
    # A child that imports this module after it has started.
    _commit_at_exit_of_child(None)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_replace_lock)
