"""The book's page beside other ways to let a page's Python run in the browser, with the same content, in one run.

    python benchmarks/beside.py --runs 5        prints a table (Markdown); the first run fills .vendor/beside/, 250 MB

A  the book: the page of a chapter as it is built, with everything else that stands on it
B  thebe with thebe-lite: a page with one cell
C  JupyterLite's console in a frame ("replite"), as jupyterlite-sphinx sets it, with the same cell
D  Pyodide from npm with its own defaults, in a worker of an empty page, to the model's first answer: a yardstick

The content is the explorable `ebs.gp2_burst`: the same Python package answers in all four; B and C show it with two
ipywidgets sliders, `interactive_output` and Plotly. "First picture" is the end of the first frame with the figure in
it. "Live" is the end of the first frame with a figure that this page's own Python computed. "Redraw" is from a step
of a slider to the end of the first frame that shows the sentence of the new setting with its figure; a frame is 16 ms.
Bytes and requests are what the server sent until live. A run visits A, B, C, D one after the other, each in a new
browser profile for "cold", and again in it for "warm"; compare ratios, not times.

What is unfair. For B and C: their pages hold nothing but the cell, while A's is a chapter with a theme and ten more
explorables; both get all wheels at once from a lock file of ours instead of one by one with piplite, without jedi's
in B; neither brings the plotly package to Python; what they ask of other hosts fails at once instead of being waited
for; B redraws with Plotly.react in one fixed place, because it has no renderer for Plotly's type. Against them: A's
first picture is one that the build drew, no Plotly, and B and C could put an image there, too; the full Plotly is
part of C's renderer; A's parts were shrunk by the book's build, B's and C's are as published; A's figure while a
handle moves is drawn by Python, and Plotly's only when it rests.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "beside"))
import fetch
import measure
import pages

from awsbook.lab.engines import free_port

ROOT = Path(__file__).parents[1]
BOOK_PAGE = "book/storage/ebs.html"
# two controls that differ from the start, for which the build has computed no answer, and not far from it, so that the
# steps that follow are almost those of B and C
ASKS = "?ebs.gp2_burst.size_gib=140&ebs.gp2_burst.demand_iops=3150"
ROWS = {  # row: (key, what stands for its values, unit)
    "first picture, cold (s)": ("picture", statistics.median),
    "live, cold (s)": ("live", statistics.median),
    "live, warm (s)": ("live, warm", statistics.median),
    "redraw, median (ms)": ("redraw", statistics.median),
    "redraw, p95 (ms)": ("redraw", lambda values: statistics.quantiles(values, n=20)[-1]),
    "MB until live (gzip)": ("MB", statistics.median),
    "requests until live": ("requests", statistics.median),
    "requests to other hosts": ("foreign", statistics.median),
}


def hosts(site: Path, into: Path) -> list[measure.Host]:
    """The four sites, each in a folder below `into`. CannotFetch if npm or pip do not bring what they need."""
    shutil.copytree(site, into / "A")  # somebody may build while this runs
    ports = [free_port() for _ in range(4)]
    return [
        measure.Host("A", "the book", into / "A", BOOK_PAGE, ports[0], ASKS, free=False),
        measure.Host("B", "thebe-lite", into / "B", pages.thebe(into / "B"), ports[1]),
        measure.Host("C", "replite", into / "C", pages.replite(into / "C"), ports[2]),
        measure.Host("D", "Pyodide alone", into / "D", pages.alone(into / "D"), ports[3]),
    ]


def table(measured: list[measure.Host]) -> list[str]:
    """The rows, with how many times A's value B's and C's is."""
    a, b, c, d = measured
    lines = [
        f"| | {' | '.join(f'{host.letter} {host.name}' for host in measured)} | B/A | C/A |",
        "|---|" + "---|" * 6,
    ]
    for row, (key, value) in ROWS.items():
        of = [value(host.rows[key]) if host.rows.get(key) else None for host in (a, b, c, d)]
        if key == "picture":
            of[3] = None  # it draws none
        ratios = [f"{other / of[0]:.1f}" if of[0] else "" for other in of[1:3]]
        lines.append(f"| {row} | {' | '.join('' if v is None else f'{v:.3g}' for v in of)} | {' | '.join(ratios)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="visits to each host (default 5)")
    parser.add_argument("--moves", type=int, default=40, help="steps of each slider in each visit (default 40)")
    parser.add_argument("--site", type=Path, default=ROOT / "_build" / "html", help="the built book")
    wanted = parser.parse_args()
    if wanted.runs < 1 or not 10 <= wanted.moves <= 50:
        parser.error("at least one run, and 10 to 50 moves: the first five are not counted, and the sliders end")
    if not (wanted.site / BOOK_PAGE).is_file():
        sys.exit("beside: there is no built book: run `make site` first")
    from playwright.sync_api import sync_playwright

    with ExitStack() as over, tempfile.TemporaryDirectory() as aside:
        try:
            measured = hosts(wanted.site, Path(aside))
        except fetch.CannotFetch as why:
            sys.exit(f"beside: {why}.")
        for host in measured:
            over.callback(host.serve().terminate)
        kind = over.enter_context(sync_playwright()).chromium
        try:
            for run in range(wanted.runs + 1):
                for host in measured:
                    print(f"run {run} of {wanted.runs}: {host.letter}", file=sys.stderr)
                    rows = measure.visit(kind, host, wanted.moves)
                    if run:  # the first time, the servers compress
                        host.note(rows)
        except measure.Silent as why:
            sys.exit(f"beside: {why}.")
        with measure.profile(kind) as (page, _):
            print(f"{page.evaluate('navigator.userAgent')}, {wanted.runs} runs.\n")
    print("\n".join(table(measured)))
    for host in measured:
        if host.others:
            print(f"\n{host.letter} asks {', '.join(sorted(host.others))}.")


if __name__ == "__main__":
    main()
