"""The picture of a figure that stands on the page before any script runs: SVG, drawn in plain Python.

It is what a reader sees first, without JavaScript, and in print. Plotly's drawing later takes exactly its place, so
sizes and ranges are Plotly's (see `poster_axes`). It follows the width of its place by itself: texts and marks stand
at shares of the plot, the data is stretched without its strokes, and what Plotly does by width (how many ticks, how
many rows of legend) is there in its few variants, of which a container query shows the right one.

Colours are the page's custom properties, so light and dark follow at once.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from zlib import crc32

from .poster_axes import BAR_GAP, FONT, LINE_BOX, TITLE_FONT, Axis, Box, PosterError, kind_of, ticks
from .poster_text import text_width

WIDTHS = range(200, 1001, 10)  # px of plot, from the narrowest phone to wider than any page's column
USUAL = 450  # px of plot: where one choice must serve all widths, it is right here
ITEM_GAP = 5  # px; Plotly's between legend items
LEGEND_ROW = LINE_BOX + 4.9  # px
ROW_TOP = LEGEND_ROW / 2 + 5  # px from the legend's top to the middle of its first row

_DASHES = {"solid": (), "dot": (1, 1), "dash": (3, 3), "longdash": (5, 5), "dashdot": (3, 1, 1, 1), "longdashdot": (5, 2, 1, 2)}  # fmt: skip
_SYMBOLS = {  # paths for a radius of 1
    "square": "M1 1H-1V-1H1Z",
    "diamond": "M1.3 0L0 1.3L-1.3 0L0-1.3Z",
    "cross": "M1.2.4H.4V1.2H-.4V.4H-1.2V-.4H-.4V-1.2H.4V-.4H1.2Z",
    "x": "M0 .57l.57.57l.57-.57l-.57-.57l.57-.57l-.57-.57l-.57.57l-.57-.57l-.57.57l.57.57l-.57.57l.57.57Z",
    "triangle-up": "M-1.15.5H1.15L0-1Z",
}
_ROOT2 = 8 * math.sqrt(2)
_PATTERNS = {  # Plotly's, at its usual size 8 and solidity .3: side, then the drawing
    "/": (_ROOT2, '<path d="M-2.83 2.83l5.66-5.66M0 11.31L11.31 0M8.49 14.14l5.66-5.66" stroke-width="2.4"/>'),
    "\\": (_ROOT2, '<path d="M8.49-2.83l5.66 5.66M0 0L11.31 11.31M-2.83 8.49l5.66 5.66" stroke-width="2.4"/>'),
    "x": (_ROOT2, '<path d="M-2.83 2.83l5.66-5.66M0 11.31L11.31 0M8.49 14.14l5.66-5.66M8.49-2.83l5.66 5.66'
                  'M0 0L11.31 11.31M-2.83 8.49l5.66 5.66" stroke-width="1.31"/>'),
    "-": (8, '<path d="M0 4H8" stroke-width="2.4"/>'),
    ".": (8, '<circle cx="4" cy="4" r="2.47"/>'),
}  # fmt: skip

_LAYOUT = {
    "height",
    "margin",
    "xaxis",
    "yaxis",
    "barmode",
    "showlegend",
    "legend",
    "hovermode",
    "shapes",
    "annotations",
}
_AXIS = {"title", "type", "range"}
_SCATTER = {"type", "mode", "name", "x", "y", "line", "fill", "marker", "text", "textposition"}
_BAR = {"type", "name", "x", "y", "orientation", "marker", "text", "textposition"}
_MODES = ("lines", "markers", "markers+text")


def poster(figure: dict, label: str) -> str:
    """The figure, made by `awsbook.explore.figure.chart`, as HTML around layers of SVG.

    label: what a screen reader says in its place. PosterError names what it does not know how to draw.
    """
    _check(figure)
    layout = figure["layout"]
    name = f"p{crc32(json.dumps([label, figure], sort_keys=True).encode()):08x}"
    margin, frame = layout["margin"], Frame.of(figure)
    spells = _spells(frame.at)
    rules = [_box_rules(name, frame.x_box, frame.y_box)]
    x_grid, x_labels, x_title = _variants(f"{name}x", rules, spells, "x_ticks", frame.draw_x)
    y_grid, y_labels, y_title = _variants(f"{name}y", rules, spells, "y_ticks", frame.draw_y)
    _height_rules(name, rules, spells)
    marks = Marks(frame, name)
    marks.draw(figure["data"], layout)
    legend = _legend(frame, name, rules, spells) if frame.names else ""

    def layer(kind, body, more=""):
        return f'<svg class="{name}{kind}"{more}>{body}</svg>' if body else ""

    stretch = ' viewBox="0 0 1000 1000" preserveAspectRatio="none"'
    hair = 'fill="none" stroke="var(--ab-grid)" shape-rendering="crispEdges"'
    edges = f'<path {hair} d="M-.5-1V9999"/><line {hair} x1="-1" x2="100%" y1="100%" y2="100%" transform="translate(0 .5)"/>'
    return (
        f'<div class="ab-poster {name}" role="img" aria-label="{escape(label)}" '
        f'style="height:{layout["height"]}px;padding:{margin["t"]}px {margin["r"]}px 0 {margin["l"]}px">'
        f'<svg width="0" height="0"><style>{"".join(rules)}</style>{marks.defs}</svg><div class="{name}p">'
        f'<div class="{name}c">{layer("b", f"<g {hair}>{x_grid}{y_grid}</g>", stretch)}{layer("b", marks.rects)}'
        f"{layer('b', marks.paths, stretch)}{layer('b', marks.symbols)}"
        f"{layer('a', edges.split('<line')[0])}</div>"
        f"{layer('a', '<line' + edges.split('<line')[1])}{layer('x', x_labels + marks.moments)}"
        f"{layer('y', y_labels + marks.levels)}{layer('a', x_title + y_title + legend)}</div></div>"
    )


# ---- what is known before drawing


def _check(figure):
    for key in figure:
        if key not in ("data", "layout"):
            raise PosterError(f"figure.{key}: a figure has data and layout")
    layout = figure["layout"]
    _known(layout, _LAYOUT, "layout")
    for letter in "xy":
        _known(layout[f"{letter}axis"], _AXIS, f"layout.{letter}axis")
    if layout.get("barmode", "group") not in ("group", "stack"):
        raise PosterError(f"layout.barmode {layout['barmode']!r}; the poster draws group and stack")
    for i, trace in enumerate(figure["data"]):
        if trace.get("type") not in ("scatter", "bar"):
            raise PosterError(f"data[{i}].type {trace.get('type')!r}; the poster draws scatter and bar")
        _known(trace, _SCATTER if trace["type"] == "scatter" else _BAR, f"data[{i}]")
        if len(trace["x"]) != len(trace["y"]):
            raise PosterError(f"data[{i}] has {len(trace['x'])} x for {len(trace['y'])} y")
        if trace["type"] == "scatter":
            _one_of(trace["mode"], _MODES, f"data[{i}].mode")
            _one_of(trace.get("fill"), (None, "tozeroy"), f"data[{i}].fill")
            _one_of(trace.get("textposition"), (None, "top center"), f"data[{i}].textposition")
            line = trace.get("line", {})
            _one_of(line.get("shape", "linear"), ("linear", "hv"), f"data[{i}].line.shape")
            _one_of(line.get("dash", "solid"), _DASHES, f"data[{i}].line.dash")
            _one_of(trace.get("marker", {}).get("symbol", "circle"), ("circle", *_SYMBOLS), f"data[{i}].marker.symbol")
        else:
            _one_of(trace.get("textposition"), (None, "auto"), f"data[{i}].textposition")
            pattern = trace["marker"].get("pattern", {}).get("shape", "")
            _one_of(pattern, ("", *_PATTERNS), f"data[{i}].marker.pattern.shape")
    for i, shape in enumerate(layout.get("shapes", ())):
        _one_of(shape.get("type"), ("line",), f"layout.shapes[{i}].type")
        if "paper" not in (shape.get("xref"), shape.get("yref")):
            raise PosterError(f"layout.shapes[{i}]: the poster draws levels and moments, which cross the whole plot")


def _known(thing, keys, where):
    for key in thing:
        if key not in keys:
            raise PosterError(f"{where}.{key}: the poster does not know it")


def _one_of(value, values, where):
    if value not in values:
        raise PosterError(f"{where} {value!r}; the poster draws {', '.join(str(v) for v in values)}")


def _colour(token):
    if not token.startswith("@"):
        raise PosterError(f"colour {token!r}: the poster takes tokens like @1 and @bad")
    return f"var(--ab-{token[1:]})"


# ---- sizes and ranges


@dataclass(frozen=True)
class State:
    """What depends on the plot's width: its height, its ticks, and where legend items stand."""

    height: int
    x_ticks: tuple
    y_ticks: tuple
    items: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Frame:
    """The axes of a figure and the boxes that its data stands in."""

    figure: dict
    x: Axis
    y: Axis
    x_box: Box
    y_box: Box | None

    @classmethod
    def of(cls, figure):
        layout = figure["layout"]
        x, y = (_axis(figure, letter) for letter in "xy")
        bars = [t for t in figure["data"] if t["type"] == "bar"]
        for trace in figure["data"]:
            if trace["type"] == "scatter":
                _scatter_reach(trace, x, y)
        if bars:
            # beside other traces the bars no longer say where ticks may stand
            _bar_reach(bars, layout.get("barmode", "group"), x, y, len(bars) < len(figure["data"]))
        _mark_reach(layout, x, y)
        frame = cls(figure, x, y, x.box(USUAL), None)
        return cls(figure, x, y, frame.x_box, y.box(frame.at_height(USUAL)))

    @property
    def legend_traces(self):
        """The traces in the legend's order: Plotly turns stacked bars round, so that the names stand as the bars do."""
        layout, data = self.figure["layout"], self.figure["data"]
        if not layout.get("showlegend"):
            return []
        return data[::-1] if layout.get("barmode") == "stack" and any(t["type"] == "bar" for t in data) else data

    @property
    def names(self):
        return [trace["name"] for trace in self.legend_traces]

    def at_height(self, width):
        return self.height(len({top for _left, top in self.legend_places(width)}))

    def at(self, width):
        places = self.legend_places(width)
        height = self.at_height(width)
        x_ticks = tuple(ticks(self.x, self.x_box.span(width), width))
        y_ticks = tuple(ticks(self.y, self.y_box.span(height), height))
        angle = _angle(self.x, x_ticks, self.x_box, width)
        return State(height, (angle, x_ticks), (height, y_ticks), places)

    def height(self, rows):
        """Plotly's plot height: the legend below pushes the plot up until it stands inside the figure."""
        layout = self.figure["layout"]
        margin = layout["margin"]
        low = margin["b"]
        if rows:
            share, whole = layout["legend"]["y"], layout["height"] - margin["t"]
            need = math.ceil(10 + rows * LEGEND_ROW) + min(12, *margin.values())
            low = max(low, round((need - share * whole) / (1 - share)))
        return layout["height"] - margin["t"] - low

    def legend_places(self, width):
        """Where each legend item stands in px: in one row if all fit, else in columns as wide as the widest."""
        wide = [40 + text_width(name, FONT) for name in self.names]
        one_row = sum(wide) + (len(wide) - 1) * ITEM_GAP < width
        places, left, top = [], 0.0, 0.0
        for own in wide:
            step = (own if one_row else max(wide)) + ITEM_GAP
            if step + left - ITEM_GAP >= width and left:
                left, top = 0.0, top + LEGEND_ROW
            places.append((round(left, 1), round(top, 1)))
            left += step
        return tuple(places)

    def draw_x(self, key):
        """Grid path, labels and title of one variant of the x axis."""
        angle, shown = key
        grid = "".join(f"M{_k(self.x_box.share(t.value))}-9000v19000" for t in shown)
        drawn = "".join(self._x_label(angle, tick) for tick in shown)
        anchor = "start" if angle else "middle"
        # the title stands clear of turned labels, as far as the paper goes
        down = 10 + 3 * TITLE_FONT
        if angle:
            over = _turned_depth(angle, shown) - (down - 0.9 * TITLE_FONT)
            down += max(0.0, min(over, self.figure["layout"]["margin"]["b"] - down - 3))
        title = escape(self.x.title)
        return (
            grid,
            f'<g text-anchor="{anchor}">{drawn}</g>',
            f'<text x="50%" y="100%" text-anchor="middle" font-size="{TITLE_FONT}" '
            f'transform="translate(0 {_r(down)})">{title}</text>',
        )

    def _x_label(self, angle, tick):
        at = f'x="{_percent(self.x_box.share(tick.value))}" y="100%"'
        size = "" if tick.size == FONT else f' font-size="{tick.size:g}"'
        down, text = 3.6 + tick.size + tick.dy, escape(tick.text)
        if not angle:
            return f'<text {at}{size} transform="translate({_r(tick.dx)} {_r(down)})">{text}</text>'
        return (
            f'<svg {at} overflow="visible"><text transform="translate(0 {_r(down - tick.size / 2)})rotate({angle})" '
            f'y="{_r(tick.size / 2)}"{size}>{text}</text></svg>'
        )

    def draw_y(self, key):
        """Grid path, labels and title of one variant of the y axis."""
        _height, shown = key
        grid = "".join(f"M-9000 {_k(1 - self.y_box.share(t.value))}h19000" for t in shown)
        texts, widest = [], 0.0
        for tick in shown:
            size = "" if tick.size == FONT else f' font-size="{tick.size:g}"'
            texts.append(
                f'<text x="{_r(tick.dx)}" y="{_percent(1 - self.y_box.share(tick.value))}"{size}'
                f' dy="{_r(0.35 * tick.size + tick.dy)}">{escape(tick.text)}</text>'
            )
            widest = max(widest, text_width(tick.text, tick.size) - tick.dx)
        # Plotly moves the title out of the labels' way, as far as the paper goes
        left = 10 + 2 * TITLE_FONT
        over = 3.6 + widest + 2 - (left - 3.5)
        left += max(0.0, min(over, self.figure["layout"]["margin"]["l"] - left - 14.5))
        return (
            grid,
            f'<g text-anchor="end" transform="translate(-3.6)">{"".join(texts)}</g>',
            f'<svg y="50%"><text text-anchor="middle" font-size="{TITLE_FONT}" '
            f'transform="translate({_r(-left)})rotate(-90)">{escape(self.y.title)}</text></svg>',
        )


