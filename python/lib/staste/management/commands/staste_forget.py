"""`manage.py staste_forget`: delete a metrica, or the counts of a choice or a timespan."""

from staste.management._program import ProgramCommand


class Command(ProgramCommand):
    """Delete a metrica, or the counts of a choice or a timespan."""

    command = "forget"
    help = "Delete a metrica, or the counts of a choice or a timespan. Takes the arguments of `staste forget`, and --help."
