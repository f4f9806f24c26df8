"""The program `staste`: run `python -m staste`, or `staste` where the package is installed."""

from __future__ import annotations

import signal
import sys

from staste import _staste


def main() -> int:
    """Run the program with the arguments of this process, and return its exit code."""
    sys.stdout.flush()
    # With Python's handler, Ctrl-C would not end the program until it returns.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return _staste.run(["staste", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