def _axis(figure, letter):
    given = figure["layout"][f"{letter}axis"]
    first = next((t[letter] for t in figure["data"] if t[letter]), [])
    axis = Axis(letter, kind_of(given["type"], first), given["title"]["text"])
    if given.get("range"):
        axis.fixed = tuple(float(v) for v in given["range"])
    if axis.kind == "category":
        axis.categories = list(dict.fromkeys(str(v) for t in figure["data"] for v in t[letter] if v is not None))
    return axis


def _scatter_reach(trace, x, y):
    marked = trace["mode"] != "lines"
    px = max(trace["marker"]["size"] / 1.6, 3) if marked else 0.0
    fill = bool(trace.get("fill"))
    pad_x = marked and not fill
    x.must_show(map(x.linear, trace["x"]), px if pad_x else 0.0, padded=pad_x)
    closed = bool(trace["x"]) and (trace["x"][0], trace["y"][0]) == (trace["x"][-1], trace["y"][-1])
    open_ended = len(trace["x"]) < 2 or not closed
    y.must_show(map(y.linear, trace["y"]), px, padded=True, tozero=fill and open_ended)


def _sides(trace, x, y):
    """The axis that bars stand along, its values, the axis they rise on, its values."""
    if trace.get("orientation") == "h":
        return y, trace["y"], x, trace["x"]
    return x, trace["x"], y, trace["y"]


