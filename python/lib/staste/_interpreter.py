"""Refuses to be imported in a sub-interpreter, before the extension is loaded."""

from __future__ import annotations

import importlib
import sys


def require_main() -> None:
    """Raise ImportError in a sub-interpreter.

    The extension has one set of classes for the process, so a second interpreter would count in the store of the first.
    A sub-interpreter that has loaded it could not be ended, either.
    """
    # Neither module is public, and 3.13 renamed it.
    name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
    interpreters = importlib.import_module(name)
    if interpreters.get_current() != interpreters.get_main():
        raise ImportError(
            "staste cannot be imported in a sub-interpreter: it would count in the store of another site. Under "
            "mod_wsgi, set WSGIApplicationGroup %{GLOBAL}, and give each site a daemon process of its own "
            "(WSGIDaemonProcess and WSGIProcessGroup)"
        )
