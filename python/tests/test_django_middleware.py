"""The middleware that counts requests."""

import asyncio

from django.test import AsyncClient, Client, override_settings

import django_site
from staste import _default_store
from staste.middleware import request_metrica


def counted_requests():
    """Return view, method, status and exception of each counted point."""
    points = dict(request_metrica().pivot("view", "method", "status", "exception"))
    return sorted(tuple(map(str, point)) for point in points)


def test_requests_are_counted_by_view_method_status_and_exception():
    client = Client(raise_request_exception=False)
    for address in ["/", "/nowhere/<script>", "/broken", "/later"]:
        client.get(address)
    client.post("/")
    client.generic("BREW", "/")
    site = django_site.__name__
    assert counted_requests() == sorted(
        [
            (f"{site}.front", "GET", "2xx", "(unset)"),
            (f"{site}.front", "POST", "2xx", "(unset)"),
            (f"{site}.front", "other", "2xx", "(unset)"),
            (f"{site}.later", "GET", "2xx", "(unset)"),
            (f"{site}.broken", "GET", "5xx", "LookupError"),
            ("unmatched", "GET", "4xx", "(unset)"),
        ]
    )
    assert request_metrica().count() == 6
    assert 0 < request_metrica().average() < 60


def test_stream_is_counted_once_when_it_ends_or_is_closed():
    client = Client()
    response = client.get("/stream")
    parts = iter(response.streaming_content)
    next(parts)
    assert counted_requests() == []
    assert b"".join(parts) == b"bc"
    assert counted_requests() == [(f"{django_site.__name__}.Stream", "GET", "2xx", "(unset)")]
    response.close()
    cancelled = client.get("/stream")
    parts = iter(cancelled.streaming_content)
    next(parts)
    # As servers do when the client disconnects.
    cancelled.close()
    assert request_metrica().filter(exception="cancelled").count() == 1
    unread = client.get("/stream")
    unread.close()
    assert request_metrica().count() == 3


def test_requests_under_asgi_are_counted():
    async def request():
        client = AsyncClient(raise_request_exception=False)
        assert (await client.get("/later")).content == b"later"
        assert (await client.get("/broken")).status_code == 500

    asyncio.run(request())
    assert [point[0].rsplit(".")[-1] for point in counted_requests()] == ["broken", "later"]


def test_pages_work_while_the_store_cannot_be_reached(missing_folder):
    client = Client()
    for _ in range(20):
        assert client.get("/").content == b"welcome"
    with override_settings(STASTE={"DASHBOARD_ACCESS": "everybody"}):
        assert client.get("/stats/").status_code == 503
    for address in ["/pie", "/pie?format=svg", "/timeserie"]:
        assert client.get(address).status_code == 503


def test_page_works_with_invalid_settings_unless_it_counts_itself():
    _default_store.replace_default(None)
    with override_settings(STASTE={"STORE": "no address"}):
        assert Client().get("/later").status_code == 200
