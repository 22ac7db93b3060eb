"""Requests on their way through a load balancer with a node in each zone, while something breaks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import NamedTuple

BREAKS = ("nothing", "one", "targets", "zone", "all")  # what breaks: zone a's first target, its targets, it all; all


@dataclass(frozen=True)
class Setup:
    """One run. rate: requests a second over all clients; interval_s, threshold: of the health checks; breaks: one of
    BREAKS, at breaks_at (s); lasts_s: length of the run; clients: each keeps a node's address for ttl_s; leg_s: one
    way from client to node or from node to target."""

    zones: int
    each: int
    rate: float
    interval_s: float
    threshold: int
    breaks: str
    breaks_at: float
    lasts_s: float
    clients: int = 6
    ttl_s: float = 60
    leg_s: float = 1


class Request(NamedTuple):  # a page draws hundreds anew at each move, and a dataclass takes three times as long to make
    """start, at_node, at_target, back in s (at_target math.inf and target -1: it got no further than the node)."""

    start: float
    client: int
    node: int
    target: int
    at_node: float
    at_target: float
    back: float
    good: bool


@dataclass(frozen=True)
class Run:
    """requests by start; broken: targets that break; dead: nodes that break; bad_checks: for each target, when a check
    of it failed; out_at: when each target left service; dns_out: when each node left DNS (math.inf: never)."""

    requests: tuple[Request, ...]
    broken: frozenset[int]
    dead: frozenset[int]
    bad_checks: tuple[tuple[float, ...], ...]
    out_at: tuple[float, ...]
    dns_out: tuple[float, ...]


def struck(setup: Setup) -> tuple[frozenset[int], frozenset[int]]:
    """(targets, nodes) that break. Targets are numbered zone by zone. ValueError for an unknown word."""
    if setup.breaks not in BREAKS:
        raise ValueError(f"{setup.breaks!r} is not one of {BREAKS}")
    count = {"nothing": 0, "one": 1, "all": setup.zones * setup.each}.get(setup.breaks, setup.each)
    return frozenset(range(count)), frozenset({0} if setup.breaks == "zone" else ())


def run(setup: Setup) -> Run:
    """The whole run, request by request. Nodes take targets in turn, of all zones (cross-zone balancing is on).

    Rules: `threshold` bad checks in a row, one each interval from 0 on, and a target gets no more requests; all out,
    and all get them (fail open); a zone with no target in service, or a node that misses as many checks, leaves DNS;
    a client asks DNS again each ttl_s. ELB user guide, how Elastic Load Balancing works; ALB guide, health checks.
    Of what falls on one moment, clients ask DNS first, then checks decide, then requests arrive.
    Leaves out: chance, timeouts (a broken target refuses at once), retries, load, repair, nodes that check on their
    own, and that the real legs take milliseconds. That nodes are checked as often as targets is our assumption.
    """
    broken, dead = struck(setup)
    zones, targets, breaks_at, leg = range(setup.zones), range(setup.zones * setup.each), setup.breaks_at, setup.leg_s
    bad = _bad_checks(setup)
    # whatever breaks, breaks at once and is checked at once, so that it is out at once
    out = bad[setup.threshold - 1] if len(bad) >= setup.threshold else math.inf
    left = [t for t in targets if t not in broken] or targets
    gone = [z for z in zones if z in dead or all(t in broken for t in targets[z * setup.each : (z + 1) * setup.each])]
    live = [z for z in zones if z not in gone] or zones
    address = [client % setup.zones for client in range(setup.clients)]
    later = [node if node in live else live[client % len(live)] for client, node in enumerate(address)]
    moves = [_asks_after(out, setup.ttl_s * client / setup.clients, setup.ttl_s) for client in range(setup.clients)]
    turn, done = [z * setup.each for z in zones], []  # each node starts its turns at home
    count = math.ceil(setup.rate * setup.lasts_s)
    for number, start in enumerate(accumulate(repeat(1 / setup.rate, count - 1), initial=0.0)):
        client = number % setup.clients
        node, at_node = (later if start >= moves[client] else address)[client], start + leg
        if node in dead and at_node >= breaks_at:
            done.append(Request(start, client, node, -1, at_node, math.inf, at_node + leg, False))
            continue
        serving, at_target = targets if at_node < out else left, at_node + leg
        turn[node] += 1
        target = serving[turn[node] % len(serving)]
        good = target not in broken or at_target < breaks_at
        done.append(Request(start, client, node, target, at_node, at_target, at_target + 2 * leg, good))
    return Run(tuple(done), broken, dead, tuple(bad if t in broken else () for t in targets),
               tuple(out if t in broken else math.inf for t in targets),
               tuple(out if z in gone else math.inf for z in zones))  # fmt: skip


def _bad_checks(setup):
    """When a check of what breaks fails, until the last requests are home."""
    first, end = math.ceil(setup.breaks_at / setup.interval_s), setup.lasts_s + 4 * setup.leg_s + 1
    return tuple(n * setup.interval_s for n in range(first, math.ceil(end / setup.interval_s)))


def _asks_after(moment, first, each):
    """The first time after `moment` at which a client asks, that asks at `first` and then each `each` s."""
    return math.inf if math.isinf(moment) else first + each * max(0, math.floor((moment - first) / each) + 1)
