"""System checks: `manage.py check` reports settings that do not work or show too much.

| id | with | reports |
| --- | --- | --- |
| staste.E001 | | an invalid setting or address |
| staste.E002 | `--database` | a store that cannot be read |
| staste.E003 | | `DASHBOARD_ACCESS` that is not a function |
| staste.E004 | | a store in the file of a Django database |
| staste.W001 | | middleware that runs before `ResponseTimeMiddleware` |
| staste.W002 | | a dashboard that everybody may view |
| staste.W003 | `--database` | settings of the database server that can lose counts |
| staste.W004 | `--deploy` | losses and failures of the last 7 days |
| staste.W005 | | a metrica whose time zone in the store differs from `TIME_ZONE` |
| staste.W006 | | a `TIME_ZONE` that Staste does not know |
| staste.W007 | `--database` | an axis that is nearly at its cap |
"""

from __future__ import annotations

import datetime
import inspect
import os
import zoneinfo
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from staste import AxisUsage, Metrica, Staste

MIDDLEWARE = "staste.middleware.ResponseTimeMiddleware"


@register("staste")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Check the settings, without opening the store."""
    from staste import Staste, _django_settings

    try:
        _django_settings.setting("STORE")
        address = _django_settings.address()
        for each in (address, _django_settings.test_address()):
            if each is not None:
                Staste(each)
    except (ImproperlyConfigured, ValueError, TypeError) as error:
        return [Error(str(error), id="staste.E001")]
    return [*_check_database_files(address), *_check_middleware(), *_check_dashboard_access()]


def _check_database_files(address: str | None) -> list[CheckMessage]:
    """Check that neither the store of the settings nor the configured one shares a file with a Django database."""
    import staste
    from staste import _django_settings

    addresses = [] if address is None else [address]
    try:
        addresses.append(staste.store().address)
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # STASTE_STORE or the settings are invalid, which another check reports.
        pass
    paths = [store.removeprefix("sqlite:") for store in addresses if store.startswith("sqlite:")]
    return [
        Error(
            f"the store {path} is also the database {database.alias!r} of DATABASES",
            hint=(
                "give the store a file of its own, such as STASTE = {'STORE': 'sqlite:staste.db'}: in a shared file, "
                "counting and the site wait for each other's transactions, and deleting one deletes the other"
            ),
            id="staste.E004",
        )
        for database in _django_settings.database_files()
        for path in [next((path for path in paths if _django_settings.is_same_file(path, database.path)), None)]
        if path is not None
    ]


def _check_middleware() -> list[CheckMessage]:
    """Check that no middleware runs before the one that counts requests."""
    middleware = list(getattr(settings, "MIDDLEWARE", []))
    if MIDDLEWARE not in middleware[1:]:
        return []
    previous = middleware[middleware.index(MIDDLEWARE) - 1]
    return [
        Warning(
            f"{MIDDLEWARE} comes after {previous}, whose time and whose own responses are not counted",
            hint=f"put {MIDDLEWARE} first in MIDDLEWARE",
            id="staste.W001",
        )
    ]


def _check_dashboard_access() -> list[CheckMessage]:
    """Check that `DASHBOARD_ACCESS` is a function, and not everybody."""
    from staste import _django_settings

    access = _django_settings.setting("DASHBOARD_ACCESS")
    if access is None:
        return []
    if access == "everybody":
        return [
            Warning(
                "STASTE['DASHBOARD_ACCESS'] lets everybody view the dashboard",
                hint="remove it, so that only staff may view the dashboard, or set it to a function of the request",
                id="staste.W002",
            )
        ]
    hint = "set it to a function of the request, to its dotted path or to 'everybody'"
    try:
        function = import_string(access) if isinstance(access, str) else access
    except ImportError as error:
        message = f"invalid STASTE['DASHBOARD_ACCESS'] {access!r}: {error}"
        return [Error(message, hint=hint, id="staste.E003")]
    if not callable(function) or inspect.iscoroutinefunction(function):
        kind = "an async function" if callable(function) else "not a function"
        message = f"invalid STASTE['DASHBOARD_ACCESS'] {access!r}: it is {kind}"
        return [Error(message, hint=hint, id="staste.E003")]
    return []


@register("staste", deploy=True)
def check_losses(**_: Any) -> list[CheckMessage]:
    """Check, with `--deploy`, that no process reported losses or failures in the last 7 days."""
    import staste

    try:
        if not _may_exist(staste.store()):
            return []
        troubles = staste.troubles()
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # Another check reports it.
        return []
    return [Warning(trouble.text, hint=trouble.reported, id="staste.W004") for trouble in troubles]


@register("staste")
def check_zones(**_: Any) -> list[CheckMessage]:
    """Check that metricas without a zone of their own count in `TIME_ZONE`."""
    import staste
    from staste import _django_settings, middleware
    from staste.metrica import metricas_without_zone

    zone = _django_settings.zone()
    if zone is None:
        return _check_time_zone()
    try:
        default = staste.store()
        # It is created when the first request is counted.
        requests = middleware.request_metrica() if MIDDLEWARE in getattr(settings, "MIDDLEWARE", []) else None
    except (ImproperlyConfigured, ValueError, TypeError, staste.Error):
        # Another check reports it.
        return []
    by_store: dict[Staste, set[str]] = {}
    for metrica in metricas_without_zone():
        by_store.setdefault(metrica._store or default, set()).add(metrica.name)
    return [
        _zone_warning(name, stored, zone, requests)
        for store, names in by_store.items()
        for name, stored in _stored_zones(store)
        if name in names and not _is_same_zone(stored, zone)
    ]


def _check_time_zone() -> list[CheckMessage]:
    if not settings.TIME_ZONE:
        return []
    return [
        Warning(
            f"TIME_ZONE {settings.TIME_ZONE!r} is not an IANA name: metricas count by the days of UTC",
            hint="set TIME_ZONE to a name such as 'Europe/Riga', or pass zone= to the metricas",
            id="staste.W006",
        )
    ]


def _stored_zones(store: Staste) -> list[tuple[str, str]]:
    """Return the name and the zone of each metrica in a store; none if the store cannot be read at once."""
    import staste

    if store._zone is not None or not _may_exist(store):
        return []
    try:
        return store._zones(2.0)
    except staste.Error:
        # Another check reports it.
        return []


def _zone_warning(name: str, stored: str, zone: str, requests: Metrica | None) -> CheckMessage:
    keep, rename = f"pass zone={stored!r} to the metrica", "create the metrica under another name"
    if requests is not None and name == requests.name:
        keep, rename = "silence this warning with SILENCED_SYSTEM_CHECKS", "set STASTE['REQUESTS'] to another name"
    return Warning(
        f"metrica {name} counts by the days of {stored}, but TIME_ZONE is {zone}",
        hint=(
            f"to continue as before, {keep}. To count by the days of {zone}, {rename}, or delete it with all its "
            f"counts: manage.py staste_forget {name}"
        ),
        id="staste.W005",
    )


def _is_same_zone(one: str, other: str) -> bool:
    """Return whether two names mean the same zone, as `Europe/Kiev` and `Europe/Kyiv` do.

    >>> _is_same_zone("UTC", "Etc/UTC"), _is_same_zone("Europe/Riga", "Europe/Helsinki")
    (True, False)
    """
    if one == other:
        return True
    try:
        zones = [zoneinfo.ZoneInfo(name) for name in (one, other)]
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        # The machine has other zones than Staste.
        return False
    # Zones have names of their own if their times differed at any time since 1970.
    start = datetime.datetime(1970, 1, 1)
    weeks = (start + datetime.timedelta(weeks=week) for week in range(52 * 70))
    return all(zones[0].utcoffset(week) == zones[1].utcoffset(week) for week in weeks)


def _may_exist(store: Staste) -> bool:
    """Return False for a SQLite store without a file. Nothing was counted yet, and reading would create the file."""
    return not store.address.startswith("sqlite:") or os.path.exists(store.address.removeprefix("sqlite:"))


@register(Tags.database, "staste")
def check_store(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Check, with `--database`, that the store can be read, does not lose counts and has room for choices."""
    if not databases:
        return []
    import staste

    try:
        store = staste.store()
        store.metricas()
        return [
            *[Warning(warning, id="staste.W003") for warning in store.warnings()],
            *[_cap_warning(axis) for axis in store.nearly_full_axes()],
        ]
    except ImproperlyConfigured:
        # Another check reports it.
        return []
    except staste.Error as error:
        return [
            Error(
                f"the store does not work: {error}",
                hint="check STASTE['STORE']; pages work meanwhile, and their kicks wait in memory",
                id="staste.E002",
            )
        ]


def _cap_warning(axis: AxisUsage) -> CheckMessage:
    return Warning(
        axis.text,
        hint=(
            f"raise the cap, such as cap={2 * axis.cap} of the axis {axis.axis}, or remove choices with "
            f"manage.py staste_forget {axis.metrica} --filter {axis.axis}=CHOICE"
        ),
        id="staste.W007",
    )
