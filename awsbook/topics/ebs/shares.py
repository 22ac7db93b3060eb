"""Figure and text helpers for the EBS explorables."""

from __future__ import annotations

import math
from itertools import pairwise

from awsbook.explore import figure, words

from .model_burst import HOUR_S, Moment

HOURS = 24


def gib(size: float) -> str:
    """A size in its natural unit: 500 GiB, 16 TiB."""
    return f"{words.num(size / 1024)} TiB" if size >= 2048 else f"{words.num(size)} GiB"


def rate(value: float, unit: str) -> str:
    """A rate with its unit, never in exponents: 3,000 IOPS, 0.5 MiB/s."""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{words.num(value)} {unit}"


def dollars(usd: float) -> str:
    """A price of a month."""
    return f"${usd:,.2f} a month"


def chance(share: float) -> str:
    """A probability in words that stay readable when small: 3.2 %, 1 in 250,000."""
    if share <= 0:
        return "none seen"
    if share >= 0.0005:
        return words.percent(share)
    one_in = round(1 / share, 1 - math.ceil(math.log10(1 / share)))
    if one_in > 1e12:
        return "less than 1 in a trillion"
    if one_in >= 1e9:
        return f"1 in {words.num(one_in / 1e9)} billion"
    return f"1 in {words.num(one_in / 1e6)} million" if one_in >= 1e6 else f"1 in {one_in:,.0f}"


def hours(moments: list[Moment], of: str) -> tuple[list[float], list[float]]:
    """x in hours and y for one field of the day's moments."""
    return [moment.at_s / HOUR_S for moment in moments], [getattr(moment, of) for moment in moments]


def spaced(low: float, high: float, count: int) -> list[float]:
    """`count` numbers from low to high, each the same factor after the last."""
    factor = (high / low) ** (1 / (count - 1))
    return [low * factor**i for i in range(count - 1)] + [high]


def bends(x: list[float], y: list[float]) -> tuple[list[float], list[float]]:
    """The points that a line on two log axes needs: its ends, and where it bends. All above 0."""
    logs = [(math.log(a), math.log(b)) for a, b in zip(x, y, strict=True)]
    slopes = [(d - b) / (c - a) for (a, b), (c, d) in pairwise(logs)]
    kept = [0, *(i for i in range(1, len(slopes)) if abs(slopes[i] - slopes[i - 1]) > 1e-9), len(x) - 1]
    return [x[i] for i in kept], [y[i] for i in kept]


def lying_bars(rows, x_title, names=("enough", "not enough"), *, marks=(), x_range=None):
    """Bars across for (label, value, good) rows, first row on top; bad ones are hatched as well as coloured."""
    labels = [label for label, _, _ in rows][::-1]
    traces = [
        figure.bars(
            name,
            labels,
            [value if good is wanted else 0 for _, value, good in rows][::-1],
            series=series,
            colour=colour,
            across=True,
        )
        for series, wanted, name, colour in ((1, True, names[0], "@1"), (2, False, names[1], "@bad"))
        if any(good is wanted for _, _, good in rows)
    ]
    made = figure.chart(traces, x_title, "", stacked=True, marks=marks, x_range=x_range)
    made["layout"]["margin"]["l"] = 118
    return made
