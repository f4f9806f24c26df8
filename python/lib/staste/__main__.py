"""The program `staste`: `python -m staste`, or `staste` once the package is installed."""

from __future__ import annotations

import signal
import sys

from staste import _staste


def main() -> int:
    """Run the command line of the process."""
    sys.stdout.flush()
    # Python would note Ctrl-C and go on waiting for the program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _staste.run(["staste", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
