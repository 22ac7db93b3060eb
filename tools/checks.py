"""Every check there is, in order, each with its count; the last line says what happened and what was skipped.

    python tools/checks.py              all of them
    python tools/checks.py code labs    some of them, while working: style, code, site, links, labs, chapters, browser,
                                        binder

links, chapters and browser look at what `site` or `make site` last built: build anew after a change.
Where CI=true, a skip is a failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build"
BROWSER_TESTS = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "tests/site").glob("test_browser_*.py"))


@dataclass
class Outcome:
    """What one gate saw: how many of what, whether all were right, what it skipped and why."""

    ok: bool
    count: int
    what: str
    skipped: list[str] = field(default_factory=list)


def run(*command: str, **environment: str) -> int:
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, check=False).returncode


def pytest(what: str, *arguments: str, **environment: str) -> Outcome:
    """Runs pytest and counts from its own report."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = run(sys.executable, "-m", "pytest", f"--junitxml={report}", *arguments, **environment)
        if not report.is_file():
            return Outcome(False, 0, what)
        cases = list(ET.parse(report).iter("testcase"))
    # a reason's first line: what a browser adds would push the verdict off the last line
    skips = [
        (skip.get("message") or "no reason given").splitlines()[0] for case in cases for skip in case.iter("skipped")
    ]
    return Outcome(code == 0, len(cases) - len(skips), what, sorted(set(skips)))


def style() -> Outcome:
    files = sum(1 for room in ("awsbook", "tests", "tools", "benchmarks") for _ in (ROOT / room).rglob("*.py"))
    ok = run(sys.executable, "-m", "ruff", "check", "-q") == 0
    ok = (
        run(sys.executable, "-m", "ruff", "format", "--check", "-q", "awsbook", "tests", "tools", "benchmarks") == 0
        and ok
    )
    return Outcome(ok, files, "files of Python")


def code() -> Outcome:
    needs_site = ["tests/site/test_links.py", "tests/site/test_executed.py", *BROWSER_TESTS]
    return pytest("tests of the code", "tests", "-n", "2", *(f"--ignore={path}" for path in needs_site))


def site() -> Outcome:
    ok = run(sys.executable, "tools/build.py") == 0
    pages = [page for page in BUILT.glob("html/**/*.html") if "_static" not in page.parts]
    return Outcome(ok, len(pages), "pages built")


def links() -> Outcome:
    return pytest("tests of links and executed notebooks", "tests/site/test_links.py", "tests/site/test_executed.py")


NBVAL = ("--nbval", "--nbval-cell-timeout=120", "-p", "no:cacheprovider")  # s; nbval itself would wait 2,000


def labs() -> Outcome:
    return pytest("lab cells against their outputs", *NBVAL, "labs")


def chapters() -> Outcome:
    executed = [str(path) for path in sorted(BUILT.glob("jupyter_execute/book/**/*.ipynb"))]
    if not executed:
        return Outcome(False, 0, "chapter cells replayed (none is there: `make site` executes them)")
    return pytest(
        "chapter cells replayed",
        *NBVAL,
        "--rootdir",
        str(ROOT),
        *executed,
        AWSBOOK_HOST="page",
    )


def browser() -> Outcome:
    return pytest("tests in the browser", *BROWSER_TESTS, "-n", "2")


def binder() -> Outcome:
    return pytest("tests of Binder's environment", "binder/check_binder.py")


GATES: dict[str, Callable[[], Outcome]] = {
    gate.__name__: gate for gate in (style, code, site, links, labs, chapters, browser, binder)
}

BUILT_BEFORE = "it looks at the last build; after a change run `make site` first"
# what is not plain from the failure itself
HINTS = {
    "style": "`ruff format` and `ruff check --fix`, both in .venv/bin, mend most of it",
    "labs": "`+` is what is stored, `-` what the cell gives now; store what is right: CONTRIBUTING.md, 'Add a lab'",
    "links": BUILT_BEFORE,
    "chapters": BUILT_BEFORE,
    "browser": BUILT_BEFORE,
}


def main() -> int:
    wanted = sys.argv[1:] or list(GATES)
    if {"-h", "--help"} & set(wanted):
        print(__doc__)
        return 0
    if unknown := [name for name in wanted if name not in GATES]:
        print(f"test: no gate {', '.join(unknown)}; there are {', '.join(GATES)}")
        return 2
    strict = os.environ.get("CI") == "true"
    began, failed, lines, skipped = time.monotonic(), [], [], []
    for name in wanted:
        print(f"--- {name}", flush=True)
        start = time.monotonic()
        seen = GATES[name]()
        right = seen.ok and seen.count > 0 and not (strict and seen.skipped)
        failed += [] if right else [name]
        skipped += [f"{name}: {reason}" for reason in seen.skipped]
        lines.append(
            f"{'ok  ' if right else 'FAIL'} {name:9} {seen.count:5} {seen.what} ({time.monotonic() - start:.0f} s)"
        )
        if not right and name in HINTS:
            lines[-1] += f"\n     {name}: {HINTS[name]}"
        print(lines[-1], flush=True)
    print("\n" + "\n".join(lines))
    left_out = f"; skipped: {'; '.join(skipped)}" if skipped else "; nothing skipped"
    verdict = f"FAILED in {', '.join(failed)}" if failed else f"{len(wanted)} gates passed"
    print(f"test: {verdict} in {time.monotonic() - began:.0f} s{left_out}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("test: stopped before all was checked")
