"""`manage.py staste_query`: query totals, counts and averages."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Query totals, counts and averages."""

    command = "query"
    help = "Query totals, counts and averages. Takes the arguments of `staste query`, and --help."
