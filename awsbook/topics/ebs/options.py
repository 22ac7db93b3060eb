"""The answers to "which of these gives so many IOPS?", side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .model_raid import loss
from .model_volume import cheapest, top_iops
from .rules import GP2, GP3, IO1, IO2, number


@dataclass(frozen=True)
class Option:
    """name: the answer; reaches: IOPS on this instance; usd: a month, 0 if the instance's price holds it;
    lost: chance of losing the data in a year, 0 if AWS publishes none."""

    name: str
    made_of: str
    reaches: float
    enough: bool
    usd: float
    lost: float
    survives_stop: bool


def for_demand(demand: float, data: float, limit: float) -> list[Option]:
    """One volume of each SSD type, stripes of three of them, and an instance's own disks.

    demand in IOPS, data in GiB, limit: IOPS the instance carries to EBS. Where a type cannot reach the demand,
    its fastest volume stands there.
    """
    made = [_single(rules, demand, data, limit) for rules in (GP2, GP3, IO1, IO2)]
    made += [_stripe(rules, demand, data, limit) for rules in (GP3, IO1, IO2)]
    own = number("instance_store.i3_8xlarge.write_iops")
    room = number("instance_store.i3_8xlarge.size") * 1e9 / 2**30
    fits = own >= demand and room >= data
    return [*made, Option("instance store", "i3.8xlarge", own, fits, 0, 0, False)]


def _single(rules, demand, data, limit):
    size = min(rules.max_size, math.ceil(max(data, rules.min_size)))
    offer = cheapest(demand, 0, data, rules)
    if not offer:
        widest = rules.max_size if rules.family == "credits" else max(size, _fastest_from(rules))
        offer = cheapest(top_iops(widest, rules), 0, size, rules)
    reaches = min(offer.iops, limit)
    fits = reaches >= demand and offer.size >= data
    return Option(f"one {rules.name}", f"{offer.size:,} GiB", reaches, fits, offer.usd, rules.afr, True)


def _stripe(rules, demand, data, limit):
    volumes = max(2, math.ceil(demand / rules.max_iops), math.ceil(data / rules.max_size))
    offer = cheapest(math.ceil(demand / volumes), 0, data / volumes, rules)
    reaches = min(volumes * offer.iops, limit)
    return Option(f"RAID 0 of {rules.name}", f"{volumes} × {offer.size:,} GiB", reaches, reaches >= demand,
                  volumes * offer.usd, loss(0, volumes, rules.afr), True)  # fmt: skip


def _fastest_from(rules):
    return math.ceil(rules.max_iops / rules.iops_per_gib)
