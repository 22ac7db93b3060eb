"""Requests on their way through a load balancer with a node in each zone, while something breaks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import simpy

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


@dataclass(frozen=True)
class Request:
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
    """The whole run, event by event. Nodes take targets in turn, of all zones (cross-zone balancing is on).

    Rules: `threshold` bad checks in a row, one each interval from 0 on, and a target gets no more requests; all out,
    and all get them (fail open); a zone with no target in service, or a node that misses as many checks, leaves DNS;
    a client asks DNS again each ttl_s. ELB user guide, how Elastic Load Balancing works; ALB guide, health checks.
    Leaves out: chance, timeouts (a broken target refuses at once), retries, load, repair, nodes that check on their
    own, and that the real legs take milliseconds. That nodes are checked as often as targets is our assumption.
    """
    world = _World(setup)
    env = world.env
    for target in range(setup.zones * setup.each):
        env.process(world.check(target))
    for node in range(setup.zones):
        env.process(world.check_node(node))
    for client in range(setup.clients):
        env.process(world.ask_dns(client))
    env.process(world.arrivals())
    env.run(until=setup.lasts_s + 4 * setup.leg_s + 1)  # the last ones come home
    return Run(tuple(sorted(world.done, key=lambda r: r.start)), world.broken, world.dead,
               tuple(map(tuple, world.bad)), tuple(world.out), tuple(world.dns_out))  # fmt: skip


class _World:
    """What the processes of one run share."""

    def __init__(self, setup):
        self.setup, self.env, self.done = setup, simpy.Environment(), []
        self.broken, self.dead = struck(setup)
        count = setup.zones * setup.each
        self.bad, self.out = [[] for _ in range(count)], [math.inf] * count
        self.dns_out = [math.inf] * setup.zones
        self.address = [c % setup.zones for c in range(setup.clients)]  # each client's node
        self.turn = [z * setup.each for z in range(setup.zones)]  # each node starts its turns at home

    def is_down(self, what, among):
        return what in among and self.env.now >= self.setup.breaks_at

    def check(self, target):
        while True:
            if self.is_down(target, self.broken):
                self.bad[target].append(self.env.now)
                if len(self.bad[target]) == self.setup.threshold:
                    self.out[target] = self.env.now
                    self.leave_dns(target // self.setup.each)
            yield self.env.timeout(self.setup.interval_s)

    def leave_dns(self, zone):
        each = self.setup.each
        if all(math.isfinite(out) for out in self.out[zone * each : (zone + 1) * each]):
            self.dns_out[zone] = min(self.dns_out[zone], self.env.now)

    def check_node(self, node):
        missed = 0
        while missed < self.setup.threshold:
            missed += self.is_down(node, self.dead)
            if missed == self.setup.threshold:
                self.dns_out[node] = min(self.dns_out[node], self.env.now)
            yield self.env.timeout(self.setup.interval_s)

    def ask_dns(self, client):
        yield self.env.timeout(self.setup.ttl_s * client / self.setup.clients)
        while True:
            live = [z for z, out in enumerate(self.dns_out) if out > self.env.now] or range(self.setup.zones)
            if self.address[client] not in live:
                self.address[client] = live[client % len(live)]
            yield self.env.timeout(self.setup.ttl_s)

    def arrivals(self):
        for k in range(math.ceil(self.setup.rate * self.setup.lasts_s)):
            self.env.process(self.request(k % self.setup.clients))
            yield self.env.timeout(1 / self.setup.rate)

    def request(self, client):
        start, leg, node = self.env.now, self.setup.leg_s, self.address[client]
        yield self.env.timeout(leg)
        at_node = self.env.now
        if self.is_down(node, self.dead):
            self.done.append(Request(start, client, node, -1, at_node, math.inf, at_node + leg, False))
            return
        target = self.pick(node)
        yield self.env.timeout(leg)
        good = not self.is_down(target, self.broken)
        now = self.env.now
        self.done.append(Request(start, client, node, target, at_node, now, now + 2 * leg, good))

    def pick(self, node):
        serving = [t for t, out in enumerate(self.out) if out > self.env.now] or range(len(self.out))
        self.turn[node] += 1
        return serving[self.turn[node] % len(serving)]