def _bar_step(bars, x, y):
    """The least distance between two bars along their axis, 1 if there is but one place."""
    places = sorted({p for t in bars for p in map(_sides(t, x, y)[0].linear, _sides(t, x, y)[1]) if p is not None})
    return min((b - a for a, b in pairwise(places)), default=1.0), places


def _bar_spans(bars, mode, x, y):
    """For each trace its bars as (from, to, foot, top), linear; None for one that is not there."""
    step, _ = _bar_step(bars, x, y)
    seen: dict[float, int] = {}
    for trace in bars:
        along, at, _, _ = _sides(trace, x, y)
        for place in {along.linear(v) for v in at}:
            seen[place] = seen.get(place, 0) + 1
    columns = len(bars) if mode == "group" and max(seen.values(), default=1) > 1 else 1
    width = step * (1 - BAR_GAP) / columns
    feet: dict[tuple, float] = {}
    for i, trace in enumerate(bars):
        along, at, up, sizes = _sides(trace, x, y)
        offset = (i if columns > 1 else 0) * width - width * columns / 2
        spans = []
        for value, size in zip(at, sizes, strict=True):
            place = along.linear(value)
            if place is None or size is None:
                spans.append(None)
                continue
            side = (place, size >= 0)
            foot = feet.get(side, 0.0) if mode == "stack" else 0.0
            feet[side] = foot + size
            spans.append((place + offset, place + offset + width, foot, foot + size))
        yield trace, along, up, spans


