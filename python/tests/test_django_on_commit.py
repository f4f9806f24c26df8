"""Kicks that count when a Django transaction commits."""

import datetime

import pytest
from django.db import transaction

from staste import Metrica, StoredChoiceAxis

ORDERS = Metrica("orders", [("what", StoredChoiceAxis())], on_commit=True)


def test_kick_in_a_transaction_counts_when_it_commits():
    with transaction.atomic():
        ORDERS.kick(what="kept")
        assert ORDERS.total() == 0
    assert ORDERS.total() == 1


def test_kick_in_a_transaction_that_rolls_back_is_not_counted():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ORDERS.kick(what="undone")
        1 / 0
    assert ORDERS.total() == 0


def test_kick_outside_a_transaction_counts_at_once_at_its_date():
    ORDERS.kick(2, datetime.datetime(2010, 2, 7), what="old")
    assert ORDERS.timespan(year=2010).total() == 2


def test_invalid_kick_raises_in_the_transaction():
    with pytest.raises(TypeError, match="its axes are"):
        ORDERS.kick(waht="typo")
    with pytest.raises(ValueError), transaction.atomic():
        ORDERS.kick("much", what="x")
    with pytest.raises(ValueError), transaction.atomic():
        ORDERS.kick(0.5, what="x")


def test_bind_and_bulk_with_on_commit_raise_value_error():
    with pytest.raises(ValueError, match="transactions"):
        ORDERS.bind(what="x")
    with pytest.raises(ValueError, match="bulk"):
        ORDERS.bulk()
