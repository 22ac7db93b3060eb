"""The explorables of the EBS chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math

from awsbook.explore import Goal, Slider, Table, View, explorable, figure, words
from awsbook.facts import fact

from .model import Gp2Rules, burst

GP2 = Gp2Rules(
    **{
        name: fact(f"ebs.gp2.{name}").value
        for name in ("iops_per_gib", "min_iops", "max_iops", "burst_iops", "bucket")
    }
)
DAY_S = 86_400


@explorable(
    "How long a gp2 volume bursts",
    size_gib=Slider("Volume size", 100, min=1, max=2000, unit="GiB"),
    demand_iops=Slider("Steady demand", 3000, min=0, max=6000, step=50, unit="IOPS"),
)
def gp2_burst(size_gib, demand_iops):
    now = burst(size_gib, demand_iops, GP2)
    hours = [i * 24 / 200 for i in range(201)]
    served_full = min(demand_iops, max(GP2.burst_iops, now.baseline))
    served = [served_full if h * 3600 <= now.lasts_s else min(demand_iops, now.baseline) for h in hours]
    ends = "never empties" if math.isinf(now.lasts_s) else f"is empty after {words.span(now.lasts_s)}"
    return View(
        figure.chart(
            [
                figure.line("demand", [0, 24], [demand_iops] * 2, series=2),
                figure.line("served", hours, served, series=1, step=True),
            ],
            "Time (hours)",
            "IOPS",
            y_range=[0, max(6000, demand_iops) * 1.05],
            marks=[figure.level(now.baseline, "baseline")],
        ),
        f"A {size_gib:,} GiB gp2 volume has a baseline of {words.num(now.baseline)} IOPS; asked for "
        f"{demand_iops:,} IOPS, its bucket {ends}.",
        Table(
            ("Quantity", "Value"),
            (
                ("Baseline", f"{words.num(now.baseline)} IOPS"),
                ("Served while credits last", f"{words.num(served_full)} IOPS"),
                ("Bucket lasts", "for ever" if math.isinf(now.lasts_s) else words.span(now.lasts_s)),
            ),
        ),
        (
            Goal(f"Let the bucket last a whole day at {GP2.burst_iops:,} IOPS",
                 demand_iops >= GP2.burst_iops and now.lasts_s >= DAY_S),
        ),
    )  # fmt: skip
