"""Fixtures. Each test counts in its own store in memory, whose clock stands at the time when the test started."""

import datetime

import pytest

import django_site  # noqa: F401  # It configures Django before a test module imports models.
import staste
from staste import Axis, Metrica, StoredChoiceAxis, _default_store
from staste.testing import FixedClock

collect_ignore = ["django_site.py", "served_site.py", "site_with_tests"]


@pytest.fixture
def clock():
    # The clock stands still, so no minute passes between a kick and its assertion.
    return FixedClock(staste.Staste("memory:").now())


@pytest.fixture(autouse=True)
def store(clock):
    previous = _default_store.replace_default(staste.Staste("memory:", clock=clock))
    yield staste.store()
    _default_store.replace_default(previous)


@pytest.fixture
def new_guests():
    """Return a function that creates the metrica `guests` with options."""

    def new(**options):
        axes = [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())]
        return Metrica("guests", axes, **options)

    return new


@pytest.fixture
def guests(new_guests):
    return new_guests()


@pytest.fixture
def missing_folder(tmp_path):
    """Make a store in a folder that does not exist the default one, and return the folder."""
    folder = tmp_path / "no/such/folder"
    staste.configure(f"sqlite:{folder}/guests.db")
    return folder


@pytest.fixture
def fold_two_kicks():
    """Return a function that counts three kicks, of which the cap folds two."""

    def fold(store):
        pages = Metrica("pages", [("page", StoredChoiceAxis(cap=1))], store=store)
        for page in ["/", "/a", "/b"]:
            pages.kick(page=page)
        store.flush()

    return fold


@pytest.fixture
def new_visits():
    """Return a function that creates the metrica `visits` of a store."""

    def new(store):
        return Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())], store=store)

    return new


@pytest.fixture
def dated_rows():
    """Return a function that returns rows of date, page and country."""
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)

    def rows(count):
        return [(start + datetime.timedelta(hours=row % 997), row % 1999, row % 61) for row in range(count)]

    return rows
