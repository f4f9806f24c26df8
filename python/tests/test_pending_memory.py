"""Kicks that come faster than a store takes them: they wait, merge, or are dropped and reported."""

import logging
import threading

import pytest

import staste
from staste.axis import StoredChoiceAxis
from staste.metrica import Metrica


def test_loop_of_kicks_counts_every_row(tmp_path, new_visits, dated_rows):
    # Room for some hundred points: without waiting most of the rows were dropped.
    store = staste.Staste(f"sqlite:{tmp_path}/rows.db", pending_bytes=1 << 17)
    metrica, live = new_visits(store), Metrica("live", [("page", StoredChoiceAxis())], store=store)

    def kick_all(part):
        for date, page, country in part:
            metrica.kick(date=date, page=page, country=country)

    everything = dated_rows(20_000)
    threads = [threading.Thread(target=kick_all, args=(everything[first::4],)) for first in range(4)]
    for thread in threads:
        thread.start()
    for kick in range(1000):
        live.kick(page=kick % 7)
    for thread in threads:
        thread.join()
    store.close()
    assert (metrica.total(), live.total()) == (20_000, 1000)
    health = store.health()
    assert health.dropped == 0
    assert health.waited > 0


def test_dropped_kicks_are_logged_and_reported_once(tmp_path, caplog, new_visits, dated_rows):
    # A folder in place of the file: the store cannot take anything.
    path = tmp_path / "rows.db"
    path.mkdir()
    store = staste.Staste(f"sqlite:{path}", flush_interval=None, pending_bytes=1 << 16)
    metrica = new_visits(store)
    with caplog.at_level(logging.WARNING, logger="staste"):
        for date, page, country in dated_rows(3000):
            metrica.kick(date=date, page=page, country=country)
        dropped = store.health().dropped
        assert dropped > 0
        path.rmdir()
        with pytest.raises(staste.errors.KicksDropped, match=str(dropped)):
            store.flush()
    store.flush()
    assert metrica.total() == 3000 - dropped
    # Stores of other tests may have left messages, too.
    records = [record for record in caplog.records if str(path) in record.message]
    assert [record.levelname for record in records] == ["WARNING", "ERROR", "WARNING"]
    assert "does not take kicks" in records[0].message
    assert "kicks are dropped" in records[1].message
    assert f"takes kicks again; {dropped} kicks were dropped" in records[2].message


@pytest.mark.parametrize("option", ["flush_interval", "room_timeout"])
def test_negative_time_raises_value_error(option):
    with pytest.raises(ValueError, match=f"invalid {option} -1"):
        staste.Staste("memory:", **{option: -1})
