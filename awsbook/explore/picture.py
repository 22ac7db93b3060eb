"""Pictures without axes: boxes, arrows, dots and words, as SVG that fits any width without a script.

x counts in per cent of the picture's width, y in px from its top, and text keeps its size: so the same picture serves a
phone and a wide screen. A colour is a token of the page ("@1", "@bad", "@muted", "@text"): light and dark follow by
themselves. Later shapes lie over earlier ones.
"""

from __future__ import annotations

from zlib import crc32

from .poster.svg import colour_of, escape
from .poster.svg import decimal as _n

FONT_PX, SMALL_PX, LINE_PX = 13, 11, 16
_HEAD = "M0 0L10 5L0 10z"
_NAME = "\0"  # stands for the picture's own name until its text is known
_CROSS = "M-1-1L1 1M1-1L-1 1"


def box(x, y, width, height, label="", *, colour="@1", dash=False, filled=True, text="middle"):
    """A rectangle with a label. x, width: per cent; y, height: px; text: where the label stands, "middle" or "start".

    A label of several lines has "\\n" between them.
    """
    return {
        "shape": "box", "x": x, "y": y, "width": width, "height": height, "label": label, "colour": colour,
        "dash": dash, "filled": filled, "text": text,
    }  # fmt: skip


def link(x1, y1, x2, y2, *, colour="@muted", dash=False):
    """A line between two places."""
    return {"shape": "line", "x1": x1, "y1": y1, "x2": x2, "y2": y2, "colour": colour, "dash": dash}


def arrow(x1, y1, x2, y2, *, colour="@muted", label="", dash=False):
    """A line with a head at (x2, y2), and its label above the middle."""
    return {**link(x1, y1, x2, y2, colour=colour, dash=dash), "head": True, "label": label}


def dot(x, y, *, radius=6, colour="@1", shape="circle", label=""):
    """A mark, radius in px: shape "circle", "ring", "square" or "cross"; its label stands to the right."""
    if shape not in ("circle", "ring", "square", "cross"):
        raise ValueError(f"shape {shape!r} is not circle, ring, square or cross")
    return {"shape": shape, "x": x, "y": y, "radius": radius, "colour": colour, "label": label}


def words(x, y, text, *, anchor="start", colour="@text", bold=False, small=False):
    """A line of text; (x, y) is the foot of its start, middle or end."""
    return {
        "shape": "words", "x": x, "y": y, "text": text, "anchor": anchor, "colour": colour, "bold": bold,
        "small": small,
    }  # fmt: skip


def picture(shapes, height):
    """The figure of a View: {"svg": text, "height": px}. ValueError if a shape stands outside the picture."""
    shapes = list(shapes)
    for shape in shapes:
        for key in ("x", "x1", "x2"):
            if not 0 <= shape.get(key, 0) <= 100:
                raise ValueError(f"{key} = {shape[key]} of {shape} is not within 0 and 100 per cent")
        for key in ("y", "y1", "y2"):
            if not 0 <= shape.get(key, 0) <= height:
                raise ValueError(f"{key} = {shape[key]} of {shape} is not within the height of {height} px")
    heads = sorted({shape["colour"] for shape in shapes if shape.get("head")})
    defs = "".join(
        f'<marker id="{_NAME}{i}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="{_HEAD}" fill="{colour_of(colour)}"/></marker>'
        for i, colour in enumerate(heads)
    )
    drawn = "".join(_DRAW[shape["shape"]](shape, heads) for shape in shapes)
    svg = (
        f'<svg class="ab-picture" width="100%" height="{_n(height)}" font-size="{FONT_PX}" aria-hidden="true">'
        f"{f'<defs>{defs}</defs>' if defs else ''}{drawn}</svg>"
    )
    # two pictures of one page must not share the names of their arrow heads
    return {"svg": svg.replace(_NAME, f"a{crc32(svg.encode()):08x}"), "height": height}


