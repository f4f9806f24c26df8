"""Axes whose names are words of any script."""

import pytest

from staste import UNSET, Axis, Metrica, StoredChoiceAxis


@pytest.fixture
def orders():
    return Metrica("orders", [("größe", Axis(choices=["klein", "groß"])), ("страна", StoredChoiceAxis())])


def test_axis_in_any_script_is_a_keyword_of_kick_and_filter(orders):
    orders.kick(größe="groß", страна="Latvija")
    orders.bind(größe="klein").kick()
    assert orders.filter(größe="groß").total() == 1
    assert orders.iterate("страна") == [("Latvija", 1), (UNSET, 1)]
    assert orders.choices("größe") == ["klein", "groß"]


def test_keyword_in_another_form_is_the_same_axis_because_python_normalizes_it(orders):
    # The o of the keyword has a combining mark.
    eval(compile("orders.kick(gro\u0308ße='groß')", "test", "eval"), {"orders": orders})
    assert orders.filter(größe="groß").total() == 1


def test_name_in_another_form_is_an_error_with_the_normal_form():
    with pytest.raises(ValueError, match='write it as "größe"'):
        Metrica("orders", [("gro\u0308ße", StoredChoiceAxis())])
