"""Bars: where each stands, and where Plotly's `auto` puts its text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from .axes import BAR_GAP, FONT, LINE_BOX
from .svg import decimal, escape, percent
from .text import text_width


@dataclass(frozen=True)
class Bar:
    """One bar: its sides as shares of the boxes, its text, which way it grows; outmost: nothing is stacked on it."""

    trace: int
    left: float
    right: float
    floor: float
    ceiling: float
    text: str
    across: bool
    backwards: bool
    outmost: bool

    def fit(self, width, height):
        """(inside, turned, scale): where Plotly's `auto` puts the text when the boxes measure that many px."""
        wide, tall = (self.right - self.left) * width, (self.ceiling - self.floor) * height
        text = text_width(self.text, FONT)
        free_x, free_y = wide - 6, tall - 6
        least = free_x - text * free_y / LINE_BOX if self.across else free_y - LINE_BOX * free_x / text
        whole = (text <= free_x and free_y >= LINE_BOX) or (text <= free_y and free_x >= LINE_BOX)
        if self.outmost and not (min(free_x, free_y) >= 0 and (whole or least >= 0)):
            return False, False, _coarse(tall / LINE_BOX if self.across else wide / text)
        if free_x <= 0 or free_y <= 0:
            free_x, free_y = wide, tall
        turned = (text > free_x or free_y < LINE_BOX) and (
            not (text > free_y or free_x < LINE_BOX) or (text < LINE_BOX) != (free_x < free_y)
        )
        across, along = (LINE_BOX, text) if turned else (text, LINE_BOX)
        return True, turned, _coarse(min(free_x / across, free_y / along))

    def draw_text(self, fit):
        """The text as `fit` sets it, at the bar's end."""
        inside, turned, scale = fit
        out = (-1 if inside else 1) * (-1 if self.backwards else 1)  # +1: away from the bar's foot
        deep = text_width(self.text, FONT) if turned != self.across else LINE_BOX
        shift = out * (3 + deep * scale / 2)
        if self.across:
            x, y = self.left if self.backwards else self.right, (self.floor + self.ceiling) / 2
            move = f"{decimal(shift)} 0"
        else:
            x, y = (self.left + self.right) / 2, self.floor if self.backwards else self.ceiling
            move = f"0 {decimal(-shift)}"
        at = f'x="{percent(x)}" y="{percent(1 - y)}"'
        turn = "rotate(90)" * turned + f"scale({scale:g})" * (scale != 1)
        paint = ' fill="var(--ab-panel)"' * inside
        return (f'<svg {at}><text y="4.5" transform="translate({move}){turn}"{paint}>{escape(self.text)}</text></svg>',)


def _coarse(scale):
    """Text sizes in steps of a tenth: each size is a variant of its own."""
    return min(1, max(0.1, math.floor(scale * 10) / 10))


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


def place_bars(bars, mode, x, y, x_box, y_box):
    """Every bar that has a size, as shares of the boxes."""
    all_spans = list(_bar_spans(bars, mode, x, y))
    ends = {(s[0], s[3] < 0): i for i, (*_, spans) in enumerate(all_spans) for s in spans if s and s[2] != s[3]}
    for i, (trace, _along, up, spans) in enumerate(all_spans):
        along_box, up_box = (y_box, x_box) if up is x else (x_box, y_box)
        texts = trace.get("text") or [""] * len(spans)
        for span, text in zip(spans, texts, strict=True):
            if span is None or span[2] == span[3] or (top := up.linear(span[3])) is None:
                continue
            foot = up.linear(span[2])
            foot = -99.0 if foot is None else foot  # on a logarithmic axis a bar rises from below the edge
            sides = sorted(along_box.share(v) for v in span[:2]), sorted(up_box.share(v) for v in (foot, top))
            (left, right), (floor, ceiling) = reversed(sides) if up is x else sides
            outmost = ends[span[0], span[3] < 0] == i
            yield Bar(i, left, right, floor, ceiling, str(text), up is x, top < foot, outmost)


def bar_reach(bars, mode, x, y, beside):
    """Adds what the bars need to the axes' reach. beside: there are other traces than bars."""
    step, places = _bar_step(bars, x, y)
    # only where bars share their places does Plotly hold the ticks to them
    crowded = sum(len(t["x"]) for t in bars) > len(places)
    for _trace, along, up, spans in _bar_spans(bars, mode, x, y):
        there = [s for s in spans if s]
        along.must_show([p + d for p in places for d in (-step / 2, step / 2)])
        if along.kind == "linear" and crowded and not beside:
            along.bar_step, along.bar_first = step, places[0]
        up.must_show([up.linear(s[3]) for s in there], padded=True, tozero=True)
