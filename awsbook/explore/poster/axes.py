"""Where a figure's values stand on its axes: kinds, ranges, ticks and their labels, by Plotly's own rules.

Plotly's drawing later takes the poster's place, so every rule here is one of plotly.js 4.1: `autorange.js`,
`axes.js` and `cross_trace_calc.js` of the bars, for the figures that `awsbook.explore.figure` makes.

A place along an axis is a share of the `Box` between the outermost values. Around the box lies a padding that is
partly a share of the axis, partly pixels; so one set of places serves every width.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

FONT = 13  # px; the page's figure.js gives Plotly the same
TITLE_FONT = 16  # px; what Plotly makes of 13 for an axis title
LINE_BOX = 15  # px, the height of a text's box at FONT
BAR_GAP = 0.2  # Plotly's: the share of a bar's room that stays empty
PADDED = 0.05  # Plotly's: the share of an axis kept free beyond padded data

_NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_DATE = re.compile(r"\d{4}-\d\d?(-\d\d?.*)?")
_SI = {-15: "f", -12: "p", -9: "n", -6: "μ", -3: "m", 3: "k", 6: "M", 9: "B", 12: "T"}


class PosterError(ValueError):
    """A figure that the poster cannot draw. The message names what it met."""


@dataclass(frozen=True)
class Reach:
    """A value that an axis must show, with the room it wants beyond it: px, and perhaps Plotly's 5 %."""

    value: float
    px: float = 0
    padded: bool = False

    def room(self, length):
        return self.px + (PADDED * length if self.padded else 0)


@dataclass(frozen=True)
class Box:
    """The part of an axis from value `low` to value `high`, and what Plotly leaves free before and after it."""

    low: float
    high: float
    before: Reach
    after: Reach

    def share(self, value):
        """Where a linear value stands: 0 at `low`, 1 at `high`."""
        return (value - self.low) / (self.high - self.low)

    def span(self, length):
        """The axis's first and last value when it is `length` px long."""
        per_px = (self.high - self.low) / (length - self.before.room(length) - self.after.room(length))
        return self.low - per_px * self.before.room(length), self.high + per_px * self.after.room(length)


@dataclass
class Axis:
    """One axis of a figure. letter: x or y; kind: linear, log or category; `reaches` are added while reading."""

    letter: str
    kind: str
    title: str
    fixed: tuple[float, float] | None = None
    categories: list[str] = field(default_factory=list)
    lows: list[Reach] = field(default_factory=list)
    highs: list[Reach] = field(default_factory=list)
    bar_step: float = 0  # the least distance between bars along this axis, 0 if there are none
    bar_first: float = 0

    def linear(self, value):
        """The value on an even scale: log10, a category's number, or itself; None where it has no place."""
        if value is None:
            return None
        if self.kind == "category":
            return float(self.categories.index(str(value)))
        value = float(value)
        if self.kind == "log":
            return math.log10(value) if value > 0 else None
        return value

    def must_show(self, values, px=0.0, padded=False, tozero=False, px_low=None):
        """Values (linear) to be in range, with `px` of room beyond the highest, and `px_low` beyond the lowest."""
        values = [v for v in values if v is not None]
        if not values:
            return
        low, high = min(values), max(values)
        if tozero and self.kind == "linear":
            low, high = min(0.0, low), max(0.0, high)
        for reaches, value, room in ((self.lows, low, px if px_low is None else px_low), (self.highs, high, px)):
            tight = tozero and value == 0
            reaches.append(Reach(value, 0 if tight else room, padded and not tight))

    def box(self, length):
        """The box whose bounds matter when the axis is `length` px long."""
        if self.fixed:
            return Box(*self.fixed, Reach(self.fixed[0]), Reach(self.fixed[1]))
        if not self.lows:
            return Box(-1, 6 if self.letter == "x" else 4, Reach(-1), Reach(4))  # Plotly's empty axis
        best, steepest = None, 0.0
        for low in self.lows:
            for high in self.highs:
                rise, run = high.value - low.value, length - low.room(length) - high.room(length)
                if rise <= 0:
                    continue
                if run <= length / 10:  # the padding would eat the axis: show the bare values
                    low, high, run = Reach(low.value), Reach(high.value), length
                if rise / run > steepest:
                    best, steepest = (low, high), rise / run
        if best is None:  # all values are one
            value = self.lows[0].value
            return Box(value - 1, value + 1, Reach(value - 1), Reach(value + 1))
        return Box(best[0].value, best[1].value, *best)


@dataclass(frozen=True)
class Tick:
    """value: linear; text: its label; size: font size in px; dx, dy: px that the label is moved by."""

    value: float
    text: str
    size: float = FONT
    dx: float = 0
    dy: float = 0


