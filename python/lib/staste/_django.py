"""Where to count, as the settings of Django say it."""

from __future__ import annotations

import os
import pathlib
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode


def address() -> str | None:
    """Give the address of the store: of `STASTE`, of the settings of 2011, or a file in `BASE_DIR`."""
    from django.conf import settings

    if not settings.configured and not _are_named():
        return None
    own = setting("STORE")
    if own is not None:
        return str(own)
    if any(hasattr(settings, name) for name in ("STASTE_REDIS_CONNECTION", "STASTE_METRICS_PREFIX", "STASTE_KEY_NAMING")):
        return of_2011(
            getattr(settings, "STASTE_REDIS_CONNECTION", {}),
            getattr(settings, "STASTE_METRICS_PREFIX", "staste"),
            getattr(settings, "STASTE_KEY_NAMING", {}),
        )
    base = getattr(settings, "BASE_DIR", None)
    return None if base is None else f"sqlite:{pathlib.Path(base) / 'staste.db'}"


def zone() -> str | None:
    """Give the zone of metricas that name none: under the keys of 2011, which were told by local time, that of Django."""
    from django.conf import settings

    is_of_2011 = "layout=seed" in (address() or "")
    return str(settings.TIME_ZONE) if is_of_2011 and settings.TIME_ZONE else None


def setting(name: str, default: Any = None) -> Any:
    """Give a setting of the dict `STASTE`."""
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    own = getattr(settings, "STASTE", {})
    if not isinstance(own, dict):
        raise ImproperlyConfigured(f"STASTE is {own!r}, and should be a dict such as {{'STORE': 'sqlite:guests.db'}}")
    unknown = set(own) - KNOWN
    if unknown:
        raise ImproperlyConfigured(f"STASTE has no setting {sorted(unknown)[0]}: there are {', '.join(sorted(KNOWN))}")
    return own.get(name, default)


def database_files() -> list[tuple[str, str]]:
    """Give the alias and the path of each database in `DATABASES` that is a file of SQLite."""
    from django.conf import settings

    found = []
    for alias, database in settings.DATABASES.items():
        if "lite" not in str(database.get("ENGINE", "")):
            continue
        path = _path_of(str(database.get("NAME") or ""))
        if path:
            found.append((alias, path))
    return found


def _path_of(name: str) -> str | None:
    """Give the path that SQLite opens for a name; none for memory.

    >>> _path_of("file:/srv/my%20site.db?mode=ro"), _path_of("file://localhost/srv/site.db#top")
    ('/srv/my site.db', '/srv/site.db')
    >>> _path_of("file:site.db"), _path_of("site.db")
    ('site.db', 'site.db')
    >>> _path_of(":memory:"), _path_of("file::memory:?cache=shared"), _path_of("file:tests?mode=memory")
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
    """Compare two paths by the files they lead to, or would."""
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        # One of them is not there yet.
        return os.path.realpath(one) == os.path.realpath(other)


KNOWN = {"FRAME_ANCESTORS", "MAY_LOOK", "REQUESTS", "STORE"}
"""What the dict `STASTE` may say."""


def of_2011(connection: dict[str, Any], prefix: str, naming: dict[str, str]) -> str:
    """Give the address of what the package of 2011 counted in, whose keys go on.

    >>> of_2011({"host": "redis.local", "db": 2}, "staste", {})
    'redis://redis.local:6379/2?layout=seed&prefix=staste'
    """
    known = {"host", "port", "db", "password", "username", "unix_socket_path", "ssl", "charset", "encoding"}
    known |= {"decode_responses", "socket_timeout", "errors", "connection_pool"}
    unknown = set(connection) - known
    if unknown:
        raise ValueError(f"STASTE_REDIS_CONNECTION has {sorted(unknown)[0]}, which is not known: use STASTE['STORE']")
    query = {"layout": "seed", "prefix": prefix}
    query.update((key, naming[key]) for key in ("all", "choices") if key in naming)
    database = connection.get("db", 0)
    user, password = connection.get("username") or "", connection.get("password") or ""
    if "unix_socket_path" in connection:
        parts = {"db": database, **({"user": user} if user else {}), **({"pass": password} if password else {})}
        return f"unix:{connection['unix_socket_path']}?{urlencode({**parts, **query})}"
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
    scheme = "rediss" if connection.get("ssl") else "redis"
    place = f"{connection.get('host', 'localhost')}:{connection.get('port', 6379)}/{database}"
    return f"{scheme}://{login}{place}?{urlencode(query)}"


def _are_named() -> bool:
    return "DJANGO_SETTINGS_MODULE" in os.environ
