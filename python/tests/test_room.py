"""Kicks that come faster than a store takes them: they wait, merge, or are dropped and reported."""

import datetime
import logging
import threading

import pytest

import staste
from staste.axis import StoredChoiceAxis
from staste.metrica import AveragedMetrica, Metrica

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def visits(store):
    return Metrica("visits", [("page", StoredChoiceAxis()), ("country", StoredChoiceAxis())], store=store)


def rows(count):
    return [(START + datetime.timedelta(hours=row % 997), row % 1999, row % 61) for row in range(count)]


def test_plain_loop_counts_every_row(tmp_path):
    # Room for some hundred points: without waiting most of the rows were dropped.
    store = staste.Staste(f"sqlite:{tmp_path}/rows.db", pending_bytes=1 << 17)
    metrica, live = visits(store), Metrica("live", [("page", StoredChoiceAxis())], store=store)

    def kick_all(part):
        for date, page, country in part:
            metrica.kick(date=date, page=page, country=country)

    everything = rows(20_000)
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


def test_bulk_counts_every_row_and_is_durable_at_its_end(tmp_path):
    address = f"sqlite:{tmp_path}/rows.db"
    with visits(staste.Staste(address)).bulk() as bulk:
        for date, page, country in rows(20_000):
            bulk.kick(date=date, page=page, country=country)
    assert bulk.committed == 20_000
    assert visits(staste.Staste(address)).total() == 20_000


def test_bulk_leaves_out_what_is_refused_and_keeps_the_rest():
    spent = AveragedMetrica("spent", [("what", StoredChoiceAxis())], multiplier=100)
    with pytest.raises(TypeError, match="colour"), spent.bulk() as bulk:
        bulk.kick(12.5, what="book")
        with pytest.raises(ValueError, match="inf"):
            bulk.kick(float("inf"), what="apple")
        bulk.kick(1, what="pear")
        bulk.kick(colour="red")
    assert spent.iterate("what") == [("book", 12.5), ("pear", 1.0)]
    assert spent.count() == 2


def test_bulk_on_commit_is_refused():
    metrica = Metrica("visits", on_commit=True)
    with pytest.raises(ValueError, match="bulk"):
        metrica.bulk()


def test_drops_are_logged_and_reported_once(tmp_path, caplog):
    # A folder in place of the file: the store cannot take anything.
    path = tmp_path / "rows.db"
    path.mkdir()
    store = staste.Staste(f"sqlite:{path}", flush_interval=None, pending_bytes=1 << 16)
    metrica = visits(store)
    with caplog.at_level(logging.WARNING, logger="staste"):
        for date, page, country in rows(3000):
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
def test_wrong_times_are_refused(option):
    with pytest.raises(ValueError, match=f"invalid {option} -1"):
        staste.Staste("memory:", **{option: -1})
