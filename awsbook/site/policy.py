"""The Content-Security-Policy of every page: nothing from elsewhere, no script but the site's own files.

The theme writes scripts into its pages; those, and only those, are allowed by their hash. Event handlers in
attributes cannot be: a page that has one fails the build.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from sphinx.errors import ExtensionError

# wasm-unsafe-eval: Python is a WebAssembly module. blob: and data: images: the drawing library's own.
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'"
)
_SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.S | re.I)
_NOT_CODE = re.compile(r"""\bsrc\s*=|type\s*=\s*["']?(?:application/(?:ld\+)?json|text/x-)""", re.I)
_HANDLER = re.compile(r"""<[a-z][^<>]*\son[a-z]+\s*=\s*["']""", re.I)
_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')


def policy_for(html: str) -> str:
    """The policy that lets exactly this page's own inline scripts run."""
    hashes = {
        base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        for attributes, code in _SCRIPT.findall(html)
        if not _NOT_CODE.search(attributes)
    }
    return POLICY.format(hashes="".join(f" 'sha256-{h}'" for h in sorted(hashes)))


def handlers(html: str) -> list[str]:
    """Elements with an event handler in an attribute, which the policy refuses to run."""
    return [found[:90] for found in _HANDLER.findall(_SCRIPT.sub("", html))]


def policy_of(html: str) -> str | None:
    """The policy that a finished page carries."""
    import html as entities

    found = _META.search(html)
    return entities.unescape(found.group(1)) if found else None


def seal(app, error):
    """Writes the policy into every page of the build."""
    if error or app.builder.format != "html":
        return
    pages = sorted(Path(app.outdir).rglob("*.html"))
    pages = [page for page in pages if "_static" not in page.parts]
    for page in pages:
        html = page.read_text(encoding="utf-8")
        if bad := handlers(html):
            raise ExtensionError(f"{page.name} has event handlers in attributes: {bad}")
        if "<head>" in html and not policy_of(html):
            meta = f'<head>\n<meta http-equiv="Content-Security-Policy" content="{escape(policy_for(html))}">'
            page.write_text(html.replace("<head>", meta, 1), encoding="utf-8")
    print(f"policy: {len(pages)} pages sealed")


def setup(app):
    app.connect("build-finished", seal, priority=900)
