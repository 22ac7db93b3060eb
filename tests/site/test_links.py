"""Internal links and anchors of the built site."""

from __future__ import annotations

import re
import zlib
from html import unescape
from urllib.parse import unquote, urldefrag

import pytest

from .conftest import SITE, pages

_HREF = re.compile(r"""<(?:a|link|script|img)\b[^>]*?\s(?:href|src)=["']([^"']*)["']""")
_ID = re.compile(r"""\s(?:id|name)=["']([^"']*)["']""")


def broken(site, names) -> tuple[int, list[str]]:
    """How many internal links the pages hold, and those that lead nowhere."""
    ids = {name: {unescape(id) for id in _ID.findall((site / name).read_text(encoding="utf-8"))} for name in names}
    count, wrong = 0, []
    for name in names:
        for link in map(unescape, _HREF.findall((site / name).read_text(encoding="utf-8"))):
            if re.match(r"[a-z]+:|//", link):
                continue
            count += 1
            path, anchor = urldefrag(link)
            file = (site / name).parent / unquote(path.split("?")[0]) if path else site / name
            target = file.resolve()
            if not target.is_file():
                wrong.append(f"{name}: {link}: no such file")
            elif anchor and target.suffix == ".html":
                to = target.relative_to(site.resolve()).as_posix()
                if unquote(anchor) not in ids.get(to, ()):
                    wrong.append(f"{name}: {link}: no such anchor")
    return count, wrong


def test_every_internal_link_leads_somewhere(record_property):
    if not pages():
        pytest.fail("no built book: run `make site` first")
    count, wrong = broken(SITE, pages())
    record_property("links", count)
    assert count > 0
    assert not wrong, "\n".join(wrong)


def test_a_link_to_nowhere_is_noticed(tmp_path):
    """Planted faults: a missing file, a missing anchor."""
    (tmp_path / "a.html").write_text('<a href="b.html">x</a> <a href="#no">x</a> <a href="a.html#yes" id="yes">x</a>')
    count, wrong = broken(tmp_path, ["a.html"])
    assert count == 3
    assert len(wrong) == 2


def test_our_files_are_asked_for_by_what_is_in_them():
    """So that nobody's browser or host gives a new page an old script."""
    asked = {
        link.split("_static/explore/")[1]
        for name in pages()
        for link in _HREF.findall((SITE / name).read_text(encoding="utf-8"))
        if "_static/explore/" in link
    }
    files = {link.split("?")[0] for link in asked}
    assert {"element.js", "book.css"} < files
    here = SITE / "_static" / "explore"
    sums = {file: zlib.crc32((here / file).read_bytes().replace(b"\r", b"")) for file in files}  # as Sphinx counts
    assert asked == {f"{file}?v={sum:08x}" for file, sum in sums.items()}
