"""Each test counts in a store of its own, which is in memory."""

import pytest

import staste
from staste import _configured

collect_ignore = ["served_site.py"]


@pytest.fixture(autouse=True)
def store():
    before = _configured.swap("memory:")
    yield staste.store()
    _configured.swap(before)
