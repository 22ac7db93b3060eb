"""Zones, nodes and targets: who gets which share with and without cross-zone load balancing."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Shares of all requests (0 to 1). nodes: each zone's load balancer node; targets: one target of each zone (0 where
    there is none); crossing: what goes from a node to a target of another zone; worst: the busiest target over the
    mean of all, 1 for even; 0 if there is no target."""

    nodes: tuple[float, ...]
    targets: tuple[float, ...]
    crossing: float
    worst: float


def spread(targets: tuple[int, ...], cross: bool) -> Spread:
    """Every zone is enabled and has one node; DNS gives each healthy node the same share of the clients.

    Off: a zone without targets counts as unhealthy and its node leaves DNS. On: the node stays, since it reaches the
    targets of other zones. No target at all: nobody is served. ValueError for a negative count or no zone.
    Rule: Elastic Load Balancing guide, cross-zone load balancing. Leaves out: clients that keep one address, nodes
    that scale to several addresses, unhealthy targets, and the thresholds of DNS failover that you may set.
    """
    if not targets or min(targets) < 0:
        raise ValueError(f"need a zone, and no negative counts, got {targets}")
    total, zones = sum(targets), len(targets)
    if total == 0:
        return Spread((0.0,) * zones, (0.0,) * zones, 0.0, 0.0)
    live = [cross or n > 0 for n in targets]
    nodes = tuple(alive / sum(live) for alive in live)
    if cross:
        each = tuple(1 / total if n else 0.0 for n in targets)
        away = math.fsum(node * (total - n) / total for node, n in zip(nodes, targets, strict=True))
    else:
        each = tuple(node / n if n else 0.0 for node, n in zip(nodes, targets, strict=True))
        away = 0.0
    return Spread(nodes, each, away, max(each) * total)
