"""`manage.py staste_import`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Count a file of events."""

    command = "import"
    help = "Count a file of events. Its arguments are those of `staste import`."
