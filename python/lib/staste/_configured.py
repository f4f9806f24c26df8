"""Where to count unless a metrica says otherwise."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from multiprocessing import util

from staste import _staste
from staste.errors import NotConfigured

_lock = threading.RLock()
_store: _staste.Staste | None = None


def configure(address: str | None) -> None:
    """Count in the store of an address from now on: `sqlite:guests.db`, `redis://localhost`, `memory:`.

    Nothing is opened yet. What was kicked before is committed to the store of before.
    """
    before = swap(address)
    if before is not None:
        before.close()


def swap(address: str | _staste.Staste | None) -> _staste.Staste | None:
    """Count elsewhere for a while; what was counted in before, to be given back."""
    global _store
    store = _staste.Staste(address) if isinstance(address, str) else address
    with _lock:
        before, _store = _store, store
        _staste.reconfigured()
    return before


def store() -> _staste.Staste:
    """Give the store that is configured, or named by `STASTE_STORE`, or by the settings of Django."""
    global _store
    with _lock:
        if _store is None:
            address = os.environ.get("STASTE_STORE") or _of_django()
            if address is None:
                raise NotConfigured(
                    'Staste was not told where to count: call staste.configure("sqlite:guests.db"), or set STASTE_STORE '
                    "in the environment"
                )
            _store = _staste.Staste(address)
            _staste.reconfigured()
        return _store


def flush() -> None:
    """Commit everything that was kicked before, and wait for it."""
    store().flush()


def close() -> None:
    """Commit what waits; the end of the interpreter does so by itself.

    A child that leaves by `os._exit`, as those of `os.fork` may, has to call it.
    """
    with _lock:
        if _store is not None:
            _store.flush()


def _of_django() -> str | None:
    """Give the address in the settings of Django, where there are any."""
    if "django" not in sys.modules:
        return None
    from staste import _django

    return _django.address()


def _leave() -> None:
    try:
        close()
    except Exception as error:  # The interpreter goes: all that can be done is to say it.
        print(f"staste: what was kicked last is not counted: {error}", file=sys.stderr)


def _in_child(_: object) -> None:
    """See to it that a child of `multiprocessing`, which leaves by `os._exit`, commits what it kicked."""
    util.Finalize(None, _leave, exitpriority=-100)


atexit.register(_leave)
util.register_after_fork(_leave, _in_child)
