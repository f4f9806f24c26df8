"""Refuse every interpreter of a process but its main one, before anything is done in Rust."""

from __future__ import annotations

import importlib
import sys


def require_main() -> None:
    """Raise ImportError in a sub-interpreter.

    The classes of the extension and what it finds in this package exist once per process: a second interpreter would
    count in the store of the first, and one that is not the main one does not end.
    """
    # Both come with the interpreter. Before 3.13 it has no public name for what it is.
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    interpreters = importlib.import_module(name)
    if interpreters.get_current() != interpreters.get_main():
        raise ImportError(
            "staste cannot be imported in a sub-interpreter: it would count in the store of another site. Under "
            "mod_wsgi, set WSGIApplicationGroup %{GLOBAL}, and give each site a daemon process of its own "
            "(WSGIDaemonProcess and WSGIProcessGroup)"
        )
