"""The pages in a browser: by pointer and keyboard, light and dark, wide and narrow, on paper, and without scripts.

    python pages.py PROGRAM CHROMIUM FOLDER

PROGRAM is the program `staste`; screenshots of the pages are written to FOLDER.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

PROGRAM, CHROMIUM, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])

# Reports violations of the content security policy.
LISTEN = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))"""

# Every kind of page.
PAGES = {
    "demo": "/",
    "overview": "/staste",
    "guests": "/staste/m/guests?last=7d&compare=before&pivot=gender,country",
    "split": "/staste/m/guests?last=30d&split=country&filter=gender=girl",
    "average": "/staste/m/requests?show=average&last=60m",
    "percentiles": "/staste/m/requests?last=60m&compare=before",
    "histogram": "/staste/m/requests/histogram?last=60m",
    "spread": "/staste/m/requests/spread?last=60m",
    "nothing": "/staste/m/guests?year=2001",
    "pie": "/staste/m/guests/pie?axis=country",
    "latest": "/staste/m/requests/latest?clean_date=1",
    "timeserie": "/staste/m/guests/timeserie?show_axis=country&timescale=day",
    "zone": "/staste/m/guests?last=24h&times=Asia/Kolkata",
    "refused": "/staste/m/guests?last=7x",
}


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        FOLDER.mkdir(parents=True, exist_ok=True)
        cls.server = subprocess.Popen([PROGRAM, "demo", "--no-open"], stdout=subprocess.PIPE, text=True)
        address = re.search(r"http://[^/]+", cls.server.stdout.readline())
        cls.home = address.group()
        cls.playwright = sync_playwright().start()
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()
        cls.server.terminate()
        assert cls.server.wait() == 0

    def page(self, **context):
        """Return a page that records its requests and errors; an error fails the test."""
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        self.addCleanup(context.close)
        page = context.new_page()
        page.add_init_script(LISTEN)
        self.requests, errors = [], []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))

        def record(message):
            # The browser also reports a response with an error status.
            if message.type == "error" and "Failed to load resource" not in message.text:
                errors.append(message.text)

        page.on("console", record)
        self.addCleanup(lambda: self.assertEqual(errors, []))
        return page

    def traffic(self, on):
        request = self.playwright.request.new_context()
        request.post(f"{self.home}/traffic", form={"on": "yes" if on else "no"})
        request.dispose()

    def kick(self):
        request = self.playwright.request.new_context()
        self.assertTrue(request.post(f"{self.home}/guest", form={"gender": "girl", "age": "18"}).ok)
        request.dispose()

    def unchanged(self):
        """Return how many requests for a page of a metrica had status 304."""
        request = self.playwright.request.new_context()
        address = f"{self.home}/staste/m/requests/top.json?axis=status&show=count&filter=view=/staste/m/{{name}}"
        rows = request.get(address).json()
        request.dispose()
        return sum(row["count"] for row in rows if row["choice"] == "3xx")

    def guests(self, page):
        return int(page.locator("dd").first.inner_text().replace(",", ""))

    def girls(self, page):
        # The larger part of the pie is its first row, which depends on the time of day.
        number = page.locator('#pie-guests-gender tr:has(bdi:text-is("girl")) td').first
        return int(number.inner_text().replace(",", ""))

    def test_form_of_the_demo_changes_its_charts(self):
        for script in (True, False):
            with self.subTest(script=script):
                self.traffic(False)
                page = self.page(java_script_enabled=script)
                page.goto(self.home)
                before, pie = self.guests(page), self.girls(page)
                page.get_by_label("your age").fill("33")
                page.get_by_label("Your gender").select_option("girl")
                page.get_by_role("button", name="I am here").click()
                self.assertEqual(self.guests(page), before + 1)
                self.assertEqual(self.girls(page), pie + 1)

    def test_click_on_a_bar_shows_its_period(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests?last=30d")
        page.locator("#course a.b").nth(20).click(force=True)
        page.wait_for_url("**/m/guests?year=*&month=*&day=*")
        expect(page.get_by_label("Period").get_by_role("listitem")).to_have_count(3)
        expect(page.locator("#course .bar")).not_to_have_count(0)
        page.get_by_label("Period").get_by_role("link").first.click()
        page.wait_for_url(re.compile(r"\?year=\d+$"))

    def test_click_on_a_choice_filters_until_it_is_removed(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests")
        page.locator("#axis-country").get_by_role("link", name="Latvia").click()
        chips = page.get_by_label("Filters").get_by_role("listitem")
        expect(chips).to_have_text(re.compile("country Latvia"))
        page.locator("#axis-gender").get_by_role("link", name="girl").click()
        expect(chips).to_have_count(3)
        page.get_by_role("link", name="Any country").click()
        expect(chips).to_have_count(1)
        page.get_by_role("link", name="Any gender").click()
        expect(chips).to_have_count(0)

    def test_choice_can_be_reached_by_keyboard(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests")
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent") == "girl":
                break
        self.assertNotEqual(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"), "none")
        page.keyboard.press("Enter")
        page.wait_for_url("**filter=gender=girl")

    def test_open_page_is_updated(self):
        self.traffic(False)
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests?last=1d&filter=age=18&show=total")
        total = page.locator("dd").first
        before, loads = total.get_attribute("title"), []
        page.on("load", lambda: loads.append(1))
        page.locator("#course summary").click()
        self.kick()
        expect(total).not_to_have_attribute("title", before, timeout=30_000)
        self.assertEqual(loads, [], "without being loaded again")
        expect(page.locator("#course details")).to_have_attribute("open", "")
        # An unchanged page has status 304, which the server counts, as the browser hides it.
        before = self.unchanged()
        for _ in range(120):
            if self.unchanged() > before:
                return
            page.wait_for_timeout(250)
        self.fail("no response 304 within half a minute")

    def test_page_without_its_server_says_so(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests?last=1d")
        page.route("**/*", lambda route: route.abort())
        expect(page.locator("body")).to_have_attribute("data-old", re.compile("Not updated since"), timeout=30_000)
        page.unroute("**/*")
        expect(page.locator("body")).not_to_have_attribute("data-old", re.compile("."), timeout=30_000)

    def test_tooltip_shows_the_numbers_at_the_pointer(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests?last=30d")
        page.locator("#course .hit").nth(10).hover(force=True)
        tip = page.locator(".tip")
        expect(tip).to_have_class("tip on")
        expect(tip).to_have_text(re.compile(r"\d{4}\s*total: [\d,]+"))

    def test_hours_are_shown_in_the_zone_of_the_reader(self):
        page = self.page(timezone_id="Asia/Kolkata")
        page.goto(f"{self.home}/staste/m/guests?last=24h&scale=hour")
        own = page.locator("#course .b title").first.text_content()
        page.get_by_role("link", name="hours in Asia/").click()
        page.wait_for_url("**times=Asia*")
        self.assertNotIn(":30", own)
        self.assertIn(":30", page.locator("#course .b title").first.text_content())
        page.get_by_role("link", name="back to UTC").click()
        page.wait_for_url(lambda url: "times" not in url)

    def test_view_is_chosen_on_the_latest_chart(self):
        page = self.page()
        page.goto(f"{self.home}/staste/m/guests")
        page.goto(f"{self.home}/staste/m/requests/latest")
        page.locator("select[name=view]").select_option("/staste/m/{name}")
        page.wait_for_url("**view=*")
        expect(page.locator("select[name=view]")).to_have_value("/staste/m/{name}")
        page.get_by_role("link", name="hour").click()
        page.wait_for_url("**scale=hour")
        expect(page.locator("select[name=view]")).to_have_value("/staste/m/{name}")

    def test_every_page_fits_every_screen(self):
        for name, address in PAGES.items():
            for width, scheme in [(1280, "light"), (1280, "dark"), (768, "light"), (360, "dark"), (320, "light")]:
                with self.subTest(page=name, width=width, scheme=scheme):
                    page = self.page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                    page.goto(self.home + address)
                    wide = page.evaluate("document.documentElement.scrollWidth")
                    self.assertLessEqual(wide, width)
                    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
                    light = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) > 380
                    self.assertEqual(light, scheme == "light")
                    page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)

    def test_warning_of_losses_fits_every_screen(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for words in ["define visits --axis page --cap page=1", "kick visits page=/", "kick visits page=/a"]:
            subprocess.run([PROGRAM, *words.split()], cwd=folder.name, check=True, capture_output=True)
        serve = [PROGRAM, "serve", "--listen", "127.0.0.1:0"]
        server = subprocess.Popen(serve, cwd=folder.name, stdout=subprocess.PIPE, text=True)
        # The last cleanup runs first.
        self.addCleanup(server.communicate)
        self.addCleanup(server.terminate)
        home = re.search(r"http://[^/]+", server.stdout.readline()).group()
        for width, scheme in [(1440, "light"), (1440, "dark"), (375, "light"), (375, "dark")]:
            with self.subTest(width=width, scheme=scheme):
                page = self.page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page.goto(home)
                for warning in ("1 kick counts as other", "Axes nearly at their caps"):
                    expect(page.get_by_role("status").filter(has_text=warning)).to_be_visible()
                self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                self.assertEqual(Axe().run(page).response["violations"], [])
                page.screenshot(path=FOLDER / f"warning-{width}-{scheme}.png", full_page=True)

    def test_page_requests_nothing_from_other_hosts(self):
        for address in PAGES.values():
            page = self.page()
            page.goto(self.home + address)
            page.wait_for_load_state("networkidle")
            self.assertTrue(self.requests)
            self.assertEqual([url for url in self.requests if not url.startswith(self.home)], [])

    def test_page_is_accessible(self):
        for name, address in PAGES.items():
            for scheme in ("light", "dark"):
                with self.subTest(page=name, scheme=scheme):
                    page = self.page(color_scheme=scheme)
                    page.goto(self.home + address)
                    for details in page.locator("summary").all():
                        details.click()
                    found = Axe().run(page).response["violations"]
                    grave = [
                        (it["id"], it["help"], [node["html"][:200] for node in it["nodes"]][:3])
                        for it in found
                        if it["impact"] in ("serious", "critical")
                    ]
                    self.assertEqual(grave, [])

    def test_printed_page_has_charts_and_no_controls(self):
        page = self.page(java_script_enabled=False)
        page.goto(f"{self.home}/staste/m/guests")
        page.emulate_media(media="print")
        expect(page.locator("#course svg.staste")).to_be_visible()
        expect(page.locator(".controls")).to_be_hidden()
        expect(page.get_by_role("navigation")).to_be_hidden()
        page.pdf(path=FOLDER / "guests.pdf", format="A4")

    def test_printed_percentiles_are_readable(self):
        page = self.page(java_script_enabled=False)
        page.goto(f"{self.home}/staste/m/requests?last=60m")
        page.emulate_media(media="print")
        for figure in ("#course", "#histogram", "#spread"):
            expect(page.locator(f"{figure} svg.staste")).to_be_visible()
        page.pdf(path=FOLDER / "requests.pdf", format="A4")

    def test_page_works_without_scripts(self):
        page = self.page(java_script_enabled=False)
        page.goto(f"{self.home}/staste/m/guests")
        page.get_by_text("Custom dates").click()
        page.get_by_label("From").fill("2026-01-01T00:00")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**since=2026-01-01T00*")
        page.get_by_role("link", name="30 days").click()
        expect(page.locator("#course .bar")).not_to_have_count(0)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
