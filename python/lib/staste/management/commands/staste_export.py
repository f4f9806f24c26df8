"""`manage.py staste_export`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Write what was counted as a file."""

    command = "export"
    help = "Write what was counted as a file. Its arguments are those of `staste export`."
