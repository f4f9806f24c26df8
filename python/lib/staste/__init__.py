"""Counts what happens on a web site, in real time, by any axes and any period.

>>> import staste
>>> staste.configure("memory:")
>>> guests = staste.Metrica("guests", [("age", staste.StoredChoiceAxis())])
>>> guests.kick(age=18)
>>> guests.total()
1
"""

# Before anything that imports the extension.
from staste._interpreter import require_main

require_main()
del require_main

from staste._configured import Staste, close, configure, flush, health, sql, store, troubles
from staste._health import Health, Trouble
from staste._staste import Point, View
from staste.axis import Axis, HierarchicalAxis, StoredChoiceAxis
from staste.errors import (
    AxisError,
    Conflict,
    Error,
    InputError,
    NotConfigured,
    NotRetained,
    Unavailable,
)
from staste.metrica import AveragedMetrica, Metrica
from staste.rows import Rows
from staste.variants import OTHER, UNSET

__all__ = [
    "OTHER",
    "UNSET",
    "AveragedMetrica",
    "Axis",
    "AxisError",
    "Conflict",
    "Error",
    "Health",
    "HierarchicalAxis",
    "InputError",
    "Metrica",
    "NotConfigured",
    "NotRetained",
    "Point",
    "Rows",
    "Staste",
    "StoredChoiceAxis",
    "Trouble",
    "Unavailable",
    "View",
    "close",
    "configure",
    "flush",
    "health",
    "sql",
    "store",
    "troubles",
]
