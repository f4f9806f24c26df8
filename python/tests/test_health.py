"""What was lost while counting is reported to the process itself, and to all that count in the store."""

import dataclasses
import datetime

import pytest

import staste
from staste import Metrica, StoredChoiceAxis

FOLDED = "2 kicks count as other: a cap on choices or points was reached"


def fold(store):
    pages = Metrica("pages", [("page", StoredChoiceAxis(cap=1))], store=store)
    for page in ["/", "/a", "/b"]:
        pages.kick(page=page)
    store.flush()


def test_health_has_a_field_for_everything_that_is_known():
    before = staste.health()
    assert isinstance(before, staste.Health)
    assert dataclasses.asdict(before) == {
        "pending_bytes": 0,
        "pending_age": None,
        "committed": 0,
        "dropped": 0,
        "waited": 0,
        "refused": 0,
        "overflowed": 0,
        "folded": 0,
        "in_doubt": 0,
        "lost": 0,
        "clock_skew": 0,
        "failures": 0,
        "last_error": None,
        "last_refusal": None,
    }
    fold(staste.store())
    health = staste.health()
    assert (health.committed, health.folded, health.pending_bytes) == (3, 2, 0)
    assert before.committed == 0, "it stays as it was"
    with pytest.raises(dataclasses.FrozenInstanceError):
        health.committed = 5


def test_health_reports_what_waits_for_a_store_that_fails(tmp_path):
    path = tmp_path / "pages.db"
    path.mkdir()
    store = staste.Staste(f"sqlite:{path}", flush_interval=None)
    Metrica("pages", [], store=store).kick()
    with pytest.raises(staste.Error):
        store.flush()
    health = store.health()
    assert health.pending_bytes > 0 and health.pending_age >= 0 and health.failures == 1
    assert str(path) in health.last_error
    path.rmdir()
    store.close()


def test_troubles_of_a_sound_store_are_empty():
    Metrica("guests", []).kick()
    staste.flush()
    assert staste.troubles() == [] == staste.store().troubles()


def test_troubles_are_those_of_every_process(tmp_path, clock):
    def process():
        return staste.Staste(f"sqlite:{tmp_path}/pages.db", clock=clock, flush_interval=None)

    with process() as first:
        fold(first)
    [trouble] = process().troubles()
    assert isinstance(trouble, staste.Trouble)
    assert dataclasses.asdict(trouble) == {
        "kind": "folded",
        "amount": 2,
        "processes": 1,
        "at": clock.now(),
        "text": FOLDED,
        "reported": f"last reported {clock.now():%Y-%m-%d %H:%M UTC}",
    }
    assert trouble.at.utcoffset() == datetime.timedelta(0)
    assert str(trouble) == FOLDED
    with process() as second:
        fold(second)
        assert [(it.amount, it.processes) for it in second.troubles()] == [(4, 2)]
    clock.advance(days=7)
    assert process().troubles() == []


def test_troubles_of_a_store_that_cannot_be_read_are_an_error(tmp_path):
    (tmp_path / "pages.db").mkdir()
    with pytest.raises(staste.Error, match=r"pages\.db"):
        staste.Staste(f"sqlite:{tmp_path}/pages.db").troubles()
    with pytest.raises(ValueError, match="timeout"):
        staste.troubles(timeout=-1)
