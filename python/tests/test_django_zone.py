"""The default time zone of metricas in a Django site: `TIME_ZONE` of its settings."""

import datetime
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.test import override_settings

import staste
from staste import Metrica
from staste.middleware import request_metrica

HALF_PAST_MIDNIGHT_IN_RIGA = datetime.datetime(2026, 11, 30, 22, 30, tzinfo=datetime.timezone.utc)
RIGA = override_settings(TIME_ZONE="Europe/Riga")
TOKYO = override_settings(TIME_ZONE="Asia/Tokyo")


def stored_zone(name):
    staste.flush()
    return staste.store().definition(name).zone


@pytest.fixture
def arrivals():
    return Metrica("arrivals")


@pytest.fixture
def stored(tmp_path):
    """Return a function that makes a store that has `arrivals` in a zone the default one."""

    def create(zone):
        address = f"sqlite:{tmp_path}/arrivals.db"
        with staste.Staste(address) as store:
            Metrica("arrivals", zone=zone, store=store).kick(date=HALF_PAST_MIDNIGHT_IN_RIGA)
        staste.configure(address)

    return create


@pytest.mark.parametrize("uses_time_zones", [True, False])
def test_new_metrica_counts_in_the_time_zone_of_the_site(uses_time_zones, arrivals):
    with RIGA, override_settings(USE_TZ=uses_time_zones):
        arrivals.kick(date=HALF_PAST_MIDNIGHT_IN_RIGA)
        assert arrivals.timespan(2026, 12, 1).total() == 1
        assert arrivals.timespan(2026, 11, 30).total() == 0
        arrivals.kick(date=datetime.datetime(2026, 12, 1, 0, 30))
        assert arrivals.timespan(2026, 12, 1).total() == 2
        assert stored_zone("arrivals") == "Europe/Riga"


def test_explicit_zone_of_metrica_or_store_wins():
    with RIGA:
        Metrica("arrivals", zone="Asia/Tokyo").define()
        assert stored_zone("arrivals") == "Asia/Tokyo"
        with staste.Staste("memory:", zone="Asia/Tokyo") as store:
            Metrica("arrivals", store=store).define()
            assert store.definition("arrivals").zone == "Asia/Tokyo"


def test_own_store_without_zone_counts_in_the_time_zone_of_the_site():
    with RIGA, staste.Staste("memory:") as store:
        Metrica("arrivals", store=store).define()
        assert store.definition("arrivals").zone == "Europe/Riga"


def test_stored_zone_wins_and_the_metrica_still_counts(stored, arrivals):
    stored("UTC")
    with RIGA:
        arrivals.kick(date=HALF_PAST_MIDNIGHT_IN_RIGA)
        staste.flush()
        assert arrivals.timespan(2026, 11, 30).total() == 2
        assert stored_zone("arrivals") == "UTC"
        assert staste.health().refused == 0
        with pytest.raises(staste.Conflict):
            Metrica("arrivals", zone="Europe/Riga").total()


def test_store_with_an_explicit_zone_conflicts_with_the_stored_one(stored, tmp_path):
    stored("UTC")
    with staste.Staste(f"sqlite:{tmp_path}/arrivals.db", zone="Europe/Riga") as store, pytest.raises(staste.Conflict):
        Metrica("arrivals", store=store).total()


def test_changed_time_zone_applies_to_metricas_and_bound_points_that_counted_before():
    arrivals, own = Metrica("arrivals"), staste.Staste("memory:")
    in_own = Metrica("arrivals", store=own)
    bound, bound_in_own = arrivals.bind(), in_own.bind()
    with TOKYO:
        bound.kick()
        bound_in_own.kick()
        assert stored_zone("arrivals") == "Asia/Tokyo"
        own.flush()
        assert own.definition("arrivals").zone == "Asia/Tokyo"


def run_script(*lines, **options):
    finished = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], check=True, capture_output=True, text=True, timeout=60, **options
    )
    return finished.stdout.split()


COUNT = "arrivals.kick(); staste.flush(); print(staste.store().definition('arrivals').zone)"


def test_metrica_bound_before_the_settings_are_configured_counts_in_the_time_zone_of_the_site():
    printed = run_script(
        "import django.conf, staste",
        "staste.configure('memory:')",
        "arrivals = staste.Metrica('arrivals').bind()",
        "django.conf.settings.configure(INSTALLED_APPS=['staste'], TIME_ZONE='Europe/Riga')",
        "django.setup()",
        COUNT,
    )
    assert printed == ["Europe/Riga"]


