"""Deletion of what many choices of an axis counted."""

import pytest

import staste
from staste import Metrica, StoredChoiceAxis
from staste.axis import HierarchicalAxis


@pytest.fixture
def visits():
    visits = Metrica("visits", [("page", StoredChoiceAxis()), ("place", HierarchicalAxis())])
    for page in ["/", "/wp-login", "/wp-admin", "/wp-admin", "*"]:
        visits.kick(page=page, place=["eu", page])
    return visits


def test_matching_choices_are_listed_and_forgotten(visits):
    scanners = [("/wp-login", 1), ("/wp-admin", 2)]
    assert visits.matching("page", "/wp-*") == scanners
    assert visits.total() == 5
    assert visits.forget_matching("page", "/wp-*") == scanners
    assert (visits.total(), visits.choices("page")) == (2, ["/", "*"])


def test_escaped_asterisk_is_an_asterisk(visits):
    assert visits.forget_matching("page", r"\*") == [("*", 1)]
    assert visits.total() == 4


def test_asterisk_stays_within_a_component_of_a_path(visits):
    assert visits.matching("place", "*") == [(("eu",), 5)]
    assert len(visits.matching("place", "eu/*")) == 4
    assert visits.values().filter(page="/").matching("place", "eu/*")[0] == (("eu", "/"), 1)


def test_matching_choices_are_moved_to_other(visits):
    visits.forget_matching("page", "/wp-*", "*login*", into_other=True)
    assert (visits.total(), visits.filter(page=staste.OTHER).total()) == (5, 3)


def test_axis_that_is_filtered_already_is_an_error(visits):
    with pytest.raises(ValueError, match="page is already filtered to /"):
        visits.filter(page="/").forget_matching("page", "*")
    with pytest.raises(TypeError, match='no axis "pagg"'):
        visits.matching("pagg", "*")
