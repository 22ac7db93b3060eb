"""What a figure needs of the page: its axes, and all that changes with the width of its place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from .axes import FONT, LINE_BOX, PADDED, TITLE_FONT, Axis, Box, kind_of, ticks
from .bars import Bar, bar_reach, place_bars
from .svg import GRID, decimal, escape, on_grid, pair, percent
from .text import text_width

USUAL = 450  # px of plot: where one choice must serve all widths, it is right here
ITEM_GAP = 5  # px; Plotly's between legend items
LEGEND_ROW = LINE_BOX + 4.9  # px
BEFORE, LENGTH = -GRID // 2, GRID * 2  # grid lines leave the data's box for the plot's edge; c cuts them off there


@dataclass(frozen=True)
class State:
    """What depends on the plot's width: its height, its ticks, and where legend items stand."""

    height: int
    boxes: tuple
    x_ticks: tuple
    y_ticks: tuple
    fits: tuple
    items: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Frame:
    """The axes of a figure and the boxes that its data stands in."""

    figure: dict
    x: Axis
    y: Axis
    x_box: Box
    y_box: Box | None
    bars: tuple[Bar, ...] = ()

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
            bar_reach(bars, layout.get("barmode", "group"), x, y, len(bars) < len(figure["data"]))
        _mark_reach(layout, x, y)
        frame = cls(figure, x, y, x.box(USUAL), None)
        y_box = y.box(frame.at_height(USUAL))
        bars_there = tuple(place_bars(bars, layout.get("barmode", "group"), x, y, frame.x_box, y_box))
        return cls(figure, x, y, frame.x_box, y_box, bars_there)

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

    @cached_property
    def _item_widths(self):
        return [40 + text_width(name, FONT) for name in self.names]

    @cached_property
    def _upright(self):
        """The y axis along a height, found once for each: a figure has few heights and seventy widths."""
        return cache(lambda height: _along(self.y, self.y_box, height))

    def at_height(self, width):
        return self.height(_rows(self.legend_places(width)))

    def at(self, width):
        places = self.legend_places(width)
        height = self.height(_rows(places))
        x_seat, x_ticks, x_span = _along(self.x, self.x_box, width)
        y_seat, y_ticks, _ = self._upright(height)
        angle = _angle(self.x, [t for t, _ in x_ticks], x_span, width)
        fits = self._text_fits(width, height)
        return State(height, (x_seat, y_seat), (angle, x_ticks), (height, y_ticks), fits, places)

    def _text_fits(self, width, height):
        """How each bar's text is set when the plot is that large."""
        width -= self.x_box.before.room(width) + self.x_box.after.room(width)
        height -= self.y_box.before.room(height) + self.y_box.after.room(height)
        return tuple(bar.fit(width, height) for bar in self.bars if bar.text)

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
        wide = self._item_widths
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
        grid = "".join(f"M{on_grid(self.x_box.share(t.value))}{BEFORE}v{LENGTH}" for t, lined in shown if lined)
        shown = [tick for tick, _ in shown if tick.text]
        drawn = "".join(self._x_label(angle, tick) for tick in shown)
        anchor = "start" if angle else "middle"
        standoff = self.figure["layout"]["xaxis"]["title"].get("standoff")
        down = 10 + 3 * TITLE_FONT
        if standoff is not None:  # straight below the labels
            depth = _turned_depth(angle, shown) if angle else 3.6 + FONT + 3
            down = depth + standoff + 0.7 * TITLE_FONT
        elif angle:  # clear of the turned labels, as far as the paper goes
            over = _turned_depth(angle, shown) - (down - 0.9 * TITLE_FONT)
            down += max(0.0, min(over, self.figure["layout"]["margin"]["b"] - down - 3))
        title = escape(self.x.title)
        return (
            f'<path vector-effect="non-scaling-stroke" d="{grid}"/>',
            f'<g text-anchor="{anchor}">{drawn}</g>',
            f'<text x="50%" y="100%" text-anchor="middle" font-size="{TITLE_FONT}" '
            f'transform="translate(0 {decimal(down)})">{title}</text>',
        )

    def _x_label(self, angle, tick):
        at = f'x="{percent(self.x_box.share(tick.value))}" y="100%"'
        size = "" if tick.size == FONT else f' font-size="{tick.size:g}"'
        down, text = 3.6 + tick.size + tick.dy, escape(tick.text)
        if not angle:
            return f'<text {at}{size} transform="translate({decimal(tick.dx)} {decimal(down)})">{text}</text>'
        return (
            f'<svg {at}><text transform="translate(0 {decimal(down - tick.size / 2)})rotate({angle})" '
            f'y="{decimal(tick.size / 2)}"{size}>{text}</text></svg>'
        )

    def draw_y(self, key):
        """Grid path, labels and title of one variant of the y axis."""
        _height, shown = key
        grid = "".join(
            f"M{BEFORE}{pair(on_grid(1 - self.y_box.share(t.value)))}h{LENGTH}" for t, lined in shown if lined
        )
        texts, widest = [], 0.0
        for tick, _ in shown:
            size = "" if tick.size == FONT else f' font-size="{tick.size:g}"'
            texts.append(
                f'<text x="{decimal(tick.dx)}" y="{percent(1 - self.y_box.share(tick.value))}"{size}'
                f' dy="{decimal(0.35 * tick.size + tick.dy)}">{escape(tick.text)}</text>'
            )
            widest = max(widest, text_width(tick.text, tick.size) - tick.dx)
        # Plotly moves the title out of the labels' way, as far as the paper goes
        left = 10 + 2 * TITLE_FONT
        over = 3.6 + widest + 2 - (left - 3.5)
        left += max(0.0, min(over, self.figure["layout"]["margin"]["l"] - left - 14.5))
        return (
            f'<path vector-effect="non-scaling-stroke" d="{grid}"/>',
            f'<g text-anchor="end" transform="translate(-3.6)">{"".join(texts)}</g>',
            f'<svg y="50%"><text text-anchor="middle" font-size="{TITLE_FONT}" '
            f'transform="translate({decimal(-left)})rotate(-90)">{escape(self.y.title)}</text></svg>',
        )


