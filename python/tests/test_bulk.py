"""Bulk writers."""

import pytest

import staste
from staste.axis import StoredChoiceAxis
from staste.metrica import AveragedMetrica


def test_bulk_writer_commits_every_row_by_its_end(tmp_path, new_visits, dated_rows):
    address = f"sqlite:{tmp_path}/rows.db"
    with new_visits(staste.Staste(address)).bulk() as bulk:
        for date, page, country in dated_rows(20_000):
            bulk.kick(date=date, page=page, country=country)
    assert bulk.committed == 20_000
    assert new_visits(staste.Staste(address)).total() == 20_000


def test_bulk_writer_leaves_out_invalid_kicks_and_keeps_the_others():
    spent = AveragedMetrica("spent", [("what", StoredChoiceAxis())], multiplier=100)
    with pytest.raises(TypeError, match="colour"), spent.bulk() as bulk:
        bulk.kick(12.5, what="book")
        with pytest.raises(ValueError, match="inf"):
            bulk.kick(float("inf"), what="apple")
        bulk.kick(1, what="pear")
        bulk.kick(colour="red")
    assert spent.iterate("what") == [("book", 12.5), ("pear", 1.0)]
    assert spent.count() == 2
