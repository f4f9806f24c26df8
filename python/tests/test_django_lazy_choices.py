"""Lazy translations as choices: each counts by its untranslated text, whatever the language of the visitor is."""

import subprocess
import sys

import pytest
from django.utils import translation
from django.utils.functional import lazystr
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from staste import Axis, HierarchicalAxis, Metrica, StoredChoiceAxis

# Django itself translates these texts.
MONDAY = gettext_lazy("Monday")
OCTOBER = pgettext_lazy("abbrev. month", "Oct.")
TWO_DAYS = ngettext_lazy("%(num)d day", "%(num)d days", 2)


@pytest.fixture(autouse=True)
def german():
    with translation.override("de"):
        assert str(MONDAY) == "Montag" and str(OCTOBER) != "Oct."
        yield
        assert translation.get_language() == "de"


def visits_on(axis):
    return Metrica("visits", [("what", axis)])


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (MONDAY, "Monday"),
        (OCTOBER, "Oct."),
        (TWO_DAYS, "%(num)d days"),
        (format_lazy("{} in {}", MONDAY, OCTOBER), "Monday in Oct."),
        (lazystr("no translation"), "no translation"),
    ],
)
def test_lazy_text_is_one_choice_in_all_languages(choice, text):
    visits = visits_on(StoredChoiceAxis())
    visits.kick(what=choice)
    with translation.override("fr"):
        visits.kick(what=choice)
        visits.bind(what=choice).kick()
    with translation.override(None):
        visits.kick(what=choice)
    assert visits.iterate("what") == [(text, 4)]
    assert visits.filter(what=choice).total() == 4


def test_declared_lazy_text_is_one_choice_in_all_languages():
    visits = visits_on(Axis(choices=[MONDAY, gettext_lazy("Tuesday"), ("plain", gettext_lazy("Friday"))]))
    visits.kick(what=MONDAY)
    with translation.override("fr"):
        visits.kick(what=MONDAY)
    visits.kick(what="Monday")
    assert visits.iterate("what") == [("Monday", 3), ("Tuesday", 0), ("plain", 0)]
    with pytest.raises(ValueError):
        visits.kick(what=gettext_lazy("Friday"))


def test_lazy_text_in_a_path_is_untranslated():
    visits = visits_on(HierarchicalAxis())
    visits.kick(what=("week", MONDAY))
    assert visits.filter(what=["week", MONDAY]).total() == 1
    assert visits.choices("what") == [("week",), ("week", "Monday")]


def test_lazy_text_is_declared_before_the_apps_are_loaded():
    script = (
        "from django.conf import settings\n"
        "settings.configure(LANGUAGE_CODE='de')\n"
        "from django.utils.translation import gettext_lazy\n"
        "from staste import Axis\n"
        "print(Axis(choices=[gettext_lazy('Monday')]).choices)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60)
    assert finished.stdout == "['Monday']\n"
