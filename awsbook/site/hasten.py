"""Lets the browser draw a page before it has run the page's scripts, and load together what is needed together.

Measured on one chapter: seven scripts of the theme stood in the head, each waited for before the next was asked for,
and the first paint after all of them.
"""

from __future__ import annotations

import re
from pathlib import Path

# deferred scripts run in their order, when the page is there
_BLOCKING = re.compile(r"<script(?![^>]*\b(?:defer|async|type)\b)([^>]*\bsrc=)")
# says the page's name to a script that is deferred now, so it must wait for it: as an inline module does
_PAGE_NAME = re.compile(r"<script>(?=DOCUMENTATION_OPTIONS\.pagename)")
_ENTRY = re.compile(r'( *)<script type="module" src="([^"]*explore/)element\.js')
_IMPORT = re.compile(r'^import .* from "\./([\w.]+)";', re.M)
_EXPLORABLE = re.compile(r'data-explorable="([^".]+)\.')
_STATIC = Path(__file__).parent / "static"


def hastened(html: str) -> str:
    """The page with nothing in its head that holds up the first paint but styles and the theme's choice of colours."""
    html = _PAGE_NAME.sub('<script type="module">', _BLOCKING.sub(r"<script defer\1", html))
    topics = ",".join(dict.fromkeys(_EXPLORABLE.findall(html)))
    return _ENTRY.sub(lambda found: _before(found[1], found[2], topics) + found[0], html, count=1)


def _before(indent, folder, topics):
    """The page's topics; what `element.js` imports, asked for with it and not after it; what need not wait for it."""
    imported = _IMPORT.findall((_STATIC / "element.js").read_text(encoding="utf-8"))
    return "".join(
        f"{indent}{tag}\n"
        for tag in (
            f'<meta name="awsbook-topics" content="{topics}" />',
            *(f'<link rel="modulepreload" href="{folder}{name}" />' for name in imported),
            f'<script type="module" async src="{folder}early.js"></script>',
        )
    )


def hasten(app, error):
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(hastened(page.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    app.connect("build-finished", hasten, priority=850)