def _bar_reach(bars, mode, x, y, beside):
    step, places = _bar_step(bars, x, y)
    for _trace, along, up, spans in _bar_spans(bars, mode, x, y):
        there = [s for s in spans if s]
        along.must_show([p + d for p in places for d in (-step / 2, step / 2)])
        if along.kind == "linear" and not beside:
            along.bar_step, along.bar_first = step, places[0]
        up.must_show([up.linear(s[3]) for s in there], padded=True, tozero=True)


def _mark_reach(layout, x, y):
    for shape in layout.get("shapes", ()):
        for axis in (x, y):
            if shape.get(f"{axis.letter}ref") == axis.letter:
                value = axis.linear(shape[f"{axis.letter}0"])
                axis.must_show([value], shape["line"]["width"] / 2, px_low=shape["line"]["width"] / 2)
    for note in layout.get("annotations", ()):
        wide, high = text_width(note["text"], FONT) + 4, LINE_BOX + 4
        if note.get("xref") == "x":  # stands to the right of its place
            x.must_show([float(note["x"])], wide, px_low=0)
        if note.get("yref") == "y":  # stands above its place
            y.must_show([float(note["y"])], high, px_low=0)


def _angle(axis, x_ticks, box, width):
    """Plotly turns the labels of an x axis by 30 or 90 degrees where two would touch."""
    if len(x_ticks) < 2 or (axis.kind == "log" and any(t.size != FONT for t in x_ticks)):
        return 0
    low, high = box.span(width)
    per_value = width / (high - low)
    edges = [(t.value * per_value, text_width(t.text, t.size)) for t in x_ticks]
    touch = any(a + w / 2 + 2 > b - v / 2 for (a, w), (b, v) in pairwise(edges))
    if not touch:
        return 0
    apart = (edges[-1][0] - edges[0][0]) / (len(edges) - 1)
    return 30 if math.cos(math.radians(30)) <= apart / math.hypot(apart, FONT * 1.25) else 90


