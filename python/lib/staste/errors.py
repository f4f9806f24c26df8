"""What can go wrong. Each error is also one of Python's own, so that nobody needs to know these."""


class Error(Exception):
    """Anything that Staste raises."""


class InputError(Error, ValueError):
    """A value that is none: a choice that was not declared, a month 13, no number."""


class AxisError(Error, TypeError):
    """A keyword that is no axis of the metrica."""


class Conflict(Error, ValueError):
    """The store remembers another definition of the metrica."""


class NotRetained(Error, ValueError):
    """What was counted is no longer kept as finely as it is asked for."""


class Unavailable(Error, OSError):
    """The store cannot be reached. What was kicked waits in memory."""


class KicksDropped(Error, RuntimeError):
    """Kicks were dropped as memory was full and the store did not take them. Reported once; all others are counted."""


class NotConfigured(Error, RuntimeError):
    """Nobody said where to count."""
