"""How an EBS volume behaves. Standard library only; the rules come in from `facts.toml` through `views.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Gp2Rules:
    """What AWS publishes of gp2."""

    iops_per_gib: float
    min_iops: float
    max_iops: float
    burst_iops: float
    bucket: float  # I/O credits; one credit pays for one I/O


@dataclass(frozen=True)
class Burst:
    """How a gp2 volume answers a steady demand."""

    baseline: float  # IOPS
    lasts_s: float  # math.inf when the demand never empties the bucket


def burst(size_gib: float, demand_iops: float, rules: Gp2Rules) -> Burst:
    """Time until a full bucket is empty under a steady demand.

    ValueError if size_gib <= 0 or demand_iops < 0.
    Rule: EBS User Guide, "General Purpose SSD volumes" (see facts.toml).
    Leaves out: the throughput limit, I/O size and merging.
    """
    if size_gib <= 0 or demand_iops < 0:
        raise ValueError(f"need size_gib > 0 and demand_iops >= 0, got {size_gib} and {demand_iops}")
    baseline = min(max(rules.min_iops, rules.iops_per_gib * size_gib), rules.max_iops)
    drain = min(demand_iops, max(rules.burst_iops, baseline)) - baseline  # credits/s
    return Burst(baseline, rules.bucket / drain if drain > 0 else math.inf)