def _turned_depth(angle, shown):
    """How far turned labels reach below the plot, px, with Plotly's distance to a title."""
    turn = math.radians(angle)
    wide = max((text_width(t.text, t.size) for t in shown), default=0)
    return 3.6 + FONT / 2 + wide * math.sin(turn) + FONT / 2 * math.cos(turn) + 2


# ---- drawing


class Marks:
    """The drawn data: `rects` bars, `paths` lines and round marks, `symbols` the rest."""

    def __init__(self, frame, name):
        self.frame, self.name = frame, name
        self.defs = self.rects = self.paths = self.symbols = self.levels = self.moments = ""
        self._defined: dict[str, str] = {}

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
        self.bars([trace for trace in data if trace["type"] == "bar"], layout.get("barmode", "group"))
        self.shapes(layout.get("shapes", ()), layout.get("annotations", ()))

    def scatter(self, trace):
        x, y = self.frame.x, self.frame.y
        places = [
            None
            if (a := x.linear(v)) is None or (b := y.linear(w)) is None
            else (1000 * self.frame.x_box.share(a), 1000 - 1000 * self.frame.y_box.share(b))
            for v, w in zip(trace["x"], trace["y"], strict=True)
        ]
        if trace["mode"] == "lines":
            self._line(trace, places)
        else:
            self._markers(
                trace, [p for p in places if p], [t for p, t in zip(places, trace.get("text", []), strict=False) if p]
            )

    def _line(self, trace, places):
        line = trace["line"]
        colour, step = _colour(line["color"]), line.get("shape") == "hv"
        runs = _runs(places)
        if trace.get("fill"):
            foot = 1000 - 1000 * self.frame.y_box.share(0.0) if self.frame.y.kind == "linear" else 1000.0
            area = "".join(f"{_path(run, step)}V{_n(foot)}H{_n(run[0][0])}Z" for run in runs)
            self.paths += f'<path fill="{colour}" fill-opacity=".5" d="{area}"/>'
        drawn = "".join(_path(run, step) for run in runs)
        self.paths += (
            f'<path fill="none" stroke="{colour}" {_stroke(line)} stroke-miterlimit="2" '
            f'vector-effect="non-scaling-stroke" d="{drawn}"/>'
        )

    def _markers(self, trace, places, texts):
        marker = trace["marker"]
        colour, size = _colour(marker["color"]), marker["size"]
        symbol = marker.get("symbol", "circle")
        if symbol == "circle":
            # a dot is a line of no length with round ends, which the stretching leaves round
            dots = "".join(f"M{_n(x)} {_n(y)}h.01" for x, y in places)
            self.paths += (
                f'<path stroke="{colour}" stroke-width="{size}" stroke-linecap="round" '
                f'vector-effect="non-scaling-stroke" d="{dots}"/>'
            )
        else:
            drawing = f'<path id="ID" transform="scale({size / 2:g})" d="{_SYMBOLS[symbol]}"/>'
            shape = self.define(f"{symbol}{size}", f"<defs>{drawing}</defs>")
            uses = "".join(f'<use href="#{shape}" x="{_n(x / 10)}%" y="{_n(y / 10)}%"/>' for x, y in places)
            self.symbols += f'<g fill="{colour}">{uses}</g>'
        if texts:
            up = FONT / 4 + size / 1.6 + 1
            words = "".join(
                f'<text x="{_n(x / 10)}%" y="{_n(y / 10)}%">{escape(str(t))}</text>'
                for (x, y), t in zip(places, texts, strict=True)
            )
            self.symbols += f'<g text-anchor="middle" transform="translate(0 {_r(-up)})">{words}</g>'

    def bars(self, bars, mode):
        frame = self.frame
        for trace, along, up, spans in _bar_spans(bars, mode, frame.x, frame.y):
            across = along is frame.y
            rects, texts = "", ""
            texts_of = trace.get("text") or [None] * len(spans)
            for span, text in zip(spans, texts_of, strict=True):
                if span is None:
                    continue
                foot = up.linear(span[2])
                top = up.linear(span[3])
                if top is None:
                    continue
                up_box = frame.x_box if across else frame.y_box
                foot = up_box.low if foot is None else foot  # a logarithmic bar rises from the edge
                a, b = ((frame.y_box if across else frame.x_box).share(v) for v in span[:2])
                low, high = sorted((up_box.share(foot), up_box.share(top)))
                left, right, bottom, ceiling = (low, high, a, b) if across else (a, b, low, high)
                rects += (
                    f'<rect x="{_percent(left)}" y="{_percent(1 - ceiling)}" width="{_percent(right - left)}" '
                    f'height="{_percent(ceiling - bottom)}"/>'
                )
                if text not in (None, ""):
                    texts += self._bar_text(str(text), left, right, bottom, ceiling, across, top < foot)
            self.rects += f'<g fill="{self._bar_fill(trace)}">{rects}</g>'
            self.symbols += texts

    def _bar_fill(self, trace):
        colour = _colour(trace["marker"]["color"])
        pattern = trace["marker"].get("pattern", {}).get("shape", "")
        if not pattern:
            return colour
        side, drawing = _PATTERNS[pattern]
        return f"url(#{self._pattern(pattern, colour, side, drawing, '')})"

    def _pattern(self, pattern, colour, side, drawing, transform):
        paint = f'fill="{colour}"' if pattern == "." else f'stroke="{colour}"'
        return self.define(
            f"{pattern}{colour}{transform}",
            f'<pattern id="ID" width="{_r(side)}" height="{_r(side)}" patternUnits="userSpaceOnUse"{transform} '
            f"{paint}>{drawing}</pattern>",
        )

    def _bar_text(self, text, left, right, bottom, ceiling, across, downwards):
        """Inside at the bar's end if it fits there at the usual width, else outside: Plotly's `auto`."""
        frame = self.frame
        width = USUAL - frame.x_box.before.room(USUAL) - frame.x_box.after.room(USUAL)
        tall = frame.at_height(USUAL)
        tall -= frame.y_box.before.room(tall) + frame.y_box.after.room(tall)
        room_x, room_y = (right - left) * width - 6, (ceiling - bottom) * tall - 6
        wide = text_width(text, FONT)
        inside = wide <= room_x and room_y >= LINE_BOX
        word = escape(text)
        if across:
            end, sign = (left, -1) if downwards else (right, 1)
            anchor = "end" if (sign > 0) == inside else "start"
            shift = -3 * sign if inside else 3 * sign
            at = f'x="{_percent(end)}" y="{_percent(1 - (bottom + ceiling) / 2)}" dx="{shift}" dy="4.5" text-anchor="{anchor}"'
        else:
            end = bottom if downwards else ceiling
            below = inside != downwards
            at = f'x="{_percent((left + right) / 2)}" y="{_percent(1 - end)}" dy="{15 if below else -6}" text-anchor="middle"'
        paint = ' fill="var(--ab-panel)"' if inside else ""  # the background's colour reads on every bar's
        return f"<text {at}{paint}>{word}</text>"

    def shapes(self, shapes, notes):
        """Levels and moments, and their labels; one that is out of a fixed range is not drawn, as in Plotly."""
        frame = self.frame
        for shape in shapes:
            stroke = f'stroke="{_colour(shape["line"]["color"])}" {_stroke(shape["line"])}'
            if shape.get("xref") == "paper":
                share = frame.y_box.share(frame.y.linear(shape["y0"]))
                if 0 <= share <= 1:
                    at = _percent(1 - share)
                    self.levels += f'<line x2="100%" y1="{at}" y2="{at}" {stroke}/>'
            else:
                share = frame.x_box.share(frame.x.linear(shape["x0"]))
                if 0 <= share <= 1:
                    at = _percent(share)
                    self.moments += f'<line x1="{at}" x2="{at}" y1="100%" y2="0" {stroke}/>'
        for note in notes:
            words = f'fill="{_colour(note["font"]["color"])}">{escape(note["text"])}</text>'
            if note.get("xref") == "paper":
                share = frame.y_box.share(note["y"])
                if 0 <= share <= 1:
                    self.levels += f'<text x="100%" y="{_percent(1 - share)}" dx="-2" dy="-5" text-anchor="end" {words}'
            else:
                share = frame.x_box.share(note["x"])
                if 0 <= share <= 1:
                    self.moments += f'<text x="{_percent(share)}" y="14" dx="2" {words}'


