"""Each test counts in a store of its own, which is in memory."""

import pytest

import staste


@pytest.fixture(autouse=True)
def store():
    staste.configure("memory:")
    yield staste.store()
    staste.configure(None)
