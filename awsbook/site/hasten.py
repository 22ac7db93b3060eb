"""Lets the browser draw a page before it has run the page's scripts, and start Python's worker before that.

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
_ENTRY = re.compile(r'<script type="module" src="([^"]*explore/)element\.js')
_CHARSET = '<meta charset="utf-8" />'  # stays among the first bytes of a page, where browsers look for it
_EXPLORABLE = re.compile(r'data-explorable="([^".]+)\.')


def hastened(html: str) -> str:
    """The page with nothing in its head that holds up the first paint but styles and the theme's choice of colours."""
    html = _PAGE_NAME.sub('<script type="module">', _BLOCKING.sub(r"<script defer\1", html))
    entry = _ENTRY.search(html)
    if not entry:
        return html
    topics = ",".join(dict.fromkeys(_EXPLORABLE.findall(html)))
    return html.replace(_CHARSET, f"{_CHARSET}{_early(entry[1], topics)}", 1)


def _early(folder, topics):
    """The page's topics, and the script that need not wait for the page: in it, or it would be waited for itself."""
    code = (Path(__file__).parent / "early.js").read_text(encoding="utf-8")
    return (
        f'\n<meta name="awsbook-topics" content="{topics}" />'
        f'\n<script data-topics="{topics}" data-worker="{folder}worker.js">\n{code}</script>'
    )


def hasten(app, error):
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        page.write_text(hastened(page.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app):
    app.connect("build-finished", hasten, priority=850)
