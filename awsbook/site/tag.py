"""One node for plain HTML elements, so that directives build trees and other builders still see the text."""

from __future__ import annotations

from html import escape

from docutils import nodes


class Tag(nodes.General, nodes.Element):
    """An HTML element around its children. Attributes: `tag`, and `html`, a dict of HTML attributes."""


def tag(name: str, html: dict | None = None, *children) -> Tag:
    """A Tag node. An attribute that is True stands alone (`checked`); one that is None is left out."""
    node = Tag("", *children)
    node["tag"], node["html"] = name, html or {}
    return node


def text(content: str) -> nodes.Text:
    return nodes.Text(content)


def link(content: str, to: str) -> Tag:
    """A link out of the book. (docutils' own reference stands only in text elements, and ours stand anywhere.)"""
    return tag("a", {"class": "reference external", "href": to}, text(content))


def _open(self, node):
    given = "".join(
        f" {name}" if value is True else f' {name}="{escape(str(value))}"'
        for name, value in node["html"].items()
        if value is not None
    )
    self.body.append(f"<{node['tag']}{given}>")


def _close(self, node):
    if node["tag"] != "input":
        self.body.append(f"</{node['tag']}>")


def _nothing(self, node):
    """Other builders print the children."""


def setup(app):
    other = (_nothing, _nothing)
    app.add_node(Tag, html=(_open, _close), latex=other, text=other, man=other, texinfo=other)
