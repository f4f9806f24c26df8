"""Takes the screenshot of the demo for the README.

    python picture.py PROGRAM CHROMIUM FILE
"""

import re
import subprocess
import sys
import time

from playwright.sync_api import sync_playwright

PROGRAM, CHROMIUM, FILE = sys.argv[1:4]
# Requests are made for this long, which the screenshot shows.
SECONDS = 130

server = subprocess.Popen([PROGRAM, "demo", "--no-open"], stdout=subprocess.PIPE, text=True)
home = re.search(r"http://[^/]+", server.stdout.readline()).group()
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 1080, "height": 1240})
    page.goto(home)
    client = playwright.request.new_context()
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        for path in ("/", "/staste", "/staste/m/guests", "/staste/m/guests?last=30d&split=country"):
            client.get(home + path)
        page.wait_for_timeout(900)
    page.goto(home)
    page.screenshot(path=FILE)
    browser.close()
server.terminate()
server.wait()
