"""Stores: the default one, others, and those that cannot be reached."""

import subprocess
import sys

import pytest

import staste
from staste import Metrica


def test_default_store_is_that_of_configure_or_of_the_environment(guests, monkeypatch):
    staste.configure(None)
    with pytest.raises(staste.NotConfigured, match="staste.configure"):
        guests.kick(gender="girl")
    monkeypatch.setenv("STASTE_STORE", "memory:")
    guests.kick(gender="girl")
    assert guests.total() == 1
    staste.configure("memory:")
    assert guests.total() == 0, "another store"
    with pytest.raises(ValueError, match="redis"):
        staste.configure("mysql://localhost")


@pytest.mark.parametrize("address", [b"memory:", 5])
def test_configure_with_address_that_is_not_a_text_raises_type_error(address):
    with pytest.raises(TypeError, match="sqlite:guests.db"):
        staste.configure(address)


def test_metricas_bound_points_and_views_follow_the_default_store(guests):
    bound, girls = guests.bind(gender="girl"), guests.filter(gender="girl")
    bound.kick()
    assert girls.total() == 1
    staste.configure("memory:")
    bound.kick()
    bound.kick()
    assert girls.total() == 2 and guests.total() == 2


def test_metrica_with_its_own_store_counts_there():
    with staste.Staste("memory:", flush_interval=None) as own:
        metrica = Metrica("own", [], store=own)
        metrica.kick()
        assert metrica.total() == 1
        assert own.metricas() == ["own"] and staste.store().metricas() == []
        health = own.health()
        assert health.committed == 1 and health.last_error is None
        own.forget("own")
        assert own.metricas() == []
    assert repr(own) == 'staste.Staste("memory:")'


def test_kicks_wait_while_the_store_cannot_be_reached(guests, missing_folder):
    for _ in range(1000):
        guests.kick(gender="girl")
    with pytest.raises(OSError):
        guests.total()
    missing_folder.mkdir(parents=True)
    assert guests.total() == 1000


def test_definition_returns_what_the_store_has(new_guests, store):
    new_guests(multiplier=100, zone="Europe/Riga").define()
    definition = store.definition("guests")
    assert definition == (False, 100, "Europe/Riga", [("gender", "declared"), ("age", "stored")], "plain")
    assert isinstance(definition, staste.MetricaDefinition) and definition.zone == "Europe/Riga"
    assert [axis.kind for axis in definition.axes] == ["declared", "stored"]
    with pytest.raises(ValueError, match="no metrica"):
        store.definition("gests")


def test_address_has_no_password():
    store = staste.Staste("redis://:secret@localhost")
    assert "secret" not in store.address and "secret" not in repr(store)
    assert store.address_with_password == "redis://:secret@localhost"


def test_import_and_configure_open_nothing(tmp_path):
    script = (
        "import os, threading\n"
        "before = set(os.listdir('/proc/self/fd'))\n"
        "import staste, staste.testing\n"
        "mine = staste.Metrica('mine', [('what', staste.StoredChoiceAxis())])\n"
        "staste.configure('sqlite:never.db')\n"
        "assert set(os.listdir('/proc/self/fd')) == before, os.listdir('/proc/self/fd')\n"
        "assert len(os.listdir('/proc/self/task')) == 1\n"
        "assert not os.path.exists('never.db')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60, cwd=tmp_path)
