"""The store and its options by Django's settings."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

import staste
from staste import _django_settings
from staste.middleware import request_metrica


def test_settings_define_the_address_of_the_store(tmp_path):
    for own, expected in [
        ({"STASTE": {"STORE": "sqlite:guests.db"}}, "sqlite:guests.db"),
        ({"BASE_DIR": tmp_path}, f"sqlite:{tmp_path}/staste.db"),
        ({"STASTE_REDIS_CONNECTION": {}}, "redis://localhost:6379/0?layout=legacy&prefix=staste"),
        (
            {
                "STASTE_REDIS_CONNECTION": {"host": "h", "port": 7000, "db": 3, "password": "s3/cret"},
                "STASTE_METRICS_PREFIX": "mine",
                "STASTE_KEY_NAMING": {"all": "A", "choices": "C"},
            },
            "redis://:s3%2Fcret@h:7000/3?layout=legacy&prefix=mine&all=A&choices=C",
        ),
        (
            {"STASTE_REDIS_CONNECTION": {"unix_socket_path": "/run/redis.sock", "password": "p"}},
            "unix:/run/redis.sock?db=0&pass=p&layout=legacy&prefix=staste",
        ),
    ]:
        with override_settings(**own):
            assert _django_settings.address() == expected
            staste.Staste(expected)
    assert _django_settings.address() is None


def test_invalid_staste_setting_raises_improperly_configured():
    for wrong, words in [
        ({"STASTE": "sqlite:guests.db"}, "expected a dict"),
        ({"STASTE": {"STROE": "sqlite:guests.db"}}, "unknown key 'STROE' in STASTE"),
    ]:
        with override_settings(**wrong), pytest.raises(ImproperlyConfigured, match=words):
            _django_settings.address()


def test_unknown_key_of_redis_connection_raises_value_error():
    with override_settings(STASTE_REDIS_CONNECTION={"hots": "h"}), pytest.raises(ValueError, match="'hots'.*STORE"):
        _django_settings.address()


@pytest.mark.parametrize(("address", "axes"), [("layout=legacy", 2), ("layout=seed", 2), ("prefix=layout=legacy", 4)])
def test_legacy_layout_has_the_axes_of_2011(address, axes):
    with override_settings(STASTE={"STORE": f"redis://localhost?{address}"}):
        assert len(request_metrica().axes) == axes


def test_store_in_tests_is_in_memory_unless_the_settings_name_another():
    with override_settings(STASTE={"TEST_STORE": None}):
        assert _django_settings.test_address() is None
    with override_settings(STASTE={"TEST_STORE": "sqlite:tests.db"}):
        assert _django_settings.test_address() == "sqlite:tests.db"
    with override_settings(STASTE={}):
        assert _django_settings.test_address() == "memory:"
