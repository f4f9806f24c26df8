"""`manage.py staste_repair_clock`: make data readable again that a wrong clock made unreadable."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Make data readable again that a wrong clock made unreadable."""

    command = "repair-clock"
    help = (
        "Make data readable again that a wrong clock made unreadable. Takes the arguments of `staste repair-clock`, and "
        "--help."
    )
