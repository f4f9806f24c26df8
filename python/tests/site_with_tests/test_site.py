"""The tests of the site: each expects that nothing was counted before it."""

import urllib.request

import django.test

import staste
from guests import GUESTS
from staste.middleware import request_metrica
from staste.testing import StasteTestCase

BOYS = GUESTS.bind(gender="boy")


def count_guests():
    assert GUESTS.total() == 0 and staste.store().metricas() == []
    assert django.test.Client().get("/").status_code == 200
    BOYS.kick()
    assert GUESTS.iterate("gender") == [("girl", 1), ("boy", 1)]
    assert request_metrica().count() == 1
    assert staste.store().definition("guests").zone == "Europe/Riga"


class TwoTests:
    def test_one(self):
        count_guests()

    def test_two(self):
        count_guests()


class SimpleTest(TwoTests, django.test.SimpleTestCase):
    pass


class TransactionTest(TwoTests, django.test.TransactionTestCase):
    pass


class DatabaseTest(TwoTests, django.test.TestCase):
    @classmethod
    def setUpTestData(cls):
        GUESTS.kick(gender="set up")


class LiveServerTest(TwoTests, django.test.LiveServerTestCase):
    def test_server_counts_in_the_store_of_the_test(self):
        with urllib.request.urlopen(self.live_server_url) as response:
            assert response.read() == b"welcome"
        assert GUESTS.total() == 1


class OwnStoreTest(StasteTestCase, TwoTests, django.test.TestCase):
    clock_starts = "2026-03-29T00:30Z"

    def test_clock_stands(self):
        GUESTS.kick()
        assert GUESTS.timespan(2026, 3, 29, 2).total() == 1


class ConfiguredTest(django.test.SimpleTestCase):
    def test_one_configures_no_store(self):
        staste.configure(None)
        count_guests()

    def test_two_configures_another_store(self):
        staste.configure("memory:")
        count_guests()


def test_function_one():
    count_guests()


def test_function_two():
    count_guests()
