"""Builds the book: every warning is an error, every cell is run.

python tools/build.py            the whole book, into _build/html
python tools/build.py --only book/storage/ebs     one chapter, into _build/only/ebs/_build/html, while writing it
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from awsbook.site.policy import POLICY

ROOT = Path(__file__).parents[1]
FAULT = re.compile(r"WARNING:|ERROR:|^\s+book/\S+:\d+: |^[\w.]*Error: \S|numbers with a unit")
COLOUR = re.compile(r"\x1b\[[\d;]*m")  # a failed cell's error comes in colour


def build(output: Path, toc: Path) -> None:
    """Runs jupyter-book. SystemExit with its own code if it fails."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    if not program:
        sys.exit("site: jupyter-book is not in this environment; `make site` makes one that has it")
    command = [program, "build", str(ROOT), "--path-output", str(output.parent)]
    command += ["--toc", str(toc), "-W", "-n", "--keep-going", "--all"]
    faults = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout:
            print(line, end="", flush=True)
            if FAULT.search(plain := COLOUR.sub("", line)):
                faults.append(plain)
    if running.returncode:
        # jupyter-book's own traceback pushes them off the screen
        print("".join(dict.fromkeys(faults)), end="", flush=True)
        sys.exit(f"site: the build failed (exit {running.returncode}); the reason stands above")


def lead_to(html: Path, root: str) -> None:
    """Puts our own page in place of Jupyter Book's redirect, which has no policy, no words and no icon."""
    (html / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>AWS by Experiment</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(hashes="")}">\n'
        f'<meta http-equiv="refresh" content="0; url={root}.html">\n<link rel="icon" href="_static/favicon.svg">\n'
        f'</head>\n<body><main><h1>AWS by Experiment</h1><p><a href="{root}.html">Open the book</a></p></main></body>\n'
        "</html>\n",
        encoding="utf-8",
    )


def only(chapter: str) -> Path:
    """A table of contents with one chapter, and the lab of the same name, which links to it and back."""
    if not any((ROOT / f"{chapter}{end}").is_file() for end in (".md", ".ipynb")):
        sys.exit(f"site: no chapter {chapter!r} (give its path without the ending, like book/storage/ebs)")
    toc = ROOT / "_build" / "only" / Path(chapter).name / "toc.yml"
    toc.parent.mkdir(parents=True, exist_ok=True)
    lab = f"labs/{Path(chapter).name}"
    beside = f"chapters:\n  - file: {lab}\n" if (ROOT / f"{lab}.ipynb").is_file() else ""
    toc.write_text(f"format: jb-book\nroot: {chapter}\n{beside}")
    return toc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="CHAPTER", help="build one chapter into _build/only/<its name>/")
    wanted = parser.parse_args().only
    began = time.monotonic()
    if wanted:
        toc = only(wanted)
        output, root = toc.parent / "_build", wanted
        os.environ["AWSBOOK_ONLY"] = wanted
        build(output, toc)
    else:
        output, root = ROOT / "_build", "book/index"
        build(output, ROOT / "_toc.yml")
    lead_to(output / "html", root)
    pages = len([page for page in (output / "html").rglob("*.html") if "_static" not in page.parts])
    where = (output / "html").relative_to(ROOT)
    print(f"site: {pages} pages in {where}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("site: stopped before it was built; what is in _build is of no use until the next build")