def _legend(frame, name, rules, spells):
    items = []
    marks = Marks(frame, name + "l")
    for i, trace in enumerate(frame.legend_traces):
        left, top = spells[-1][2].items[i]
        items.append(
            f'<g class="{name}i{i}" transform="translate({_r(left)} {_r(top)})">{_legend_mark(marks, trace)}'
            f'<text x="40" y="5.1">{escape(trace["name"])}</text></g>'
        )
    for first, last, places in _merged(spells, "items")[:-1]:
        moved = "".join(f".{name}i{i}{{transform:translate({_r(a)}px,{_r(b)}px)}}" for i, (a, b) in enumerate(places))
        rules.append(_within(first, last, moved))
    below = _percent(1 - frame.figure["layout"]["legend"]["y"])
    return f'{marks.defs}<svg y="{below}"><g transform="translate(0 {_r(ROW_TOP)})">{"".join(items)}</g></svg>'


def _legend_mark(marks, trace):
    if trace["type"] == "bar":
        colour = _colour(trace["marker"]["color"])
        pattern = trace["marker"].get("pattern", {}).get("shape", "")
        fill = colour
        if pattern:
            small = ' patternTransform="scale(.8)"'
            fill = f"url(#{marks._pattern(pattern, colour, *_PATTERNS[pattern], small)})"
        return f'<path fill="{fill}" d="M26 6H14V-6H26Z"/>'
    if trace["mode"] == "lines":
        colour = _colour(trace["line"]["color"])
        area = f'<path fill="{colour}" fill-opacity=".5" d="M5 0h30v6h-30z"/>' if trace.get("fill") else ""
        return f'{area}<path stroke="{colour}" {_stroke(trace["line"])} d="M5 0h30"/>'
    marker = trace["marker"]
    size = min(16, max(2, marker["size"]))
    colour = _colour(marker["color"])
    if marker.get("symbol", "circle") == "circle":
        return f'<circle cx="20" r="{size / 2:g}" fill="{colour}"/>'
    return f'<path transform="translate(20)scale({size / 2:g})" fill="{colour}" d="{_SYMBOLS[marker["symbol"]]}"/>'


