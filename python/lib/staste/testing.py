"""For tests: a store of their own for each."""

from __future__ import annotations

import unittest

from staste import _configured


class StasteTestCase(unittest.TestCase):
    """A mixin of test cases, each of whose tests counts in a store of its own in memory. It is safe in processes side by side."""

    def setUp(self) -> None:
        """Count in memory."""
        super().setUp()
        # Handles that were bound before count here as well.
        before = _configured.swap("memory:")
        self.addCleanup(_configured.swap, before)
