"""One visit to one host: when its picture and its first answer were painted, and what it sent for that."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import fetch

sys.path.insert(0, str(fetch.HERE.parents[1] / "tools"))
import chromium

WATCH = (fetch.HERE / "watch.js").read_text(encoding="utf-8")
# a name that nobody knows fails at once, on every machine: what a page asks of other hosts costs it nothing here
ALONE = ["--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--no-proxy-server"]
LONGEST_S = 90
SETTLE_MS = 3000  # the browser's own start; what follows the first answer, and what it keeps for the next visit
WARMS_UP = 5  # first steps of a slider, which are not counted


class Silent(Exception):
    """A host that did not come to life; says which."""


@dataclass
class Host:
    """One site on one port, and what was measured there: {row: values}."""

    letter: str
    name: str
    folder: Path
    page: str
    port: int
    asks: str = ""  # the query with which its first answer can only be Python's
    free: bool = True
    rows: dict[str, list[float]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def serve(self) -> subprocess.Popen:
        """Its server, once it listens; a process of its own, because in this one it would wait for Playwright."""
        said = [sys.executable, str(fetch.HERE / "serving.py"), str(self.folder), str(self.port)]
        started = subprocess.Popen(said + ["--free"] * self.free, stdout=subprocess.PIPE)
        started.stdout.readline()
        return started

    def note(self, rows: dict[str, list[float]]) -> None:
        for row, values in rows.items():
            self.rows.setdefault(row, []).extend(values)

    def sent(self) -> list[tuple[str, int]]:
        """What it sent since the last time."""
        with urllib.request.urlopen(self.address + "counted") as answer:
            return json.load(answer)


@contextmanager
def profile(kind):
    """A page in a new profile without a way to any other host, and the addresses that it asks of other hosts.

    The browser has started and rests, as a reader's has: its start is not the page's.
    """
    with chromium.profile(kind, ALONE, viewport={"width": 1280, "height": 900}) as context:
        context.add_init_script(WATCH)
        foreign: list[str] = []
        context.on("request", lambda request: foreign.append(request.url) if _foreign(request.url) else None)
        context.pages[0].wait_for_timeout(SETTLE_MS)
        yield context.pages[0], foreign


def visit(kind, host: Host, moves: int) -> dict[str, list[float]]:
    """Cold and warm loads in a new profile, then `moves` steps of each slider: {row: values}."""
    rows = {}
    if host.asks:  # what is painted first does not depend on what is asked later
        with profile(kind) as (page, _):
            rows["picture"] = [_seen(page, host, host.page, "besidePicture")[0]]
    with profile(kind) as (page, foreign):
        host.sent()
        live, frame = _seen(page, host, host.page + host.asks, "besideLive")
        sent = host.sent()
        rows.setdefault("picture", [_painted(page, frame, "besidePicture") or live])
        rows |= {"live": [live], "MB": [sum(size for _, size in sent) / 1e6], "requests": [len(sent)]}
        page.wait_for_timeout(SETTLE_MS)
        rows["foreign"] = [len(set(foreign))]  # what fails is asked for again
        host.others |= {url.split("/")[2] for url in foreign}
        live, frame = _seen(page, host, host.page + host.asks, "besideLive")
        rows["live, warm"] = [live]
        page.wait_for_timeout(SETTLE_MS)
        steps = frame.evaluate("count => window.besideMoves(count)", moves) if moves else []
    firsts = range(0, len(steps), moves or 1)
    rows["redraw"] = [ms for first in firsts for ms in steps[first + WARMS_UP : first + moves]]
    return rows


def _foreign(url: str) -> bool:
    return url.startswith("http") and not url.startswith("http://127.0.0.1")


def _seen(page, host: Host, path: str, what: str):
    """Seconds from the start of the load until `what` was painted, and the frame in which. Silent if it never is."""
    page.goto(host.address + path, wait_until="commit")
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        for frame in page.frames:
            if _painted(page, frame, what) is not None:
                return _painted(page, frame, what), frame
        page.wait_for_timeout(50)
    raise Silent(f"{host.letter} ({host.name}) was not live within {LONGEST_S} s")


def _painted(page, frame, what: str) -> float | None:
    try:
        at = frame.evaluate(f"() => window.{what} ?? null")
    except Exception:  # a frame that is just being replaced by its page
        return None
    return None if at is None else (at - page.evaluate("() => performance.timeOrigin")) / 1000
