"""Commands of the program `staste`, run on the store of the settings."""

from __future__ import annotations

import argparse
import sys
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

import staste
from staste import _staste


def without_options_of_django(arguments: list[str]) -> list[str]:
    """Leave out what `manage.py` has taken note of already.

    >>> without_options_of_django(["guests", "--settings=site.settings", "--by", "age", "--verbosity", "2", "--no-color"])
    ['guests', '--by', 'age']
    """
    kept, given = [], iter(arguments)
    for argument in given:
        name, has_value, _ = argument.partition("=")
        if name in ("--settings", "--pythonpath", "--verbosity", "-v"):
            if not has_value:
                next(given, None)
        elif name not in ("--traceback", "--no-color", "--force-color", "--skip-checks"):
            kept.append(argument)
    return kept


class ProgramCommand(BaseCommand):
    """A command of the program, with its own arguments and help."""

    command: ClassVar[str]
    requires_system_checks: list[str] = []  # noqa: RUF012

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take whatever the program does."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help=f"as those of `staste {self.command}`")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command with its own options, such as `--by`, which the parser of Django does not know."""
        sys.exit(self.run(without_options_of_django(argv[2:])))

    def handle(self, *args: Any, arguments: list[str], **options: Any) -> None:
        """Run the command for `call_command`."""
        code = self.run(arguments)
        if code != 0:
            raise CommandError(f"staste {self.command} ended with {code}", returncode=code)

    def run(self, arguments: list[str]) -> int:
        """Run it, and give its exit code."""
        staste.flush()
        sys.stdout.flush()
        return _staste.run(["staste", self.command, *arguments, "--store", staste.store().url])
