"""Takes out of every page what Jupyter Book and its theme load and this book does not use.

Measured on one chapter: the icon script alone was 544 of 680 kB (gzip), and it blocked the first paint; the icon font
was 156 of 343 kB. Their dozen icons are drawn by `static/book.css` instead.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from sphinx.errors import ExtensionError

UNUSED = (
    "scripts/fontawesome.js",
    "sphinx-thebe.js",  # loaded twice, which is an error in the console
    "sphinx-thebe.css",
    "togglebutton.js",
    "togglebutton.css",
)
_PASSED_OVER = '".headerlink", "script", "style"'
NO_SENTENCES = '".onlyprint", ".fact-source", ".ab-controls", ".ab-plot", ".ab-noscript", ".ab-table", ".ab-buttons"'
_TAG = re.compile(
    r"<script\b[^>]*\bsrc=\"[^\"]*(?:{0})[^\"]*\"[^>]*>\s*</script>\n?|<link\b[^>]*\bhref=\"[^\"]*(?:{0})[^\"]*\"[^>]*/?>\n?".format(
        "|".join(map(re.escape, UNUSED))
    )
)
# Marks what was searched for. It writes into pictures and styles, too, and its link to take the marks away is one that
# the policy refuses; the list of results shows each find in its sentence. Only the search itself asks for a name of it.
_MARKS = re.compile(r'<script\b[^>]*\bsrc="[^"]*sphinx_highlight\.js[^"]*"[^>]*>\s*</script>\n?')
_THEBE_SETTINGS = re.compile(r"<script>(?:(?!</script>).)*THEBE_JS_URL(?:(?!</script>).)*</script>\n?", re.S)
_KERNEL_NAME = re.compile(r"<script>kernelName = .*?</script>\n?")
_THEBE_CONFIG = re.compile(r'<script type="text/x-thebe-config">.*?</script>\n?', re.S)
_ICONS = re.compile(r"@font-face\{[^}]*vendor/fontawesome[^}]*\}|(?<=\})(?:\.fa-[\w-]+:before,?)+\{content:[^}]*\}")
_TOGGLE_SETTINGS = re.compile(r"<script>(?:let toggle|var togglebutton)(?:(?!</script>).)*</script>\n?", re.S)


def trimmed(html: str) -> str:
    """The page without the unused files and the settings that belong to them."""
    # the corner of a pandas table heads nothing, and a screen reader would announce it as a heading
    html = html.replace("<th></th>", "<td></td>")
    # a folded output would be announced by other words than those that are shown
    html = html.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    for unused in (_TAG, _THEBE_SETTINGS, _THEBE_CONFIG, _KERNEL_NAME, _TOGGLE_SETTINGS):
        html = unused.sub("", html)
    return html if "searchtools.js" in html else _MARKS.sub("", html)


def passing_over(script: str) -> str:
    """The search's script, which shows what stands around a word: without what is no sentence in an article's text."""
    if _PASSED_OVER not in script:
        raise ExtensionError("searchtools.js no longer lists what an excerpt passes over")
    return script.replace(_PASSED_OVER, f"{_PASSED_OVER}, {NO_SENTENCES}")


def without_icons(styles: str) -> str:
    """The theme's styles without its icons and their fonts: a third of what the browser would load of them.

    Without it a browser that lays out the page before `static/book.css` has come asks for the fonts, too.
    """
    styles, found = _ICONS.subn("", styles)
    if not found:
        raise ExtensionError("the theme's styles no longer say where its icons are")
    return styles


def trim(app, error):
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        page.write_text(trimmed(html), encoding="utf-8")
    static = Path(app.outdir) / "_static"
    for name, change in (("searchtools.js", passing_over), ("styles/pydata-sphinx-theme.css", without_icons)):
        (static / name).write_text(change((static / name).read_text(encoding="utf-8")), encoding="utf-8")
    (static / "scripts/fontawesome.js").unlink(missing_ok=True)
    # a page that asked for a font of it after all would say so in the browser's console, where the tests listen
    shutil.rmtree(static / "vendor/fontawesome", ignore_errors=True)


def setup(app):
    app.connect("build-finished", trim, priority=800)
