"""The dashboard in a Django site."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory, override_settings

from django_site import has_access_header
from staste.urls import dashboard


def test_dashboard_without_setting_is_for_active_staff():
    client = Client()
    for address in ["/stats/", "/stats/m/guests"]:
        response = client.get(address)
        assert response.status_code == 302 and "login" in response["Location"], "a stranger is asked to log in"
    assert client.post("/stats/").status_code == 405

    def response_for(user):
        request = RequestFactory().get("/stats/")
        request.user = user
        return dashboard(request)

    assert response_for(User(is_staff=True)).status_code == 200
    for user in [User(), User(is_staff=True, is_active=False)]:
        with pytest.raises(PermissionDenied):
            response_for(user)


def test_dashboard_access_function_decides():
    client = Client()
    with override_settings(STASTE={"DASHBOARD_ACCESS": has_access_header}):
        assert client.get("/stats/", headers={"X-Access": "yes"}).status_code == 200
        assert client.get("/stats/", headers={"X-Access": "no"}).status_code == 302


def test_dashboard_access_function_that_is_async_lets_nobody_in():
    async def later(request):
        return False

    with override_settings(STASTE={"DASHBOARD_ACCESS": later}):
        assert Client(raise_request_exception=False).get("/stats/").status_code == 500


@override_settings(STASTE={"DASHBOARD_ACCESS": "everybody", "FRAME_ANCESTORS": "https://example.org"})
def test_dashboard_serves_all_its_pages_and_files():
    client = Client()
    client.get("/")
    overview = client.get("/stats/")
    page = overview.content.decode()
    assert "guests" in page and 'href="/stats/m/guests"' in page
    assert 'href="/stats/"' in page
    assert client.get("/%D1%81%D1%82%D0%B0%D1%82/m/guests").status_code == 200
    assert client.get("/of/7/m/guests").status_code == 200
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert style.startswith("/stats/static/")
    assert client.get(style)["Content-Type"] == "text/css; charset=utf-8"
    guests = client.get("/stats/m/guests?last=1d&filter=gender%3Dgirl")
    assert guests.status_code == 200 and b"back" not in guests.content
    again = client.get("/stats/m/guests?last=1d&filter=gender%3Dgirl", headers={"If-None-Match": guests["ETag"]})
    assert again.status_code == 304 and again.content == b""
    rows = json.loads(client.get("/stats/m/guests/top.json?axis=age").content)
    assert rows == [{"choice": "18", "total": 1, "share": 1.0}]
    assert client.get("/stats/m/gests").status_code == 404
    assert client.get("/stats/m/guests?last=7x").status_code == 400
    framed = client.get("/stats/m/guests/pie?axis=gender")
    assert "frame-ancestors https://example.org" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    assert "frame-ancestors 'none'" in overview["Content-Security-Policy"]
    assert "form-action" in overview["Content-Security-Policy"]


@override_settings(STASTE={"DASHBOARD_ACCESS": "everybody"})
def test_dashboard_shows_losses(store, fold_two_kicks):
    fold_two_kicks(store)
    page = Client().get("/stats/").content.decode()
    assert "Problems with counting" in page and "2 kicks count as other" in page
