"""The picture of a figure that needs no drawing library: SVG, drawn in plain Python.

It is what a reader sees first, without JavaScript, in print, and while a control is on the move, when Plotly would
take longer than a frame. Plotly's drawing later takes exactly its place, so sizes and ranges are Plotly's (see
`axes`). It follows the width of its place by itself: texts and marks stand at shares of the plot, the data is
stretched without its strokes, and what Plotly does by width (how many ticks, how many rows of legend) is there in its
few variants, of which a container query shows the right one.

Colours are the page's custom properties, so light and dark follow at once.
"""

from __future__ import annotations

import json
import math
from zlib import crc32

from .axes import PosterError
from .frame import Frame
from .marks import PATTERNS, SYMBOLS, Marks, draw_legend
from .svg import DASHES, GRID, escape
from .variants import layer_rules, seat, seat_rules, spells_of, variants

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


def poster(figure: dict, label: str, place: str = "", width: float | None = None) -> str:
    """The figure, made by `awsbook.explore.figure.chart`, as HTML around layers of SVG.

    label: what a screen reader says in its place. place: the name of where it stands, if other drawings will stand
    there, too; theirs then differ in what differs. width: of that place in px, if it is known; the only variant is then
    the one for it, in a tenth of the time, and the style is the same for all that is drawn there while the control
    moves. PosterError names what it does not know how to draw.
    """
    _check(figure)
    figure = {**figure, "data": [trace for trace in figure["data"] if trace["x"]]}  # Plotly hides empty traces
    layout = figure["layout"]
    name = f"p{crc32((place or json.dumps([label, figure], sort_keys=True)).encode()):08x}"
    margin, frame = layout["margin"], Frame.of(figure)
    sides = margin["l"] + margin["r"]
    spells = spells_of(frame.at, sides) if width is None else [[0, math.inf, frame.at(max(60, width - sides))]]
    seated = "" if width is None else f' style="{seat(spells[-1][2])}"'
    rules: list[str] = []
    layer_rules(name, rules)
    if width is None:
        seat_rules(name, rules, spells)
    x_grid, x_labels, x_title = variants(f"{name}x", rules, spells, lambda state: state.x_ticks, frame.draw_x)
    y_grid, y_labels, y_title = variants(f"{name}y", rules, spells, lambda state: state.y_ticks, frame.draw_y)
    written = [bar for bar in frame.bars if bar.text]
    bar_texts = "".join(
        variants(f"{name}t{i}v", rules, spells, lambda state, i=i: state.fits[i], bar.draw_text)[0]
        for i, bar in enumerate(written)
    )
    marks = Marks(frame, name)
    marks.draw(figure["data"], layout)
    legend = draw_legend(frame, name, rules, spells) if frame.names else ""

    def layer(kind, body, more=""):
        return f'<svg class="{name}{kind}"{more}>{body}</svg>' if body else ""

    stretch = f' viewBox="0 0 {GRID} {GRID}" preserveAspectRatio="none"'
    hair = 'fill="none" stroke="var(--ab-grid)" shape-rendering="crispEdges"'
    edges = (
        f'<g {hair}><line x1="-.5" x2="-.5" y2="100%"/>'
        f'<line x1="-1" x2="100%" y1="100%" y2="100%" transform="translate(0 .5)"/></g>'
    )
    return (
        f'<div class="ab-poster {name}" role="img" aria-label="{escape(label)}" '
        f'style="height:{layout["height"]}px;padding:{margin["t"]}px {margin["r"]}px 0 {margin["l"]}px">'
        f'<svg width="0" height="0"><style>{"".join(rules)}</style></svg><div class="{name}p"{seated}>'
        f'<div class="{name}c">{layer("b", f"<g {hair}>{x_grid}{y_grid}</g>", stretch)}'
        f"{layer('b', marks.defs + marks.rects)}"
        f"{layer('b', marks.paths, stretch)}{layer('b', marks.symbols + _middle(bar_texts))}"
        f"</div>{layer('a', edges)}{layer('x', x_labels + marks.moments)}{layer('y', y_labels + marks.levels)}"
        f"{layer('a', x_title + y_title + legend)}</div></div>"
    )


def _middle(texts):
    return f'<g text-anchor="middle">{texts}</g>' if texts else ""


def _check(figure):
    for key in figure:
        if key not in ("data", "layout"):
            raise PosterError(f"figure.{key}: a figure has data and layout")
    layout = figure["layout"]
    _known(layout, _LAYOUT, "layout")
    for letter in "xy":
        _known(layout[f"{letter}axis"], _AXIS, f"layout.{letter}axis")
        title_keys = {"text", "standoff"} if letter == "x" else {"text"}
        _known(layout[f"{letter}axis"]["title"], title_keys, f"layout.{letter}axis.title")
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
            _one_of(line.get("dash", "solid"), DASHES, f"data[{i}].line.dash")
            _one_of(trace.get("marker", {}).get("symbol", "circle"), ("circle", *SYMBOLS), f"data[{i}].marker.symbol")
        else:
            _one_of(trace.get("textposition"), (None, "auto"), f"data[{i}].textposition")
            pattern = trace["marker"].get("pattern", {}).get("shape", "")
            _one_of(pattern, ("", *PATTERNS), f"data[{i}].marker.pattern.shape")
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
