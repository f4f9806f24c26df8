"""The plugin for pytest: each test of a Django site counts in its own store in memory.

It is not in the package `staste`, so that pytest does not import the package in projects that do not use it.
"""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _staste_store_of_test() -> Iterator[None]:
    # The Django app imports it.
    tests = sys.modules.get("staste._django_tests")
    if tests is None:
        yield
        return
    with tests.store_of_test():
        yield
