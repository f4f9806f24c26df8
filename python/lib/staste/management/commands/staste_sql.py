"""`manage.py staste_sql`: run one SQL statement that reads the store."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Run one SQL statement that reads the store."""

    command = "sql"
    help = "Run one SQL statement that reads the store. Takes the arguments of `staste sql`, and --help."