# ---- variants by width


def _spells(state_at):
    """Runs of equal states over WIDTHS: [first width, last width, state], borders to the pixel."""
    found = [[WIDTHS[0], WIDTHS[0], state_at(WIDTHS[0])]]
    for width in WIDTHS[1:]:
        state = state_at(width)
        if state != found[-1][2]:
            before, after = width - WIDTHS.step, width
            while after - before > 1:
                middle = (before + after) // 2
                if state_at(middle) == found[-1][2]:
                    before = middle
                else:
                    after = middle
            found[-1][1] = after - 0.01
            found.append([after, width, state])
        found[-1][1] = width
    for one, after in pairwise(found):
        one[1] = after[0] - 0.01
    return found


def _merged(spells, what):
    """The spells of one part of the state."""
    found = []
    for first, last, state in spells:
        value = getattr(state, what)
        if found and found[-1][2] == value:
            found[-1][1] = last
        else:
            found.append([first, last, value])
    return found


def _within(first, last, rules):
    """The rules for plots from `first` to `last` px wide; open at both ends of WIDTHS."""
    low = f"(min-width:{first:g}px)" if first > WIDTHS[0] else ""
    high = f"(max-width:{last:g}px)" if last < WIDTHS[-1] else ""
    return f"@container {' and '.join(part for part in (low, high) if part)}{{{rules}}}"


