"""Choices of kicks and filters: what counts as which choice."""

from enum import Enum

import pytest

import staste
from staste import HierarchicalAxis, Metrica, StoredChoiceAxis


def test_choice_counts_as_its_text():
    metrica = Metrica("choices", [("what", StoredChoiceAxis())])

    class Size(str, Enum):
        SMALL = "s"

    for what in (0, "", False, "0", 1.5, Size.SMALL, "a:b", "__all__", "total", 10**30):
        metrica.kick(what=what)
    found = dict(metrica.iterate("what"))
    assert found == {"0": 2, "": 1, "False": 1, "1.5": 1, "s": 1, "a:b": 1, "__all__": 1, "total": 1, str(10**30): 1}
    assert metrica.filter(what=0).total() == 2
    assert metrica.filter(what="").total() == 1
    assert metrica.filter(what="__all__").total() == 1
    assert metrica.filter(what=None).total() == 10, "None narrows nothing"


def test_unset_and_other_are_distinct_from_any_text(guests):
    guests.kick(age=18)
    guests.kick(age=18, gender=None)
    guests.kick(age=18, gender="girl")
    found = dict(guests.iterate("gender"))
    assert found == {"boy": 0, "girl": 1, staste.UNSET: 2}
    assert guests.filter(gender=staste.UNSET).total() == 2
    assert sorted(choice for choice, _ in guests.iterate("gender"))
    other = Metrica("few", [("what", StoredChoiceAxis(cap=1))])
    for what in ("a", "b", "c", "(other)"):
        other.kick(what=what)
    assert dict(other.iterate("what")) == {"a": 1, staste.OTHER: 3}
    assert other.filter(what=staste.OTHER).total() == 3
    assert staste.OTHER != "(other)"


def test_place_counts_for_all_places_above_it():
    metrica = Metrica("places", [("label", HierarchicalAxis())])
    for label in [("exp", "city", "all"), ("exp", "city", "tag"), ("exp", "city")]:
        metrica.kick(label=label)
        metrica.kick(label=list(label))
    assert metrica.iterate("label") == [(("exp",), 6)]
    city = metrica.filter(label=("exp", "city"))
    assert city.total() == 6
    assert city.iterate("label") == [(("exp", "city", "all"), 2), (("exp", "city", "tag"), 2), (("exp", "city"), 2)]
    with pytest.raises(ValueError, match="component"):
        metrica.kick(label=())
    full = Metrica("full", [("label", HierarchicalAxis(cap=2))])
    for name in "abcdef":
        full.kick(label=("x", name))
    listed = full.filter(label=("x",)).iterate("label")
    assert len(listed) > 1 and listed[-1][0] == ("x", staste.OTHER)
    for label, total in listed:
        assert full.filter(label=label).total() == total
