"""The example site in a browser. `STASTE_CHROMIUM` is its path, and `STASTE_PICTURES` the folder for screenshots."""

import os
import pathlib
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

SITE = pathlib.Path(__file__).parent.parent / "examples/guests"
SERVE = """
import os, sys
sys.path.insert(0, sys.argv[1])
os.environ["DJANGO_SETTINGS_MODULE"] = "guests.settings"
from wsgiref.simple_server import make_server
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application
server = make_server("127.0.0.1", 0, StaticFilesHandler(get_wsgi_application()))
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture
def site_url(tmp_path):
    environment = {**os.environ, "GUESTS_DIR": str(tmp_path)}
    environment.pop("STASTE_STORE", None)
    command = [sys.executable, "-c", SERVE, str(SITE)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as site:
        yield f"http://127.0.0.1:{int(site.stdout.readline())}"
        site.terminate()


@pytest.fixture(scope="module")
def browser():
    # Playwright runs an event loop, in which Django refuses to use a database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["STASTE_CHROMIUM"], args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 360])
def test_submitted_form_changes_the_charts(site_url, browser, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    errors, requested = [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requested.append(request.url))
    page.goto(site_url)
    expect(page.locator("#guests")).to_have_text("0")
    for gender, age in [("girl", 33), ("boy", 19), ("girl", 18)]:
        page.get_by_label("Your gender").select_option(gender)
        page.get_by_label("your age").fill(str(age))
        page.get_by_role("button", name="I am here").click()
    expect(page.locator("#guests")).to_have_text("3")
    pie = page.locator(".chart-donut").first
    expect(pie.get_by_role("row", name="girl")).to_contain_text(re.compile("2.*66.7%"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=pathlib.Path(os.environ["STASTE_PICTURES"]) / f"django-{width}-{scheme}.png", full_page=True)
    page.get_by_label("your age").fill("999")
    page.evaluate("document.querySelector('form').noValidate = true")
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_role("alert")).to_contain_text("130")
    page.goto(site_url)
    # The chart of the site's own requests.
    expect(page.locator(".chart-timeline .bar")).not_to_have_count(0)
    page.get_by_role("link", name="Everything that is counted").click()
    page.get_by_role("link", name="guest_visits_gender_age").click()
    expect(page.locator("#course .bar")).not_to_have_count(0)
    page.goto(f"{site_url}/timeserie?timescale=minute&clean_date=1")
    expect(page.locator("svg.staste")).to_be_visible()
    assert errors == [] and all(url.startswith(site_url) for url in requested)
    context.close()