def test_metrica_outside_of_a_configured_site_counts_in_utc():
    for start in ["", "import django.conf", "import django.conf, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'nowhere'"]:
        begin = "import staste; staste.configure('memory:'); arrivals = staste.Metrica('arrivals')"
        assert run_script(start, begin, COUNT) == ["UTC"]


def zone_messages():
    return [message for message in run_checks() if message.id in ("staste.W005", "staste.W006")]


def test_metrica_stored_in_another_zone_is_warning_5(stored, arrivals):
    stored("UTC")
    with RIGA:
        [warning] = zone_messages()
    assert (warning.id, warning.level) == ("staste.W005", 30)
    assert warning.msg == "metrica arrivals counts by the days of UTC, but TIME_ZONE is Europe/Riga"
    assert "zone='UTC'" in warning.hint and f"staste_forget {arrivals.name}" in warning.hint


def test_metrica_with_explicit_zone_is_not_reported():
    departures = Metrica("departures", zone="Asia/Tokyo")
    departures.define()
    with RIGA:
        assert zone_messages() == []
        without_zone = Metrica("departures")
        assert [message.id for message in zone_messages()] == ["staste.W005"]


@pytest.mark.parametrize(("zone", "time_zone"), [("UTC", "Etc/UTC"), ("Europe/Kyiv", "Europe/Kiev")])
def test_other_name_of_the_stored_zone_is_not_reported(stored, zone, time_zone, arrivals):
    stored(zone)
    with override_settings(TIME_ZONE=time_zone):
        assert zone_messages() == []
    with RIGA:
        assert [message.id for message in zone_messages()] == ["staste.W005"]


def test_metrica_of_its_own_store_is_warning_5_unless_the_store_has_a_zone(tmp_path):
    address = f"sqlite:{tmp_path}/own.db"
    with staste.Staste(address) as own, staste.Staste(address, zone="UTC") as own_in_utc:
        arrivals = Metrica("arrivals", store=own_in_utc)
        arrivals.define()
        with RIGA:
            assert zone_messages() == []
            again = Metrica("arrivals", store=own)
            assert [message.id for message in zone_messages()] == ["staste.W005"]


def test_metrica_of_requests_in_another_zone_is_warning_5_with_its_own_remedy(tmp_path):
    address = f"sqlite:{tmp_path}/staste.db"
    staste.configure(address)
    request_metrica().define()
    with RIGA:
        [warning] = zone_messages()
    assert "STASTE['REQUESTS']" in warning.hint and "staste_forget response_time_metrica" in warning.hint


def test_check_of_zones_ignores_a_store_that_cannot_be_read_and_creates_none(missing_folder, tmp_path, arrivals):
    with RIGA:
        assert zone_messages() == []
        staste.configure(f"sqlite:{tmp_path}/new.db")
        assert zone_messages() == []
        assert not (tmp_path / "new.db").exists()
        (tmp_path / "damaged.db").write_text("this is not a database")
        staste.configure(f"sqlite:{tmp_path}/damaged.db")
        assert zone_messages() == []
        staste.configure("redis://127.0.0.1:1")
        assert zone_messages() == []


def test_unknown_time_zone_is_warning_6_and_counts_in_utc():
    with override_settings(TIME_ZONE="localtime"):
        Metrica("arrivals").define()
        [warning] = zone_messages()
    assert warning.id == "staste.W006" and "'localtime'" in warning.msg
    assert stored_zone("arrivals") == "UTC"
    with override_settings(TIME_ZONE=None):
        assert zone_messages() == []


def test_import_defines_a_new_metrica_in_the_time_zone_of_the_site(tmp_path):
    (tmp_path / "rows.csv").write_text("time,page\n2026-11-30T22:30Z,/\n")
    staste.configure(f"sqlite:{tmp_path}/arrivals.db")
    rows = [str(tmp_path / "rows.csv"), "--date", "time", "--axis", "page", "--metrica"]
    with RIGA:
        call_command("staste_import", *rows, "visits")
        call_command("staste_import", *rows, "in_tokyo", "--time-zone", "Asia/Tokyo")
        assert stored_zone("visits") == "Europe/Riga" and stored_zone("in_tokyo") == "Asia/Tokyo"
    with TOKYO:
        call_command("staste_import", *rows, "visits", "--source", "again")
    assert stored_zone("visits") == "Europe/Riga"
