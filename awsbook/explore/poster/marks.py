"""The data as SVG: lines, marks, bars, levels and moments, and the legend that names them."""

from __future__ import annotations

import math

from .axes import FONT
from .frame import LEGEND_ROW
from .svg import colour_of, decimal, dots, escape, path, percent, runs, stroke
from .variants import merged, within

ROW_TOP = LEGEND_ROW / 2 + 5  # px from the legend's top to the middle of its first row
SYMBOLS = {  # paths for a radius of 1
    "square": "M1 1H-1V-1H1Z",
    "diamond": "M1.3 0L0 1.3L-1.3 0L0-1.3Z",
    "cross": "M1.2.4H.4V1.2H-.4V.4H-1.2V-.4H-.4V-1.2H.4V-.4H1.2Z",
    "x": "M0 .57l.57.57l.57-.57l-.57-.57l.57-.57l-.57-.57l-.57.57l-.57-.57l-.57.57l.57.57l-.57.57l.57.57Z",
    "triangle-up": "M-1.15.5H1.15L0-1Z",
}
_ROOT2 = 8 * math.sqrt(2)
PATTERNS = {  # Plotly's, at its usual size 8 and solidity .3: side, then the drawing
    "/": (_ROOT2, '<path d="M-2.83 2.83l5.66-5.66M0 11.31L11.31 0M8.49 14.14l5.66-5.66" stroke-width="2.4"/>'),
    "\\": (_ROOT2, '<path d="M8.49-2.83l5.66 5.66M0 0L11.31 11.31M-2.83 8.49l5.66 5.66" stroke-width="2.4"/>'),
    "x": (_ROOT2, '<path d="M-2.83 2.83l5.66-5.66M0 11.31L11.31 0M8.49 14.14l5.66-5.66M8.49-2.83l5.66 5.66'
                  'M0 0L11.31 11.31M-2.83 8.49l5.66 5.66" stroke-width="1.31"/>'),
    "-": (8, '<path d="M0 4H8" stroke-width="2.4"/>'),
    ".": (8, '<circle cx="4" cy="4" r="2.47"/>'),
}  # fmt: skip


def _phase(x_box, y_box):
    """Attributes that let patterns start at the plot's corner, as Plotly's do, not at the boxes'."""
    shares, px = "", []
    for letter, near, far in (("x", x_box.before, x_box.after), ("y", y_box.after, y_box.before)):
        a, b = (5 if reach.padded else 0 for reach in (near, far))
        lead = a / (100 - a - b)
        shares += f' {letter}="-{percent(lead)}"' if lead else ""
        px.append(decimal(-near.px * (1 + lead) - far.px * lead))
    return shares + (f' patternTransform="translate({" ".join(px)})"' if px != ["0", "0"] else "")


