"""SQL statements: their rows, their limits, and invalid ones."""

import sys
import threading

import pytest

import staste
from staste.axis import Axis, StoredChoiceAxis
from staste.metrica import Metrica

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def file_store(tmp_path, clock):
    with staste.Staste(f"sqlite:{tmp_path}/guests.db", flush_interval=None, clock=clock) as store:
        axes = [("gender", Axis(choices=["boy", "girl"])), ("age", StoredChoiceAxis())]
        guests = Metrica("guests", axes, store=store)
        guests.kick(gender="girl", age=18)
        guests.kick(gender="boy", age=19)
        yield store


def test_sql_includes_pending_kicks(file_store):
    rows = file_store.sql(
        "SELECT gender, total FROM guests WHERE scale = 'ever' AND age = ? ORDER BY gender", ["(all)"]
    )
    assert rows == [("(all)", 2), ("boy", 1), ("girl", 1)]
    assert rows.columns == ("gender", "total")
    assert isinstance(rows, staste.SqlRows)


def test_sql_of_the_package_reads_the_default_store(tmp_path):
    staste.configure(f"sqlite:{tmp_path}/guests.db")
    Metrica("guests").kick(2)
    assert staste.sql("SELECT total FROM guests WHERE scale = ?", ["ever"], max_rows=1) == [(2,)]
    with pytest.raises(staste.Unavailable):
        staste.sql(ENDLESS, timeout=0.02)


def test_parameters_keep_their_values_and_types(file_store):
    values = (None, True, -(2**63), 0.5, "it's \u00e9\0", b"\0\xff")
    (row,) = file_store.sql("SELECT ?, ?, ?, ?, ?, ?", values)
    assert row == values
    assert [type(value) for value in row] == [type(None), int, int, float, str, bytes]


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ("girl", TypeError, r"such as \(18,\)"),
        ({"gender": "girl"}, TypeError, "tuple or list"),
        ((object(),), TypeError, "parameter 1 of type object"),
        ((2**63,), ValueError, "does not fit into 64 bits"),
        ((), ValueError, "has 1 parameters, and 0 were given"),
    ],
)
def test_invalid_parameters_raise(file_store, params, error, message):
    with pytest.raises(error, match=message):
        file_store.sql("SELECT ?", params)


def test_statement_that_does_not_only_read_raises_input_error(file_store):
    for statement in [
        "DROP VIEW guests",
        "ATTACH ':memory:' AS other",
        "PRAGMA query_only = OFF",
        "SELECT 1; SELECT 2",
    ]:
        with pytest.raises(staste.InputError, match="give one statement that reads"):
            file_store.sql(statement)
    with pytest.raises(ValueError, match="no such table: gests; the store has the views guests"):
        file_store.sql("SELECT * FROM gests")


def test_exceeded_limit_raises(file_store):
    assert len(file_store.sql("VALUES (1), (2)", max_rows=2)) == 2
    with pytest.raises(ValueError, match=r"more than 1 rows.*max_rows"):
        file_store.sql("VALUES (1), (2)", max_rows=1)
    with pytest.raises(staste.Unavailable, match="longer than 20ms"):
        file_store.sql(ENDLESS, timeout=0.02)
    with pytest.raises(ValueError, match="invalid timeout -1"):
        file_store.sql("SELECT 1", timeout=-1)


def test_other_threads_run_during_a_statement(file_store):
    held, seen = threading.Lock(), []

    def wait():
        with held:
            seen.append("ran")

    interval = sys.getswitchinterval()
    held.acquire()
    other = threading.Thread(target=wait)
    other.start()
    try:
        # From here on, a thread runs only when another one releases the interpreter by itself.
        sys.setswitchinterval(1000)
        held.release()
        assert seen == []
        with pytest.raises(staste.Unavailable):
            file_store.sql(ENDLESS, timeout=1)
        assert seen == ["ran"]
    finally:
        sys.setswitchinterval(interval)
    other.join()


def test_sql_on_a_store_that_is_not_sqlite_raises():
    with pytest.raises(staste.Error, match="memory: is not a SQLite store"):
        staste.sql("SELECT 1")
