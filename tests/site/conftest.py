"""What the browser tests share: the built site behind the local server, and a browser."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

import chromium

ROOT = Path(__file__).parents[2]

SITE = Path(os.environ.get("AWSBOOK_SITE", ROOT / "_build" / "html"))
BROWSER = os.environ.get("AWSBOOK_BROWSER", "chromium")


def missing(what: str):
    """Skips with the reason; where CI=true, fails with it."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def pages() -> list[str]:
    """Every page of the built book, as paths on the site."""
    if not SITE.is_dir():
        return []
    return sorted(p.relative_to(SITE).as_posix() for p in SITE.rglob("*.html") if "_static" not in p.parts)


def serving(folder: Path, handler=None):
    """Starts the local server on a free port; returns it and its address."""
    import serve

    made = serve.server(folder, handler=handler or serve.Handler)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    return made, f"http://127.0.0.1:{made.server_address[1]}/"


@pytest.fixture(scope="session")
def site():
    """The address of the built book."""
    if not pages():
        pytest.fail("no built book to look at: run `make site` first")
    made, address = serving(SITE)
    yield address
    made.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A browser: Debian's or the system's Chromium, or the one Playwright was told to install."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        options = chromium.options() if BROWSER == "chromium" else {}
        try:
            made = getattr(playwright, BROWSER).launch(**options)
        except Error as error:
            ways = f"apt install chromium, or .venv/bin/playwright install {BROWSER}"
            missing(f"no {BROWSER} to test with ({ways}): {error}"[:300])
        yield made
        made.close()


class Watched:
    """A page, with everything it complained of and every address it asked."""

    def __init__(self, browser, address: str, **context):
        self.address = address
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.problems: list[str] = []
        self.elsewhere: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("response", self._response)
        self.page.on("request", self._request)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _response(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.url}")

    def _request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.elsewhere.append(request.url)

    def open(self, path: str):
        self.page.goto(self.address + path, wait_until="load")
        return self.page

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()


@pytest.fixture
def watch(browser, site):
    """`watch(**context)` makes a Watched page on the site; all are closed after the test."""
    made = []

    def make(**context):
        made.append(Watched(browser, site, **context))
        return made[-1]

    yield make
    for one in made:
        one.context.close()
