"""Base class of management commands that run a command of the program `staste` on the store of the settings."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

import staste
from staste import _staste


def strip_django_options(arguments: list[str]) -> list[str]:
    """Return the arguments without the options of `manage.py`, which Django has handled already.

    >>> strip_django_options(["guests", "--settings=site.settings", "--by", "age", "--verbosity", "2", "--no-color"])
    ['guests', '--by', 'age']
    """
    kept, rest = [], iter(arguments)
    for argument in rest:
        name, has_value, _ = argument.partition("=")
        if name in ("--settings", "--pythonpath", "--verbosity", "-v"):
            if not has_value:
                next(rest, None)
        elif name not in ("--traceback", "--no-color", "--force-color", "--skip-checks"):
            kept.append(argument)
    return kept


class ProgramCommand(BaseCommand):
    """A command of the program, with the program's own arguments and help."""

    command: ClassVar[str]
    """The name of the command in the program."""
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Accept all arguments."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help=f"the arguments of `staste {self.command}`")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command without Django's parser, which rejects options such as `--by`."""
        sys.exit(self.run(strip_django_options(argv[2:])))

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """Run the command for `call_command`. Raises `CommandError` if it fails."""
        code = self.run(arguments)
        if code != 0:
            raise CommandError(f"staste {self.command} ended with exit code {code}", returncode=code)

    def run(self, arguments: list[str]) -> int:
        """Commit pending kicks, run the command, and return its exit code."""
        staste.flush()
        sys.stdout.flush()
        return _staste.run(["staste", self.command, *arguments, "--store", staste.store().address_with_password])
