"""`manage.py staste_export`: write counts as CSV or NDJSON."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Write counts as CSV or NDJSON."""

    command = "export"
    help = "Write counts as CSV or NDJSON. Takes the arguments of `staste export`, and --help."