def _variants(name, rules, spells, what, draw):
    """All variants of the parts that `draw` draws; the rules hide all but the one that fits."""
    spells = _merged(spells, what)
    different = list(dict.fromkeys(value for *_, value in spells))
    parts = [draw(value) for value in different]
    if len(different) == 1:
        grid, labels, title = parts[0]
        return f'<path vector-effect="non-scaling-stroke" d="{grid}"/>', labels, title
    last = different.index(spells[-1][2])
    rules.append(",".join(f".{name}{i}" for i in range(len(different)) if i != last) + "{display:none}")
    for low, high, value in spells:
        if (i := different.index(value)) != last:
            rules.append(_within(low, high, f".{name}{i}{{display:inline}}.{name}{last}{{display:none}}"))
    grids = "".join(
        f'<path class="{name}{i}" vector-effect="non-scaling-stroke" d="{grid}"/>'
        for i, (grid, _, _) in enumerate(parts)
    )
    labels = "".join(f'<g class="{name}{i}">{label}</g>' for i, (_, label, _) in enumerate(parts))
    if len({title for *_, title in parts}) == 1:
        return grids, labels, parts[0][2]
    return grids, labels, "".join(f'<g class="{name}{i}">{title}</g>' for i, (*_, title) in enumerate(parts))


def _height_rules(name, rules, spells):
    spells = _merged(spells, "height")
    rules.append(f".{name}p{{height:{spells[-1][2]}px}}")
    for first, last, height in spells[:-1]:
        rules.append(_within(first, last, f".{name}p{{height:{height}px}}"))


def _box_rules(name, x, y):
    """Where the layers stand: a over the plot, b over both boxes, x and y over one; c cuts off what leaves the plot."""
    left, top = _span("left", "width", x.before, x.after), _span("top", "height", y.after, y.before)
    return (
        f".{name}{{box-sizing:border-box;container-type:inline-size;overflow:hidden}}"
        f".{name}p{{position:relative}}.{name}c{{position:absolute;inset:0;overflow:hidden}}"
        f".{name} svg{{position:absolute;overflow:visible;fill:var(--ab-text);font-size:{FONT}px}}"
        f".{name}a{{left:0;top:0;width:100%;height:100%}}.{name}b{{{left};{top}}}"
        f".{name}x{{{left};top:0;height:100%}}.{name}y{{{top};left:0;width:100%}}"
    )


def _span(start, size, near, far):
    a, b = (5 if r.padded else 0 for r in (near, far))
    if not near.px and not far.px:
        return f"{start}:{a}%;{size}:{100 - a - b}%"
    return f"{start}:calc({a}% + {_r(near.px)}px);{size}:calc({100 - a - b}% - {_r(near.px + far.px)}px)"


# ---- SVG's small change


def _stroke(line):
    width = line.get("width", 2)
    unit = max(width, 3)
    dashes = " ".join(f"{n * unit:g}" for n in _DASHES[line.get("dash", "solid")])
    return f'stroke-width="{width:g}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _runs(places):
    """The stretches between gaps."""
    runs: list[list] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def _path(run, step):
    """Path commands through the points; points on a level stretch are left out."""
    parts, (x, y) = [f"M{_n(run[0][0])} {_n(run[0][1])}"], (_n(run[0][0]), _n(run[0][1]))
    for i, (a, b) in enumerate(run[1:], 1):
        new_x, new_y = _n(a), _n(b)
        last = i == len(run) - 1
        if new_y == y and not last and _n(run[i + 1][1]) == y:
            continue  # still level after this one
        if new_y == y:
            parts.append(f"H{new_x}")
        elif step:
            parts.append(f"H{new_x}V{new_y}" if new_x != x else f"V{new_y}")
        else:
            parts.append(f"L{new_x} {new_y}")
        x, y = new_x, new_y
    return "".join(parts)


def _n(value):
    """A coordinate to a tenth, in as few letters as SVG allows."""
    return _r(value, 1)


def _r(value, digits=2):
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _k(share):
    return _n(1000 * share)


def _percent(share):
    return f"{_r(100 * share)}%"