class Marks:
    """The drawn data: `rects` bars, `paths` lines and round marks, `symbols` the rest."""

    def __init__(self, frame, name):
        self.frame, self.name = frame, name
        self.defs = self.rects = self.paths = self.symbols = self.levels = self.moments = ""
        self._defined: dict[str, str] = {}
        self.phase = _phase(frame.x_box, frame.y_box)

    def define(self, key, body):
        """The id of a definition, made at its first use."""
        if key not in self._defined:
            self._defined[key] = f"{self.name}{len(self._defined)}"
            self.defs += body.replace("ID", self._defined[key])
        return self._defined[key]

    def draw(self, data, layout):
        for trace in data:
            if trace["type"] == "scatter":
                self.scatter(trace)
        self.bars([trace for trace in data if trace["type"] == "bar"])
        self.shapes(layout.get("shapes", ()), layout.get("annotations", ()))

    def scatter(self, trace):
        x, y = self.frame.x, self.frame.y
        places = [
            None
            if (a := x.linear(v)) is None or (b := y.linear(w)) is None
            else (self.frame.x_box.share(a), 1 - self.frame.y_box.share(b))
            for v, w in zip(trace["x"], trace["y"], strict=True)
        ]
        if trace["mode"] == "lines":
            self._line(trace, places)
        else:
            texts = [t for p, t in zip(places, trace.get("text", []), strict=False) if p]
            self._markers(trace, [p for p in places if p], texts)

    def _line(self, trace, places):
        line = trace["line"]
        colour, step = colour_of(line["color"]), line.get("shape") == "hv"
        stretches = runs(places)
        if trace.get("fill"):
            foot = 1 - self.frame.y_box.share(0.0) if self.frame.y.kind == "linear" else 2.0
            area = "".join(path(run, step, foot) for run in stretches)
            self.paths += f'<path fill="{colour}" fill-opacity=".5" d="{area}"/>'
        drawn = "".join(path(run, step) for run in stretches)
        self.paths += (
            f'<path fill="none" stroke="{colour}" {stroke(line)} stroke-miterlimit="2" '
            f'vector-effect="non-scaling-stroke" d="{drawn}"/>'
        )

    def _markers(self, trace, places, texts):
        marker = trace["marker"]
        colour, size = colour_of(marker["color"]), marker["size"]
        symbol = marker.get("symbol", "circle")
        if symbol == "circle":
            self.paths += (
                f'<path stroke="{colour}" stroke-width="{size}" stroke-linecap="round" '
                f'vector-effect="non-scaling-stroke" d="{dots(places)}"/>'
            )
        else:
            drawing = f'<path id="ID" transform="scale({size / 2:g})" d="{SYMBOLS[symbol]}"/>'
            shape = self.define(f"{symbol}{size}", f"<defs>{drawing}</defs>")
            uses = "".join(f'<use href="#{shape}" x="{percent(x)}" y="{percent(y)}"/>' for x, y in places)
            self.symbols += f'<g fill="{colour}">{uses}</g>'
        if texts:
            up = FONT / 4 + size / 1.6 + 1
            words = "".join(
                f'<text x="{percent(x)}" y="{percent(y)}">{escape(str(t))}</text>'
                for (x, y), t in zip(places, texts, strict=True)
            )
            self.symbols += f'<g text-anchor="middle" transform="translate(0 {decimal(-up)})">{words}</g>'

    def bars(self, traces):
        for i, trace in enumerate(traces):
            rects = "".join(
                f'<rect x="{percent(bar.left)}" y="{percent(1 - bar.ceiling)}" '
                f'width="{percent(bar.right - bar.left)}" height="{percent(bar.ceiling - bar.floor)}"/>'
                for bar in self.frame.bars
                if bar.trace == i
            )
            self.rects += f'<g fill="{self._bar_fill(trace)}">{rects}</g>'

    def _bar_fill(self, trace):
        colour = colour_of(trace["marker"]["color"])
        pattern = trace["marker"].get("pattern", {}).get("shape", "")
        if not pattern:
            return colour
        side, drawing = PATTERNS[pattern]
        return f"url(#{self._pattern(pattern, colour, side, drawing, '')})"

    def _pattern(self, pattern, colour, side, drawing, transform):
        paint = f'fill="{colour}"' if pattern == "." else f'stroke="{colour}"'
        return self.define(
            f"{pattern}{colour}{transform}",
            f'<pattern id="ID" width="{decimal(side)}" height="{decimal(side)}" patternUnits="userSpaceOnUse"'
            f"{self.phase}{transform} {paint}>{drawing}</pattern>",
        )

    def shapes(self, shapes, notes):
        """Levels and moments, and their labels; one that is out of a fixed range is not drawn, as in Plotly."""
        frame = self.frame
        for shape in shapes:
            paint = f'stroke="{colour_of(shape["line"]["color"])}" {stroke(shape["line"])}'
            if shape.get("xref") == "paper":
                share = frame.y_box.share(frame.y.linear(shape["y0"]))
                if 0 <= share <= 1:
                    at = percent(1 - share)
                    self.levels += f'<line x2="100%" y1="{at}" y2="{at}" {paint}/>'
            else:
                share = frame.x_box.share(frame.x.linear(shape["x0"]))
                if 0 <= share <= 1:
                    at = percent(share)
                    self.moments += f'<line x1="{at}" x2="{at}" y1="100%" y2="0" {paint}/>'
        for note in notes:
            words = f'fill="{colour_of(note["font"]["color"])}">{escape(note["text"])}</text>'
            if note.get("xref") == "paper":
                share = frame.y_box.share(note["y"])
                if 0 <= share <= 1:
                    self.levels += f'<text x="100%" y="{percent(1 - share)}" dx="-2" dy="-5" text-anchor="end" {words}'
            else:
                share = frame.x_box.share(note["x"])
                if 0 <= share <= 1:
                    self.moments += f'<text x="{percent(share)}" y="14" dx="2" {words}'


def draw_legend(frame, name, rules, spells):
    items = []
    marks = Marks(frame, name + "l")
    marks.phase = ""
    for i, trace in enumerate(frame.legend_traces):
        left, top = spells[-1][2].items[i]
        items.append(
            f'<g class="{name}i{i}" transform="translate({decimal(left)} {decimal(top)})">{_legend_mark(marks, trace)}'
            f'<text x="40" y="5.1">{escape(trace["name"])}</text></g>'
        )
    for first, last, places in merged(spells, lambda state: state.items)[:-1]:
        moved = "".join(
            f".{name}i{i}{{transform:translate({decimal(a)}px,{decimal(b)}px)}}" for i, (a, b) in enumerate(places)
        )
        rules.append(within(first, last, moved))
    below = percent(1 - frame.figure["layout"]["legend"]["y"])
    return f'{marks.defs}<svg y="{below}"><g transform="translate(0 {decimal(ROW_TOP)})">{"".join(items)}</g></svg>'


def _legend_mark(marks, trace):
    if trace["type"] == "bar":
        colour = colour_of(trace["marker"]["color"])
        pattern = trace["marker"].get("pattern", {}).get("shape", "")
        fill = colour
        if pattern:
            small = ' patternTransform="scale(.8)"'
            fill = f"url(#{marks._pattern(pattern, colour, *PATTERNS[pattern], small)})"
        return f'<path fill="{fill}" transform="translate(20)" d="M6 6H-6V-6H6Z"/>'
    if trace["mode"] == "lines":
        colour = colour_of(trace["line"]["color"])
        area = f'<path fill="{colour}" fill-opacity=".5" d="M5 0h30v6h-30z"/>' if trace.get("fill") else ""
        return f'{area}<path stroke="{colour}" {stroke(trace["line"])} d="M5 0h30"/>'
    marker = trace["marker"]
    size = min(16, max(2, marker["size"]))
    colour = colour_of(marker["color"])
    if marker.get("symbol", "circle") == "circle":
        return f'<circle cx="20" r="{size / 2:g}" fill="{colour}"/>'
    return f'<path transform="translate(20)scale({size / 2:g})" fill="{colour}" d="{SYMBOLS[marker["symbol"]]}"/>'
