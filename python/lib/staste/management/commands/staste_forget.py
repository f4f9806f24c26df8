"""`manage.py staste_forget`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Remove what was counted."""

    command = "forget"
    help = "Remove what was counted. Its arguments are those of `staste forget`."
