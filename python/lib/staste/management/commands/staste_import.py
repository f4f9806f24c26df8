"""`manage.py staste_import`: count the rows of CSV, NDJSON and access log files."""

from staste import _django_settings
from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Count the rows of CSV, NDJSON and access log files."""

    command = "import"
    help = "Count the rows of CSV, NDJSON and access log files. Takes the arguments of `staste import`, and --help."

    def run(self, arguments: list[str]) -> int:
        """Run the command. A new metrica counts in `TIME_ZONE` unless `--time-zone` is given."""
        zone = _django_settings.zone()
        return super().run([*arguments, *([] if zone is None else ["--default-time-zone", zone])])
