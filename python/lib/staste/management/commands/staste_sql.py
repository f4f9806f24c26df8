"""`manage.py staste_sql`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Run one SQL statement that reads the store."""

    command = "sql"
    help = "Run one SQL statement that reads the store. Its arguments are those of `staste sql`."
