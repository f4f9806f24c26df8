"""`manage.py staste_verify`: check that all sums in the store are right."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Check that all sums in the store are right."""

    command = "verify"
    help = "Check that all sums in the store are right. Takes the arguments of `staste verify`, and --help."
