"""Puts the browser's side of the book beside the pages: scripts, styles, Python and the drawing library.

They live outside any `_static` folder of the sources, because Jupyter Book adds every script it finds there to every
page; the worker and the drawing library must not run as page scripts.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..explore.scripts import joined, needed
from .pack import pack

STATIC = Path(__file__).parent / "static"
REPOSITORY = Path(__file__).parents[2]


def choose_html_outputs(app, config):
    """Explorables come out of cells as HTML; no ipywidgets script is ever needed on a page."""
    config.nb_mime_priority_overrides = [["html", "text/html", 5]]
    config.nb_ipywidgets_js = {}


def forgive_links_to_what_is_left_out(app, config):
    """A build of one chapter (tools/build.py --only) has nowhere to lead its links to the others."""
    if os.environ.get("AWSBOOK_ONLY"):
        config.suppress_warnings = [*config.suppress_warnings, "myst.xref_missing"]


def add_styles(app):
    app.add_css_file("explore/book.css")
    for script in ("facts", "print"):
        app.add_js_file(f"explore/{script}.js", type="module")


def add_life(app, pagename, templatename, context, doctree):
    """Only a page with an explorable loads the script that moves it."""
    if "<aws-explorable" in context.get("body", ""):
        app.add_js_file("explore/element.js", type="module")


def copy_explore(app):
    """`_static/explore`, before the pages are written: each address in them carries the checksum of the file there."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "explore"
    _replace(STATIC, folder)
    entry = STATIC / "element.js"
    for part in needed(entry):
        (folder / part.name).unlink()
    (folder / entry.name).write_text(joined(entry), encoding="utf-8")


def copy_pyodide(app, error):
    """`_static/pyodide`, packed."""
    if error or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    _replace(pack(REPOSITORY / "_build" / "pack"), static / "pyodide")
    for unused in static.glob("**/*.map"):
        unused.unlink()


def _replace(made, folder):
    if folder.exists():
        shutil.rmtree(folder)  # a build over an older one would keep its files
    shutil.copytree(made, folder)


def setup(app):
    os.environ["AWSBOOK_HOST"] = "page"  # the kernels that run the chapters inherit it: see awsbook.explore.show
    app.connect("config-inited", choose_html_outputs, priority=900)
    app.connect("config-inited", forgive_links_to_what_is_left_out)
    app.connect("builder-inited", add_styles)
    app.connect("html-page-context", add_life)
    app.connect("builder-inited", copy_explore)
    app.connect("build-finished", copy_pyodide)
