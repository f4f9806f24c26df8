"""System checks of Django."""

import pytest
from django.core.checks import run_checks
from django.test import override_settings

import staste


def staste_messages(**options):
    return [message for message in run_checks(**options) if message.id.startswith("staste")]


def check_ids(**own_settings):
    with override_settings(**own_settings):
        return [message.id for message in staste_messages(databases=["default"])]


def test_checks_of_valid_settings_report_nothing():
    assert check_ids() == []
    assert check_ids(STASTE={"DASHBOARD_ACCESS": "staste.urls.can_view_dashboard"}) == []


def test_invalid_setting_is_error_1():
    assert check_ids(STASTE={"STROE": "x"}) == ["staste.E001"]
    assert check_ids(STASTE={"STORE": "no address"}) == ["staste.E001"]
    assert check_ids(STASTE={"TEST_STORE": "no address"}) == ["staste.E001"]


def test_store_that_cannot_be_reached_is_error_2(missing_folder):
    assert check_ids() == ["staste.E002"]


async def async_function(request):
    return True


@pytest.mark.parametrize(
    ("access", "why"),
    [
        ("no.such.function", "No module named 'no'"),
        ("staste.urls.app_name", "it is not a function"),
        (async_function, "it is an async function"),
    ],
)
def test_dashboard_access_that_is_not_a_plain_function_is_error_3(access, why):
    assert check_ids(STASTE={"DASHBOARD_ACCESS": access}) == ["staste.E003"]
    with override_settings(STASTE={"DASHBOARD_ACCESS": access}):
        [message] = staste_messages()
    assert why in message.msg


def test_middleware_before_that_of_staste_is_warning_1():
    middleware = ["django.contrib.sessions.middleware.SessionMiddleware", "staste.middleware.ResponseTimeMiddleware"]
    assert check_ids(MIDDLEWARE=middleware) == ["staste.W001"]


def test_dashboard_for_everybody_is_warning_2():
    assert check_ids(STASTE={"DASHBOARD_ACCESS": "everybody"}) == ["staste.W002"]


def test_losses_are_warning_4_of_the_deployment_check_only(store, fold_two_kicks):
    assert staste_messages(include_deployment_checks=True) == []
    fold_two_kicks(store)
    [warning] = staste_messages(include_deployment_checks=True)
    assert (warning.id, warning.level) == ("staste.W004", 30)
    assert warning.msg == "2 kicks count as other: a cap on choices or points was reached"
    assert warning.hint.startswith("last reported ")
    assert staste_messages() == [], "the store is not read at every start"


def test_deployment_check_leaves_a_store_that_cannot_be_reached_to_the_database_check(missing_folder):
    assert staste_messages(include_deployment_checks=True) == []


def test_deployment_check_does_not_create_the_store(tmp_path):
    path = tmp_path / "guests.db"
    staste.configure(f"sqlite:{path}")
    assert staste_messages(include_deployment_checks=True) == []
    assert not path.exists()


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_store_in_the_file_of_a_database_is_error_4(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my site.db"
    path.touch()
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "hard.db").hardlink_to(path)
    engine = "django.db.backends.sqlite3"

    def shared(store, name, engine=engine):
        staste.configure("memory:")
        databases = {"default": {"ENGINE": engine, "NAME": ":memory:"}, "other": {"ENGINE": engine, "NAME": name}}
        with override_settings(STASTE={"STORE": store}, DATABASES=databases):
            return [message for message in run_checks() if message.id == "staste.E004"]

    store = f"sqlite:{path}"
    [message] = shared(store, path)
    assert str(path) in message.msg and "'other'" in message.msg
    assert "a file of its own" in message.hint
    for name in [
        "my site.db",
        f"{tmp_path}/../{tmp_path.name}/my site.db",
        "link.db",
        "hard.db",
        f"file:{tmp_path}/my%20site.db?mode=ro",
        f"file://{tmp_path}/my%20site.db#top",
        "file:my%20site.db",
    ]:
        assert shared(store, name), name
        assert shared("sqlite:my site.db", name), name
    # Neither file exists yet.
    assert shared("sqlite:new.db", tmp_path / "new.db")
    for name in [":memory:", "", "file::memory:?cache=shared", f"file:{path}?mode=memory", "sites.db", "file:sites.db"]:
        assert shared(store, name) == [], name
    assert shared("memory:", path) == []
    assert shared("sqlite:guests", "guests", engine="django.db.backends.postgresql") == []


@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_configured_store_in_the_file_of_a_database_is_error_4(tmp_path):
    databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.db")}}
    staste.configure(f"sqlite:{tmp_path}/site.db")
    with override_settings(DATABASES=databases):
        assert [message.id for message in run_checks()] == ["staste.E004"]


def test_axis_nearly_at_its_cap_is_warning_7_of_the_database_check(store):
    pages = staste.Metrica("pages", [("page", staste.StoredChoiceAxis(cap=10))])
    for page in range(8):
        pages.kick(page=page)
    store.flush()
    assert check_ids() == []
    pages.kick(page="one more")
    store.flush()
    [warning] = staste_messages(databases=["default"])
    assert (warning.id, warning.level) == ("staste.W007", 30)
    assert warning.msg == "the axis page of pages has 9 of at most 10 choices; further ones count as other"
    assert "cap=20 of the axis page" in warning.hint
    assert "staste_forget pages --filter page=CHOICE" in warning.hint
    assert staste_messages() == [], "the store is not read at every start"
