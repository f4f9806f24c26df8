"""Each test counts in a store of its own, which is in memory and whose clock stands still at the time the test began."""

import pytest

import staste
from staste import _default_store
from staste.testing import FixedClock

collect_ignore = ["served_site.py"]


@pytest.fixture
def clock():
    # The minute does not pass between what a test counts and what it expects.
    return FixedClock(staste.Staste("memory:").now())


@pytest.fixture(autouse=True)
def store(clock):
    before = _default_store.replace_default(staste.Staste("memory:", clock=clock))
    yield staste.store()
    _default_store.replace_default(before)