def _rows(places):
    return len({top for _left, top in places})


def _along(axis, drawn, length):
    """Of an axis of `length` px: where the box that was drawn stands, its ticks, each with whether it has a line, and
    its first and last value."""
    box = axis.box(length)
    span = box.span(length)
    return _seat(drawn, box), tuple((t, _inside(t, span, length)) for t in ticks(axis, span, length)), span


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


def _seat(drawn, box):
    """Where the box that was drawn stands when `box` holds: its start and length, each as (share, px) of the axis."""
    low, high = box.share(drawn.low), box.share(drawn.high)
    shares = [PADDED * r.padded for r in (box.before, box.after)]
    free, px = 1 - sum(shares), box.before.px + box.after.px
    start = (shares[0] + low * free, box.before.px - low * px)
    return tuple((round(a, 5), round(b, 2)) for a, b in (start, ((high - low) * free, (low - high) * px)))


def _angle(axis, x_ticks, span, width):
    """Plotly turns the labels of an x axis by 30 or 90 degrees where two would touch."""
    if len(x_ticks) < 2 or (axis.kind == "log" and any(t.size != FONT for t in x_ticks)):
        return 0
    per_value = width / (span[1] - span[0])
    edges = [(t.value * per_value, text_width(t.text, t.size)) for t in x_ticks]
    touch = any(a + w / 2 + 2 > b - v / 2 for (a, w), (b, v) in pairwise(edges))
    if not touch:
        return 0
    apart = (edges[-1][0] - edges[0][0]) / (len(edges) - 1)
    return 30 if math.cos(math.radians(30)) <= apart / math.hypot(apart, FONT * 1.25) else 90


def _inside(tick, span, length):
    """Whether Plotly draws the tick's grid line: not where the plot ends anyway."""
    return 1 < length * (tick.value - span[0]) / (span[1] - span[0]) < length - 1


def _turned_depth(angle, shown):
    """How far turned labels reach below the plot in px, with the 2 px that Plotly leaves to a title."""
    turn = math.radians(angle)
    wide = max((text_width(t.text, t.size) for t in shown), default=0)
    return 3.6 + FONT / 2 + wide * math.sin(turn) + (LINE_BOX - FONT / 2) * math.cos(turn) + 2
