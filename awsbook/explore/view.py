"""What a reader sees: a figure, a sentence, a table and the goals met."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field

SIGNIFICANT_DIGITS = 6


@dataclass(frozen=True)
class Goal:
    """Something to bring about with the controls. text: an invitation ("Make ..."); met: whether it is so now."""

    text: str
    met: bool

    def __str__(self):
        return f"[{'x' if self.met else ' '}] {self.text}"


@dataclass(frozen=True)
class Table:
    """The figure's numbers in rows. header: column names with units; rows: cells, already the text to show."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self):
        if not self.rows:
            raise ValueError("a table needs at least one row")
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"row {row!r} has {len(row)} cells under {len(self.header)} columns")
            for name, cell in zip(self.header, row, strict=True):
                if not isinstance(cell, str):
                    raise TypeError(f"{cell!r} under {name!r} in row {row!r} is no text: a cell is the text to show")

    def text(self) -> str:
        """The table in columns, for where there is nothing but text."""
        rows = [self.header, *self.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


@dataclass(frozen=True)
class View:
    """An explorable's answer to one setting of its controls.

    figure: a chart ({"data": [...], "layout": {...}}) or a picture ({"svg": text, "height": px}), made with
    `awsbook.explore.figure`; sentence: what the figure shows, in words, spoken on change; table: the same numbers;
    goals: in an order that never changes; lines: {name of a Text: (first, last)}, the lines that decided, from 1.
    """

    figure: dict
    sentence: str
    table: Table
    goals: tuple[Goal, ...] = ()
    lines: dict[str, tuple[int, int]] = field(default_factory=dict)

    def _repr_pretty_(self, printer, cycle):
        """What IPython prints: the words and the numbers, not the figure's thousands of characters."""
        printer.text("\n".join([self.sentence, self.table.text(), *map(str, self.goals)]))

    def plain(self) -> dict:
        """The view as JSON data, floats at six significant digits.

        Rounded because Python before and after 3.12 sum floats differently in the last digit, and because the
        browser fetches this text. ValueError if a number is not finite.
        """
        return _rounded(
            {
                "figure": self.figure,
                "sentence": self.sentence,
                "table": {"header": list(self.table.header), "rows": [list(row) for row in self.table.rows]},
                "goals": [{"text": goal.text, "met": goal.met} for goal in self.goals],
                "lines": self.lines,
            }
        )

    def json(self) -> str:
        """`plain()` as compact JSON."""
        return json.dumps(self.plain(), allow_nan=False, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class Sketch:
    """What is known of a long answer while it is on its way, for a reader whose hand is still on the control.

    share: of the work that is done, 0 to 1; view: makes the View of what is known by now, if somebody wants it.
    """

    share: float
    view: Callable[[], View]


def _rounded(thing):
    if isinstance(thing, float):
        if not math.isfinite(thing):
            raise ValueError(f"{thing} in a view: a page cannot show a number that is not finite")
        return float(f"{thing:.{SIGNIFICANT_DIGITS}g}")
    if isinstance(thing, dict):
        return {key: _rounded(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [_rounded(value) for value in thing]
    return thing
