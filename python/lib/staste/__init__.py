"""Staste: a real-time event counter for web sites, with counts by any combination of axes and any calendar period.

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

from staste._default_store import Staste, close, configure, flush, health, sql, store, troubles
from staste._health import AxisUsage, Health, Trouble
from staste._staste import BoundPoint, BulkWriter, View
from staste.axis import Axis, HierarchicalAxis, StoredChoiceAxis
from staste.errors import (
    AxisError,
    Conflict,
    Error,
    InputError,
    NotConfigured,
    NotRecorded,
    NotRetained,
    Unavailable,
)
from staste.metrica import AveragedMetrica, DistributionMetrica, Metrica
from staste.results import (
    AxisDefinition,
    ChoiceTotal,
    HistogramBin,
    MetricaDefinition,
    PivotReading,
    PivotTotal,
    Reading,
    SeriesReading,
    Share,
    SqlRows,
)
from staste.special_choices import OTHER, UNSET

__all__ = [
    "OTHER",
    "UNSET",
    "AveragedMetrica",
    "Axis",
    "AxisDefinition",
    "AxisError",
    "AxisUsage",
    "BoundPoint",
    "BulkWriter",
    "ChoiceTotal",
    "Conflict",
    "DistributionMetrica",
    "Error",
    "Health",
    "HierarchicalAxis",
    "HistogramBin",
    "InputError",
    "Metrica",
    "MetricaDefinition",
    "NotConfigured",
    "NotRecorded",
    "NotRetained",
    "PivotReading",
    "PivotTotal",
    "Reading",
    "SeriesReading",
    "Share",
    "SqlRows",
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
