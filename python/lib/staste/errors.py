"""Exceptions of Staste. Each is also a built-in exception, so `except ValueError` and the like work, too."""


class Error(Exception):
    """Base class of all exceptions of Staste."""


class InputError(Error, ValueError):
    """A value is invalid, such as an undeclared choice, a 13th month, or a value that is not a number."""


class AxisError(Error, TypeError):
    """A keyword is not an axis of the metrica."""


class Conflict(Error, ValueError):
    """The store has another definition of the metrica."""


class NotRetained(Error, ValueError):
    """The data is no longer kept at the scale that the query needs."""


class NotRecorded(Error, ValueError):
    """Kicks of the timespan were counted before the metrica recorded percentiles."""


class Unavailable(Error, OSError):
    """The store cannot be reached. Kicks wait in memory meanwhile."""


class KicksDropped(Error, RuntimeError):
    """Kicks were dropped because memory was full and the store did not take them. Raised once for each loss."""


class NotConfigured(Error, RuntimeError):
    """There is no default store: neither `staste.configure()`, `STASTE_STORE` nor the settings of Django name one."""
