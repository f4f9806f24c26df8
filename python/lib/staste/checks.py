"""Checks of Django's settings: `manage.py check` says what would not work, or would show too much."""

from __future__ import annotations

import inspect
import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

MIDDLEWARE = "staste.middleware.ResponseTimeMiddleware"


@register("staste")
def settings_are_right(**_: Any) -> list[CheckMessage]:
    """Check what can be known without the store."""
    from staste import Staste, _django

    found: list[CheckMessage] = []
    try:
        _django.setting("STORE")
        address = _django.address()
        if address is not None:
            # Nothing is opened.
            Staste(address)
    except (ImproperlyConfigured, ValueError, TypeError) as error:
        found.append(Error(str(error), id="staste.E001"))
        return found
    found.extend(_shared_with_databases(address))
    middleware = list(getattr(settings, "MIDDLEWARE", []))
    if MIDDLEWARE in middleware[1:]:
        before = middleware[middleware.index(MIDDLEWARE) - 1]
        found.append(
            Warning(
                f"{MIDDLEWARE} comes after {before}: what that one answers or takes is not counted",
                hint="put it first in MIDDLEWARE",
                id="staste.W001",
            )
        )
    may_look = _django.setting("MAY_LOOK")
    if may_look is not None and may_look != "everybody":
        try:
            function = import_string(may_look) if isinstance(may_look, str) else may_look
            if not callable(function) or inspect.iscoroutinefunction(function):
                raise TypeError(f"{may_look!r} is none, or has to be awaited")
        except (ImportError, TypeError) as error:
            found.append(Error(f"STASTE['MAY_LOOK'] is no function of the request: {error}", id="staste.E003"))
    if may_look == "everybody":
        found.append(
            Warning(
                "STASTE['MAY_LOOK'] lets everybody look at what is counted",
                hint="leave it out, so that staff alone may, or name a function of the request",
                id="staste.W002",
            )
        )
    return found


def _shared_with_databases(address: str | None) -> list[CheckMessage]:
    """Check that the store has a file of its own: that of the settings, and the one that is counted in."""
    import staste
    from staste import _django

    stores = [] if address is None else [address]
    try:
        stores.append(staste.store().address)
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # STASTE_STORE or the settings are wrong, which the other checks report.
        pass
    paths = [store.removeprefix("sqlite:") for store in stores if store.startswith("sqlite:")]
    return [
        Error(
            f"the store {path} is also the database {alias!r} of DATABASES",
            hint=(
                "give the store a file of its own, such as STASTE = {'STORE': 'sqlite:staste.db'}: in a shared file "
                "counting and the site wait for each other's transactions, and one's backup or removal is the other's"
            ),
            id="staste.E004",
        )
        for alias, database in _django.database_files()
        for path in [next((path for path in paths if _django.is_same_file(path, database)), None)]
        if path is not None
    ]


@register("staste", deploy=True)
def nothing_was_lost(**_: Any) -> list[CheckMessage]:
    """Check, with `--deploy`, that no process lost kicks in the last days."""
    import staste

    try:
        address = staste.store().address
        if address.startswith("sqlite:") and not os.path.exists(address.removeprefix("sqlite:")):
            # Nothing was counted yet, and a check does not make the file.
            return []
        troubles = staste.troubles()
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # The other checks report it.
        return []
    return [Warning(trouble.text, hint=trouble.reported, id="staste.W004") for trouble in troubles]


@register(Tags.database, "staste")
def store_counts(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Check the store itself, when databases are checked."""
    if not databases:
        return []
    import staste

    try:
        store = staste.store()
        store.metricas()
        return [Warning(words, id="staste.W003") for words in store.warnings()]
    except ImproperlyConfigured:
        # The other check says it.
        return []
    except staste.Error as error:
        return [
            Error(
                f"nothing can be counted in the store: {error}",
                hint="see STASTE['STORE']; pages go on, and what they count waits in memory",
                id="staste.E002",
            )
        ]