def painted(svg, palette):
    """The SVG with the page's colours replaced by those of `palette` ({"@1": "#0067a3"}): for hosts without them."""
    for token, colour in palette.items():
        svg = svg.replace(colour_of(token), colour)
    return svg.replace(colour_of("@text"), "currentColor")


def _text(x, y, text, colour, anchor="middle", more="", dx=0):
    shift = f' dx="{dx}"' if dx else ""
    at = f'x="{_n(x)}%" y="{_n(y)}"{shift} text-anchor="{anchor}"'
    return f'<text {at} fill="{colour_of(colour)}"{more}>{escape(text)}</text>'


def _dash(shape):
    return ' stroke-dasharray="5 4"' if shape["dash"] else ""


def _box(shape, _heads):
    x, y, width, height = (shape[key] for key in ("x", "y", "width", "height"))
    paint = colour_of(shape["colour"])
    fill = f'fill="{paint}" fill-opacity=".13"' if shape["filled"] else 'fill="none"'
    rect = (
        f'<rect x="{_n(x)}%" y="{_n(y)}" width="{_n(width)}%" height="{_n(height)}" rx="4" {fill} '
        f'stroke="{paint}" stroke-width="1.5"{_dash(shape)}/>'
    )
    lines = shape["label"].split("\n") if shape["label"] else []
    first = y + height / 2 - (len(lines) - 1) * LINE_PX / 2 + 0.35 * FONT_PX
    middle = shape["text"] == "middle"
    return rect + "".join(
        _text(x + width / 2, first + i * LINE_PX, line, "@text")
        if middle
        else _text(x, first + i * LINE_PX, line, "@text", "start", dx=8)
        for i, line in enumerate(lines)
    )


def _line(shape, heads):
    ends = " ".join(f'{key}="{_n(shape[key])}{"%" if key[0] == "x" else ""}"' for key in ("x1", "y1", "x2", "y2"))
    head = f' marker-end="url(#{_NAME}{heads.index(shape["colour"])})"' if shape.get("head") else ""
    line = f'<line {ends} stroke="{colour_of(shape["colour"])}" stroke-width="1.5"{_dash(shape)}{head}/>'
    if not shape.get("label"):
        return line
    return line + _text(
        (shape["x1"] + shape["x2"]) / 2, (shape["y1"] + shape["y2"]) / 2 - 5, shape["label"], shape["colour"]
    )


def _mark(shape, _heads):
    x, y, r, paint = shape["x"], shape["y"], shape["radius"], colour_of(shape["colour"])
    match shape["shape"]:
        case "circle":
            drawn = f'<circle cx="{_n(x)}%" cy="{_n(y)}" r="{_n(r)}" fill="{paint}"/>'
        case "ring":
            drawn = f'<circle cx="{_n(x)}%" cy="{_n(y)}" r="{_n(r)}" fill="none" stroke="{paint}" stroke-width="2"/>'
        case "square":
            at = f'x="{_n(x)}%" y="{_n(y - r)}" width="{_n(2 * r)}" height="{_n(2 * r)}"'
            drawn = f'<rect {at} transform="translate({_n(-r)} 0)" fill="{paint}"/>'
        case "cross":
            drawn = (
                f'<svg x="{_n(x)}%" y="{_n(y)}" overflow="visible"><path d="{_CROSS}" transform="scale({_n(r)})" '
                f'stroke="{paint}" stroke-width="2.5" vector-effect="non-scaling-stroke"/></svg>'
            )
    label = shape["label"]
    return drawn + (_text(x, y + 0.35 * FONT_PX, label, "@text", "start", dx=_n(r + 5)) if label else "")


def _words(shape, _heads):
    more = ' font-weight="650"' if shape["bold"] else ""
    more += f' font-size="{SMALL_PX}"' if shape["small"] else ""
    return _text(shape["x"], shape["y"], shape["text"], shape["colour"], shape["anchor"], more)


_DRAW = {
    "box": _box, "line": _line, "words": _words,
    "circle": _mark, "ring": _mark, "square": _mark, "cross": _mark,
}  # fmt: skip
