"""`manage.py staste_query`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Ask for totals, counts and averages."""

    command = "query"
    help = "Ask for totals, counts and averages. Its arguments are those of `staste query`."
