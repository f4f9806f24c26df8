"""`manage.py staste_verify`."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Prove every sum."""

    command = "verify"
    help = "Prove every sum. Its arguments are those of `staste verify`."
