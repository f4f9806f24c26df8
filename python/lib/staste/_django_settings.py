"""The address of the store and other options, as Django's settings define them."""

from __future__ import annotations

import functools
import os
import pathlib
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode

KEYS = {"DASHBOARD_ACCESS", "FRAME_ANCESTORS", "REQUESTS", "STORE", "TEST_STORE"}
"""The keys of the setting `STASTE`. The README lists their meaning."""

CONNECTION_KEYS = {
    "charset",
    "connection_pool",
    "db",
    "decode_responses",
    "encoding",
    "errors",
    "host",
    "password",
    "port",
    "socket_timeout",
    "ssl",
    "unix_socket_path",
    "username",
}
"""The keys of `STASTE_REDIS_CONNECTION`."""


class DatabaseFile(NamedTuple):
    """A database of `DATABASES` that is a SQLite file."""

    alias: str
    path: str


def address() -> str | None:
    """Return the address of the store: by `STASTE`, by the settings of 2011, or `staste.db` in `BASE_DIR`.

    Returns None if Django is not configured or has no `BASE_DIR`. Raises `ImproperlyConfigured` for an invalid
    `STASTE`.
    """
    from django.conf import settings

    if not settings.configured and "DJANGO_SETTINGS_MODULE" not in os.environ:
        return None
    own = setting("STORE")
    if own is not None:
        return str(own)
    if any(
        hasattr(settings, name) for name in ("STASTE_REDIS_CONNECTION", "STASTE_METRICS_PREFIX", "STASTE_KEY_NAMING")
    ):
        return legacy_address(
            getattr(settings, "STASTE_REDIS_CONNECTION", {}),
            getattr(settings, "STASTE_METRICS_PREFIX", "staste"),
            getattr(settings, "STASTE_KEY_NAMING", {}),
        )
    base = getattr(settings, "BASE_DIR", None)
    return None if base is None else f"sqlite:{pathlib.Path(base) / 'staste.db'}"


def is_legacy() -> bool:
    """Return whether the store counts under the Redis keys of 2011."""
    layout = parse_qs((address() or "").partition("?")[2]).get("layout", [])
    # `seed` is the old name of the layout.
    return layout in (["legacy"], ["seed"])


def zone() -> str | None:
    """Return `TIME_ZONE`, the default time zone of metricas. None if Staste does not know it, which a check reports."""
    from django.conf import settings

    name = settings.TIME_ZONE
    return str(name) if name and _is_known_zone(str(name)) else None


@functools.cache
def _is_known_zone(name: str) -> bool:
    """Return whether Staste knows a zone. The machine may have others, such as `localtime`."""
    from staste.metrica import Metrica

    try:
        Metrica("zone", zone=name)
    except ValueError:
        return False
    return True


def test_address() -> str | None:
    """Return the address of the store in tests, in memory by default. None if tests use the site's own store."""
    own = setting("TEST_STORE", "memory:")
    return None if own is None else str(own)


def setting(key: str, default: Any = None) -> Any:
    """Return a value of the setting `STASTE`. Raises `ImproperlyConfigured` if `STASTE` is invalid."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    own = getattr(settings, "STASTE", {})
    if not isinstance(own, dict):
        raise ImproperlyConfigured(f"invalid STASTE {own!r}: expected a dict such as {{'STORE': 'sqlite:guests.db'}}")
    unknown = sorted(set(own) - KEYS)
    if unknown:
        raise ImproperlyConfigured(f"unknown key {unknown[0]!r} in STASTE: expected one of {', '.join(sorted(KEYS))}")
    return own.get(key, default)


def database_files() -> list[DatabaseFile]:
    """Return the databases of `DATABASES` that are SQLite files."""
    from django.conf import settings

    files = []
    for alias, database in settings.DATABASES.items():
        if "lite" not in str(database.get("ENGINE", "")):
            continue
        path = _sqlite_path(str(database.get("NAME") or ""))
        if path:
            files.append(DatabaseFile(alias, path))
    return files


def _sqlite_path(name: str) -> str | None:
    """Return the path that SQLite opens for a name; None for a database in memory.

    >>> _sqlite_path("file:/srv/my%20site.db?mode=ro"), _sqlite_path("file://localhost/srv/site.db#top")
    ('/srv/my site.db', '/srv/site.db')
    >>> _sqlite_path("file:site.db"), _sqlite_path("site.db")
    ('site.db', 'site.db')
    >>> _sqlite_path(":memory:"), _sqlite_path("file::memory:?cache=shared"), _sqlite_path("file:tests?mode=memory")
    (None, None, None)
    """
    if name.startswith("file:"):
        rest, _, query = name[len("file:") :].partition("#")[0].partition("?")
        if "memory" in parse_qs(query).get("mode", []):
            return None
        if rest.startswith("//"):
            rest = "/" + rest[2:].partition("/")[2]
        name = unquote(rest)
    return None if name in ("", ":memory:") else name


def is_same_file(one: str, other: str) -> bool:
    """Return whether two paths are the same file, whether or not it exists yet."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        # One of them does not exist.
        return os.path.realpath(one) == os.path.realpath(other)


def legacy_address(connection: dict[str, Any], prefix: str, naming: dict[str, str]) -> str:
    """Return the address of the Redis keys of 2011, by the values of the settings of 2011.

    >>> legacy_address({"host": "redis.local", "db": 2}, "staste", {})
    'redis://redis.local:6379/2?layout=legacy&prefix=staste'

    Raises `ValueError` for an unknown key of `STASTE_REDIS_CONNECTION`.
    """
    unknown = sorted(set(connection) - CONNECTION_KEYS)
    if unknown:
        raise ValueError(
            f"unknown key {unknown[0]!r} in STASTE_REDIS_CONNECTION: set STASTE['STORE'] to an address instead"
        )
    query = {"layout": "legacy", "prefix": prefix}
    query.update((key, naming[key]) for key in ("all", "choices") if key in naming)
    database = connection.get("db", 0)
    user, password = connection.get("username") or "", connection.get("password") or ""
    if "unix_socket_path" in connection:
        parts = {"db": database, **({"user": user} if user else {}), **({"pass": password} if password else {})}
        return f"unix:{connection['unix_socket_path']}?{urlencode({**parts, **query})}"
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
    scheme = "rediss" if connection.get("ssl") else "redis"
    server = f"{connection.get('host', 'localhost')}:{connection.get('port', 6379)}/{database}"
    return f"{scheme}://{login}{server}?{urlencode(query)}"
