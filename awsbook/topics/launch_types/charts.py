"""The figures of the launch-types chapter, from numbers to dicts."""

from __future__ import annotations

import math

from awsbook.explore import figure

MOST_POINTS = 280  # all lines of a figure together


def thinned(values, most):
    """(index, value) of at most `most` values, the highest of each stretch, so that no spike is lost."""
    step = max(1, math.ceil(len(values) / most))
    return [max(((i, values[i]) for i in range(a, min(a + step, len(values)))), key=lambda iv: iv[1])
            for a in range(0, len(values), step)]  # fmt: skip


def price_line(prices, most):
    """(days, % of On-Demand) of prices by the hour, at most so many points."""
    kept = thinned(prices, most)
    return [i / 24 for i, _ in kept], [100 * p for _, p in kept]


def two_worlds(lines, maximum, stays):
    """Both price lines in % of On-Demand over days, the maximum, and a mark at each interruption."""
    traces = [
        figure.line(name, *line, series=series, step=True)
        for series, (name, line) in enumerate(zip(("bidding market", "today"), lines, strict=True), start=1)
    ]
    for series, (name, stay, symbol) in enumerate(
        (("taken (bidding)", stays[0], "x"), ("taken (today)", stays[1], "triangle-up")), start=1
    ):
        kept = thinned(stay.interrupted_at, 20) if stay.interrupted_at else []
        if kept:
            traces.append(
                figure.points(name, [h / 24 for _, h in kept], [100 * maximum] * len(kept), series=series,
                              symbol=symbol, size=9)
            )  # fmt: skip
    return figure.chart(
        traces, "Day", "Price (% of On-Demand)", log_y=True, y_range=[5, 1500],
        marks=[
            figure.level(100 * maximum, "your maximum", "@bad"),
            *([figure.level(100, "On-Demand")] if abs(math.log(maximum)) > 0.4 else []),
        ],
    )  # fmt: skip


def pool_bars(names, before, after, prices):
    """Instances per pool that stay and that one reclaim takes; the pool's price in its name."""
    labels = [f"{n} {100 * p:.0f}" for n, p in zip(names, prices, strict=True)]
    return figure.chart(
        [
            figure.bars("stay", labels, after, series=1),
            figure.bars("taken", labels, [b - a for b, a in zip(before, after, strict=True)], series=2, colour="@bad"),
        ],
        "Pool, and % of On-Demand",
        "Instances",
        stacked=True,
    )


def history_lines(history, maximum):
    """Each series of a history as a step line over days, and the maximum price."""
    most = max(8, MOST_POINTS // len(history.series))
    traces = []
    for number, series in enumerate(history.series, start=1):
        kept = thinned([price for _, price in series.points], most)
        days = [(series.points[i][0] - history.start) / 86_400 for i, _ in kept]
        prices = [price for _, price in kept]
        traces.append(
            figure.line(
                series.name,
                [*days, (history.end - history.start) / 86_400],
                [*prices, series.points[-1][1]],
                series=number,
                step=True,
            )
        )
    highest = max(price for trace in traces for price in trace["y"])
    return figure.chart(
        traces, "Days since the first price", "Spot price ($ per hour)", y_range=[0, 1.15 * max(highest, 1e-9)],
        marks=[figure.level(maximum, "your maximum", "@bad")] if maximum <= 1.1 * highest else [],
    )  # fmt: skip


def charge(lengths, charged, run_s, charged_now):
    """Seconds charged over seconds used, and this run."""
    return figure.chart(
        [
            figure.line("charged", lengths, charged),
            figure.line("used", lengths, lengths, series=2),
            figure.points("this run", [run_s], [charged_now], series=3, size=12),
        ],
        "The run lasts (s)",
        "Seconds",
    )


def time_to_done(curve, here, runs, young_min, work_h):
    """Expected hours over the interval (minutes), this setting, runs by chance, and Young's interval.

    curve: (minutes, hours); here: one such pair; runs: hours.
    """
    top = 4 * min(total for _, total in curve)
    seen = [(x, y) for x, y in curve if y <= top]
    shown = [run for run in runs if run <= top]
    name = "your interval" if here[1] <= top else "your interval (above the chart)"
    traces = [
        figure.line("on average", [x for x, _ in seen], [y for _, y in seen]),
        figure.points(name, [here[0]], [min(here[1], top)], series=2, size=12),
    ]
    if shown:
        traces.append(figure.points("runs by chance", [here[0]] * len(shown), shown, series=3, symbol="cross", size=5))
    return figure.chart(
        traces, "Checkpoint every (min)", "Hours until done", log_x=True, x_range=[1, 1440], y_range=[0, top * 1.05],
        marks=[figure.level(work_h, "work alone"), figure.moment(max(1, young_min), "Young", "@good")],
    )  # fmt: skip


def months(names, ends, month_h, hours):
    """Cost of a month over hours of work, one line a way of paying. ends: ($ at none, $ at all hours)."""
    traces = [
        figure.line(name, [0, month_h], pair, series=number)
        for number, (name, pair) in enumerate(zip(names, ends, strict=True), start=1)
    ]
    return figure.chart(
        traces, "Hours of work a month", "$ a month", x_range=[0, month_h], y_range=[0, 1.4 * ends[0][1]],
        marks=[figure.moment(hours, f"{hours:,} h")],
    )  # fmt: skip


def plan_day(bills, plain):
    """A day of an hourly promise: used, unused, and On-Demand on top; beside it the bill without a plan ($ an hour)."""
    hours = list(range(len(bills)))
    # a straight stretch of the line needs only its ends
    ends = [h for h in hours if h in (0, hours[-1]) or plain[h] - plain[h - 1] != plain[h + 1] - plain[h]]
    return figure.chart(
        [
            figure.bars("promise used", hours, [b.used for b in bills], series=1),
            figure.bars("promise unused", hours, [b.unused for b in bills], series=2, colour="@bad"),
            figure.bars("On-Demand on top", hours, [b.overflow for b in bills], series=3),
            figure.line("without a plan", ends, [plain[h] for h in ends], series=4, dash="dot"),
        ],
        "Hour of the day",
        "$ an hour",
        stacked=True,
    )