def kind_of(declared: str, values: list) -> str:
    """Plotly's guess at an axis from the first trace's values. PosterError for dates and unknown types."""
    if declared in ("linear", "log", "category"):
        return declared
    if declared != "-":
        raise PosterError(f"axis type {declared!r}; the poster draws linear, log and category axes")
    different = {str(v): v for v in values if v is not None}
    dates = [text for text in different if _DATE.fullmatch(text)]
    if dates:
        raise PosterError(f"{dates[0]!r} on an axis: Plotly reads it as a date, which the poster does not draw")
    numbers = [
        t for t, v in different.items() if not isinstance(v, bool) and (not isinstance(v, str) or _NUMBER.fullmatch(v))
    ]
    return "category" if len(different) - len(numbers) > 2 * len(numbers) else "linear"


def ticks(axis: Axis, span: tuple[float, float], length: float) -> list[Tick]:
    """The ticks that Plotly sets on an axis of `length` px that shows the linear values of `span`."""
    low, high = span
    if axis.kind == "category":
        wanted = length / TITLE_FONT
        step = math.ceil(max(abs(high - low) / wanted, 1))
        first = max(0, math.ceil((low - 1e-4) / step) * step)
        places = range(first, len(axis.categories), step)
        return [Tick(i, axis.categories[i]) for i in places if i <= high + 1e-4]
    wanted = min(9, max(4, length / (40 if axis.letter == "y" else 80))) + 1
    rough = abs(high - low) / wanted
    return _log_ticks(axis, low, high, rough) if axis.kind == "log" else _linear_ticks(axis, low, high, rough)


def _nice(rough):
    """The least of 2, 5, 10 times a power of ten that is above `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return power * next((n for n in (2, 5) if rough / power < n), 10)


def _linear_ticks(axis, low, high, rough):
    step, start = _nice(rough), 0.0
    if axis.bar_step and step < 2 * axis.bar_step:
        step, start = axis.bar_step, axis.bar_first
    low, high = min(low, high), max(low, high)
    slack = (high - low) * 1e-4
    first = math.ceil((low - slack - start) / step)
    values = []
    while (value := start + first * step) <= high + slack:
        values.append(value)
        first += 1
    return [Tick(v, _number(v, step, max(abs(low), abs(high)))) for v in values]


def _log_ticks(axis, low, high, rough):
    slack = (high - low) * 1e-4
    if rough > 0.7:  # whole powers of ten
        step = math.ceil(rough)
        places = range(math.ceil((low - slack) / step) * step, math.floor(high + slack) + 1, step)
        return [Tick(p, _power(p)) for p in places]
    if high - low < 1:  # within one power of ten: ticks as on a linear axis
        step = _nice((10**high - 10**low) / (1.5 * (high - low) / rough))
        first, last = math.ceil(10 ** (low - slack) / step), math.floor(10 ** (high + slack) / step)
        most = max(abs(10**low), abs(10**high))
        return [Tick(math.log10(i * step), _number(i * step, step, most)) for i in range(first, last + 1) if i > 0]
    every = rough <= 0.3
    digits = range(1, 10) if every else (1, 2, 5)
    found = []
    for power in range(math.floor(low - slack), math.floor(high + slack) + 1):
        for digit in digits:
            value = power + math.log10(digit)
            if not low - slack <= value <= high + slack:
                continue
            text, size, dx, dy = (_power(power), FONT, 0.0, 0.0) if digit == 1 else (str(digit), FONT * 0.75, 0.0, 0.0)
            if every and digit == 1:  # Plotly moves the powers away from the nines
                dx, dy = (
                    (-size / 4, -size / 6) if axis.letter == "y" else (size * (0.5 if value < 0 else 0.25), size / 2)
                )
            found.append(Tick(value, text, size, dx, dy))
    return found


def _power(exponent):
    return _number(10.0**exponent, 10.0**exponent, 10.0**exponent, digits=4)


def _number(value, step, most, digits=0):
    """A tick's label: SI letters as Plotly writes them (B for billion), the digits that `step` needs."""
    decimals = 2 - math.floor(math.log10(step) + 0.01) + digits
    exponent = 0
    if most > 0 and abs(top := math.floor(math.log10(most) + 0.01)) > 3:
        exponent = 3 * math.floor((top - 1) / 3 + 0.5)
        if exponent and exponent not in _SI:
            raise PosterError(f"a tick at {value:g}: the poster writes numbers from 1e-15 to below 1e15")
    size = abs(value)
    if size < 10.0**-decimals / 2 or abs(value / step) < 1e-6:
        return "0"
    size *= 10.0**-exponent
    decimals += exponent
    if decimals > 0:
        text = f"{size:.{min(20, decimals)}f}"
        text = text.rstrip("0").rstrip(".")
    else:
        text = str(round(size / 10**-decimals) * 10**-decimals)
    return ("−" if value < 0 else "") + text + _SI.get(exponent, "")
