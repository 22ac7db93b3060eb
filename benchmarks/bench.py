"""What a reader waits for, measured on the built site in Chromium, from the local server.

    make bench        prints a table (Markdown) of medians, with the machine's description
    python benchmarks/bench.py --runs 3

Times are of this machine on this day: compare within one run. "Seen" is the end of the first frame that is painted with
the first explorable's picture in it. "Alive" is data-state=ready for a setting that the page was opened with and that
only Python can answer: two controls differ from the start. "Pyodide alone" is the yardstick for it on a machine of
another speed, or a busy one: Pyodide as npm has it, in a worker of an empty page, to an explorable's first answer,
measured between the loads; what was to be reached is 0.57 of it cold and 0.69 warm. The first touch moves one slider to
its end, which an answer from the build serves. "Redraw" is from the input event to the frame after the new setting's
figure is drawn: a chart's by Python, as while a handle moves; of a view that computes long, the sketch with which it
begins. A steady hand goes up in even steps, and Python has the next answer ready; one that jumps makes no two steps
alike. Their yardstick, after the moves of each slider, is the same with nothing to do but to change a text. Each figure
is the median of as many rounds as there are loads, a round's median or 95th percentile over all sliders. A page is
opened in a new browser profile for "cold", in the same one again for "warm"; the profile is on disk, for a private
window keeps no compiled code. The browser has started and rests before a page is opened in it, as a reader's has:
otherwise its start, on both of this machine's cores, counts as the page's (a third of a second, in four runs of each).
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "benchmarks" / "beside")]
import pages  # noqa: E402

import chromium  # noqa: E402 (tools/ is no package)
import serve  # noqa: E402
from awsbook.lab.engines import free_port  # noqa: E402

SITE = ROOT / "_build" / "html"
# what was to be reached on the machine of the trial, over what Pyodide as it is took there: 1.2 / 2.110, 1.0 / 1.457
TO_REACH_TIMES_ALONE = {"alive, cold": 0.57, "alive, warm": 0.69}
REDRAW_MS = {"median": 17.5, "95th percentile": 33.5}  # one frame and two, and the clock's own half millisecond
TO_REACH = {
    "figure seen, cold": 0.5,
    "alive, cold": 1.2,
    "alive, warm": 1.0,
    "touch before start to redraw, cold": 0.7,
    "the same at 3 Mbit/s, 100 ms": 3,
}
# what MOVE measures: steps of one length, which Python sees coming; steps of all lengths; and no figure at all
HANDS = {"even": "slider to redraw, a steady hand", "jumps": "a hand that jumps", "texts": "nothing but a text"}
SCREEN = {"width": 1280, "height": 900}
# a browser's own start; and what it keeps of a page's code for the next visit, it writes after a while
SETTLE_MS = 4000
SLOW_LINE = {"offline": False, "latency": 100, "downloadThroughput": 3e6 / 8, "uploadThroughput": 3e6 / 8}
# These two run in the page before anything else, and are read when all is over: what Playwright itself puts into a page
# to look at it keeps the page busy for 50 ms, just when it starts. A frame is painted only once the styles are there.
WATCH = """(() => {
  const look = () => {
    const picture = document.querySelector(".ab-plot > *");
    if (picture && picture.getBoundingClientRect().height > 0) {
      requestAnimationFrame(() => setTimeout(() => (window.benchSeen = performance.now())));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
WATCH_ALIVE = """(() => {
  const look = () => {
    const first = document.querySelector("[data-explorable]");
    if (first?.dataset.state === "ready" && !first.hasAttribute("aria-busy")) window.benchAlive = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()"""
SEEN = """() => ({
  seen: window.benchSeen,
  files: [location.pathname, ...performance.getEntriesByType("resource")
    .filter(entry => entry.responseEnd <= window.benchSeen).map(entry => new URL(entry.name).pathname)],
})"""
MOVE = """async ([id, name, count]) => {
  const element = document.getElementById(id);
  const input = element.querySelector(`[data-control="${name}"]`);
  const plot = element.querySelector(".ab-plot");
  const low = Number(input.min), step = Number(input.step) || 1, steps = Math.round((input.max - low) / step);
  const stride = Math.max(1, Math.floor(0.6 * steps / count));
  const next = () => new Promise(frame => requestAnimationFrame(() => setTimeout(frame)));
  const times = async act => {  // one straight after the other: a frame that took long makes the next one short
    const taken = [];
    for (let i = 1; i <= count; i++) {
      const began = performance.now();
      if (await act(i)) {
        await next();
        taken.push(performance.now() - began);
      }
    }
    return taken;
  };
  const along = way => times(async i => {
    const at = low + Math.min(steps, Math.round(way(i))) * step;
    if (String(at) === input.value) return false;
    input.value = String(at);
    input.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise(answered => {
      const look = changes => {
        const drawn = changes.some(({target}) => plot.contains(target));
        if (drawn || !element.hasAttribute("aria-busy")) busy.disconnect(), answered();
      };
      const busy = new MutationObserver(look);  // to ask in a loop would keep one of the machine's cores
      busy.observe(element, {attributeFilter: ["aria-busy"]});
      busy.observe(plot, {childList: true, subtree: true, attributes: true, characterData: true});
      look([]);
    });
    return true;
  });
  const even = await along(i => Math.round(0.2 * steps) + i * stride);
  const jumps = await along(i => steps * (0.2 + 0.6 * (i * i * 0.618034 % 1)));
  const text = document.body.appendChild(document.createElement("p"));
  const texts = await times(i => (text.textContent = i));
  text.remove();
  return {even, jumps, texts};
}"""


def machine() -> str:
    model = next(
        (line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), platform.processor()
    )
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores ({model})"
    return f"{system}, Python {platform.python_version()}"


def _lines(path):
    return Path(path).read_text().splitlines() if Path(path).is_file() else []


def first_explorable(page: str) -> str:
    return re.search(r'data-explorable="([^"]+)"', (SITE / page).read_text(encoding="utf-8")).group(1)


def chapters() -> list[str]:
    """Pages with explorables, the front page first."""
    found = [
        p.relative_to(SITE).as_posix() for p in SITE.glob("book/**/*.html") if "data-explorable" in p.read_text("utf-8")
    ]
    return sorted(found, key=lambda page: (not page.endswith("index.html"), page))


class Visit:
    """One page in a private window, which rests before anything is opened in it."""

    def __init__(self, browser):
        self.context = browser.new_context(viewport=SCREEN)
        self.page = self.context.new_page()
        self.page.wait_for_timeout(SETTLE_MS)


@contextmanager
def rested(browser):
    """The page of a new profile on disk, whose browser has started and rests."""
    with chromium.profile(browser.browser_type, viewport=SCREEN) as context:
        context.pages[0].wait_for_timeout(SETTLE_MS)
        yield context.pages[0]


def wire(file: Path) -> int:
    data = file.read_bytes()
    return len(gzip.compress(data, 6)) if file.suffix in serve.COMPRESSED else len(data)


def wait_ready(page, id) -> float:
    """Page time at which the explorable said ready."""
    return page.evaluate(
        """id => new Promise(done => {
             const element = document.getElementById(id);
             const ready = () => element.dataset.state === "ready" && !element.hasAttribute("aria-busy");
             const look = () => ready() && (seen.disconnect(), requestAnimationFrame(() => done(performance.now())));
             const seen = new MutationObserver(look);
             seen.observe(element, {attributeFilter: ["aria-busy", "data-state"]});
             look();
           })""",
        id,
    )


def load(browser, address, page, runs, yardstick) -> dict[str, list[float]]:
    """Seconds until seen and alive, and until a first touch is answered; requests and bytes until seen."""
    id, measured = first_explorable(page), {}
    note = lambda name, value: measured.setdefault(name, []).append(value)  # noqa: E731 (a table's own verb)
    visit = Visit(browser)
    sliders = controls(visit.page, address, page, id)
    visit.context.close()
    query = "?" + "&".join(f"{id}.{slider['name']}={slider['max']}" for slider in sliders[:2])
    for _ in range(runs):
        visit = Visit(browser)
        visit.page.add_init_script(WATCH)
        visit.page.goto(address + page, wait_until="load")
        visit.page.wait_for_timeout(300)
        answer = visit.page.evaluate(SEEN)
        note("figure seen, cold", answer["seen"] / 1000)
        files = {SITE / path.lstrip("/") for path in answer["files"]}
        note("requests until seen", len(files))
        note("kB (gzip) until seen", sum(wire(file) for file in files if file.is_file()) / 1000)
        visit.context.close()

        *times, arrived = alive(browser, address, page, id, query)
        note("alive, cold", times[0])
        note("alive, warm", times[1])
        note("kB (gzip) until alive", arrived / 1000)
        with rested(browser) as opened:
            for name in ("Pyodide alone, cold", "Pyodide alone, warm"):
                note(name, alone(opened, yardstick))
                opened.wait_for_timeout(SETTLE_MS)

        note("touch before start to redraw, cold", first_touch(browser, address, page, id, sliders[0]["name"]))
        note("the same at 3 Mbit/s, 100 ms", first_touch(browser, address, page, id, sliders[0]["name"], SLOW_LINE))
    return measured


def alive(browser, address, page, id, query) -> tuple[float, float, int]:
    """Seconds until a setting in the address that only Python can answer is answered, cold and warm; gzip bytes."""
    loaded, times = set(), []
    with rested(browser) as opened:
        opened.on("response", lambda response: loaded.add(response.url.split("?")[0].removeprefix(address)))
        opened.add_init_script(WATCH_ALIVE)
        for _ in range(2):
            opened.goto(address + page + query, wait_until="commit")
            opened.wait_for_timeout(SETTLE_MS)
            wait_ready(opened, id)
            times.append(opened.evaluate("window.benchAlive") / 1000)
            opened.wait_for_timeout(SETTLE_MS)
    return (*times, sum(wire(SITE / path) for path in loaded if (SITE / path).is_file()))


ALONE = """async address => {
  const began = performance.now();
  const worker = new Worker(address, {type: "module"});
  await new Promise((answered, failed) => { worker.onmessage = answered; worker.onerror = failed; });
  return performance.now() - began;
}"""


def pyodide_alone(folder) -> Path:
    site = Path(folder) / "alone"
    pages.alone(site)
    return site


def alone(page, address) -> float:
    """Seconds from the start of Pyodide's worker to its first answer, on a page that is only a text."""
    page.goto(address + "alone.js", wait_until="load")
    return page.evaluate(ALONE, address + "alone.js") / 1000


def first_touch(browser, address, page, id, slider, line=None) -> float:
    """Seconds from moving a slider to its end, before anything was started, to the redraw; on a line as described."""
    visit = Visit(browser)
    visit.page.add_init_script("window.IntersectionObserver = class { observe() {} disconnect() {} };")
    visit.page.goto(address + page, wait_until="load")
    if line:
        visit.context.new_cdp_session(visit.page).send("Network.emulateNetworkConditions", line)
    visit.page.wait_for_timeout(300)
    began = visit.page.evaluate(
        """([id, name]) => { const input = document.getElementById(id).querySelector(`[data-control="${name}"]`);
             input.value = input.max; const now = performance.now();
             input.dispatchEvent(new Event("input", {bubbles: true})); return now; }""",
        [id, slider],
    )
    answered = wait_ready(visit.page, id)
    visit.context.close()
    return (answered - began) / 1000


def controls(page, address, path, id) -> list[dict]:
    """The sliders of an explorable."""
    page.goto(address + path, wait_until="domcontentloaded")
    described = page.evaluate(
        """id => Object.entries(JSON.parse(document.getElementById(id).querySelector(".ab-spec").textContent).controls)
             .map(([name, control]) => ({name, ...control}))""",
        id,
    )
    return [control for control in described if control["kind"] == "slider"]


def middle_and_high(times) -> tuple[float, float]:
    """Median and 95th percentile."""
    return statistics.median(times), statistics.quantiles(times, n=20)[-1]


def one_round(page, id, sliders, moves) -> list[tuple[float, float]]:
    """Median and p95 (ms) of each of HANDS over all sliders, each moved once along."""
    seen = [page.evaluate(MOVE, [id, slider["name"], moves]) for slider in sliders]
    return [middle_and_high([ms for each in seen for ms in each[hand][2:]]) for hand in HANDS]  # the first warm up


def redraws(browser, address, page, rounds, moves) -> dict[str, list[tuple[float, float]]]:
    """For every explorable of a page: median and p95 (ms) of each of HANDS, the medians of those of the rounds."""
    visit = Visit(browser)
    ids = re.findall(r'data-explorable="([^"]+)"', (SITE / page).read_text(encoding="utf-8"))
    answer = {}
    for id in ids:
        sliders = controls(visit.page, address, page, id)
        visit.page.locator(f'[id="{id}"]').scroll_into_view_if_needed()
        visit.page.locator(f'[id="{id}"] .ab-reset').click()
        wait_ready(visit.page, id)  # the build answers first; Python is there when the page has settled
        visit.page.wait_for_timeout(SETTLE_MS)
        if sliders:
            seen = [one_round(visit.page, id, sliders, moves) for _ in range(rounds)]
            answer[id] = [
                tuple(map(statistics.median, zip(*of_hand, strict=True))) for of_hand in zip(*seen, strict=True)
            ]
    visit.context.close()
    return answer


@contextmanager
def served(program, folder, *more):
    """The address of a server of its own: in this process it would wait for Playwright."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, program, str(folder), str(port), *more], cwd=ROOT, stdout=subprocess.PIPE
    )
    server.stdout.readline()  # it says when it listens
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()


def timed(*command) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="page loads of each kind, and rounds of moves (default 5)")
    parser.add_argument(
        "--moves", type=int, default=25, help="moves of each kind for each slider (default 25; 0 leaves them out)"
    )
    parser.add_argument("--no-build", action="store_true", help="leave out the build and nbval times")
    wanted = parser.parse_args()
    from playwright.sync_api import sync_playwright

    lines = [f"Machine: {machine()}.", "", "| measure | median | to reach |", "|---|---|---|"]
    if not wanted.no_build:
        shutil.rmtree(ROOT / "_build", ignore_errors=True)
        lines.append(f"| build, cold | {timed(sys.executable, 'tools/build.py'):.0f} s | |")
        # every cell is run at every build, so that no page keeps an old output: what is saved is the packed Python
        lines.append(f"| build, again | {timed(sys.executable, 'tools/build.py'):.0f} s | |")
        lines.append(f"| nbval over the labs | {timed(sys.executable, '-m', 'pytest', '--nbval', 'labs'):.1f} s | |")
    with (
        tempfile.TemporaryDirectory() as aside,
        served("tools/serve.py", SITE) as address,
        served("benchmarks/beside/serving.py", pyodide_alone(aside), "--free") as yardstick,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**chromium.options())
        lines.append(f"| browser | Chromium {browser.version} | |")
        for page in ("book/index.html", "book/storage/ebs.html"):
            measured = load(browser, address, page, wanted.runs, yardstick)
            for name, times in TO_REACH_TIMES_ALONE.items():
                alone_there = measured[name.replace("alive", "Pyodide alone")]
                ratio = statistics.median(measured[name]) / statistics.median(alone_there)
                lines.append(f"| {name}, times Pyodide alone ({page}) | {ratio:.2f} | {times} |")
            for name, values in measured.items():
                unit = " s" if name in TO_REACH or "alone" in name else ""
                goal = (
                    f"{TO_REACH[name]} s"
                    if name in TO_REACH
                    else ("800" if name.startswith("kB (gzip) until seen") else "")
                )
                lines.append(f"| {name} ({page}) | {statistics.median(values):.3g}{unit} | {goal} |")
        lines += ["", f"| explorable | {' | '.join(f'{hand}, median ms | p95 ms' for hand in HANDS.values())} |"]
        lines.append("|---" * (1 + 2 * len(HANDS)) + "|")
        measured = {}
        for page in chapters()[1:] if wanted.moves else []:
            measured |= redraws(browser, address, page, wanted.runs, wanted.moves)
        lines += [
            f"| {id} | {' | '.join(f'{ms:.1f}' for pair in times for ms in pair)} |" for id, times in measured.items()
        ]
        browser.close()
    print("\n".join(lines))
    met = "; ".join(
        f"a {name} of at most {ms} ms: "
        + ", ".join(
            f"{sum(times[hand][i] <= ms for times in measured.values())} ({said})"
            for hand, said in enumerate(HANDS.values())
        )
        for i, (name, ms) in enumerate(REDRAW_MS.items())
    )
    print(f"bench: {wanted.runs} loads of each kind; of {len(measured)} explorables, {met}")


if __name__ == "__main__":
    main()
