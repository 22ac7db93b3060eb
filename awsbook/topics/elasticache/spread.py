"""Figure and text helpers for the ElastiCache explorables."""

from __future__ import annotations

from awsbook.explore import figure, words


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def share(value: float) -> str:
    """A share as per cent with one digit: 12.3 %."""
    return f"{100 * value:.1f} %"


def span(values: list[float], text) -> str:
    """Lowest to highest, each made a text: 12 % to 14 %; one alone if they read the same."""
    low, high = text(min(values)), text(max(values))
    return low if low == high else f"{low} to {high}"


def low_and_high(names: list[str], runs: list[list[float]]) -> list[dict]:
    """Two bars for each name: the lowest and the highest of its runs."""
    return [
        figure.bars("lowest run", names, [min(values) for values in runs], series=1),
        figure.bars("highest run", names, [max(values) for values in runs], series=2),
    ]


def lying_counts(rows: dict[str, tuple[int, int]], most: int) -> dict:
    """Bars across of (has, lacks), first row on top; `most` is the axis' end."""
    labels = list(rows)[::-1]
    made = figure.chart(
        [
            figure.bars("has", labels, [rows[label][0] for label in labels], series=1, across=True),
            figure.bars("lacks", labels, [rows[label][1] for label in labels], series=2, colour="@bad", across=True),
        ],
        "Of your needs", "", stacked=True, x_range=[0, most],
    )  # fmt: skip
    made["layout"]["margin"]["l"] = 154  # the longest offer's name
    return made


def ms(value: float) -> str:
    """A latency: 1.23 ms."""
    return f"{words.num(value)} ms"
