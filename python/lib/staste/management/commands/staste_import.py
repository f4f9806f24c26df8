"""`manage.py staste_import`: count the rows of CSV, NDJSON and access log files."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Count the rows of CSV, NDJSON and access log files."""

    command = "import"
    help = "Count the rows of CSV, NDJSON and access log files. Takes the arguments of `staste import`, and --help."
