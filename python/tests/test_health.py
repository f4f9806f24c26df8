"""Losses: of this process by `health()`, and of all processes by `troubles()`."""

import dataclasses
import datetime

import pytest

import staste
from staste import Metrica

FOLDED = "2 kicks count as other: a cap on choices or points was reached"


def test_health_has_all_fields_and_does_not_change(store, fold_two_kicks):
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
    fold_two_kicks(store)
    health = staste.health()
    assert (health.committed, health.folded, health.pending_bytes) == (3, 2, 0)
    assert before.committed == 0, "a snapshot does not change"
    with pytest.raises(dataclasses.FrozenInstanceError):
        health.committed = 5


def test_health_reports_pending_kicks_and_the_error_of_a_store_that_fails(tmp_path):
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


def test_troubles_without_losses_are_empty():
    Metrica("guests", []).kick()
    staste.flush()
    assert staste.troubles() == [] == staste.store().troubles()


def test_troubles_are_those_of_every_process(tmp_path, clock, fold_two_kicks):
    def new_store():
        return staste.Staste(f"sqlite:{tmp_path}/pages.db", clock=clock, flush_interval=None)

    with new_store() as first:
        fold_two_kicks(first)
    [trouble] = new_store().troubles()
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
    with new_store() as second:
        fold_two_kicks(second)
        assert [(each.amount, each.processes) for each in second.troubles()] == [(4, 2)]
    clock.advance(days=7)
    assert new_store().troubles() == []


def test_troubles_raise_if_the_store_cannot_be_read(tmp_path):
    (tmp_path / "pages.db").mkdir()
    with pytest.raises(staste.Error, match=r"pages\.db"):
        staste.Staste(f"sqlite:{tmp_path}/pages.db").troubles()
    with pytest.raises(ValueError, match="timeout"):
        staste.troubles(timeout=-1)
