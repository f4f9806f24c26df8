"""The link to the dashboard in the Django admin, and its warnings of losses."""

from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import override_settings

from django_site import has_access_header, staff_client

DASHBOARD_LINK = "/admin/staste/dashboard/"


def test_admin_links_to_the_dashboard_for_those_who_may_view_it():
    client = staff_client("staff")
    index = client.get("/admin/").content.decode()
    assert f'href="{DASHBOARD_LINK}"' in index and "/add/" not in index
    assert client.get(DASHBOARD_LINK)["Location"] == "/stats/"
    assert client.get("/stats/").status_code == 200
    with override_settings(STASTE={"DASHBOARD_ACCESS": has_access_header}):
        assert "staste" not in client.get("/admin/").content.decode()


def test_migration_matches_the_model():
    call_command("makemigrations", "staste", check=True, dry_run=True, verbosity=0)


def test_admin_warns_of_losses_once_those_who_may_view_the_dashboard(store, fold_two_kicks):
    client = staff_client("folded")

    def warnings(**own_settings):
        with override_settings(**own_settings):
            response = client.get(DASHBOARD_LINK)
        return [str(message) for message in get_messages(response.wsgi_request)]

    assert warnings() == []
    fold_two_kicks(store)
    [warning] = warnings()
    assert warning.startswith(
        "Counting: 2 kicks count as other: a cap on choices or points was reached; last reported 20"
    )
    index = client.get("/admin/").content.decode()
    assert index.count("2 kicks count as other") == 1
    assert "2 kicks" not in client.get("/admin/").content.decode(), "it was shown"
    for _ in range(2):
        client.get(DASHBOARD_LINK)
    assert client.get("/admin/").content.decode().count("2 kicks count as other") == 1
    assert warnings(STASTE={"DASHBOARD_ACCESS": has_access_header}) == []
    assert client.get(DASHBOARD_LINK)["Location"] == "/stats/"


def test_admin_link_works_when_the_store_cannot_be_read(missing_folder):
    client = staff_client("unread")
    assert client.get(DASHBOARD_LINK)["Location"] == "/stats/"
