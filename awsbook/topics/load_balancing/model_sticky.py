"""Clients that keep their target: what stickiness does to the balance, and what it saves."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, cycle, islice, pairwise


@dataclass(frozen=True)
class Plan:
    """What the balancer does. kind: "none", "lb_cookie" (each client has a cookie) or "app_cookie" (who has a
    session); duration_s: of the cookie, renewed by each request; logged: share (0 to 1) of clients that log in and so
    have a session, kept by their target.
    """

    kind: str
    duration_s: float
    logged: float


@dataclass(frozen=True)
class Visits:
    """One drawn run of requests, whatever the balancer does with them. who: the client of each, in order; gaps: s
    since that client's last one (math.inf: its first); thirds: how many come in each third of the run; dice: 0 to 1,
    one a client, for who logs in."""

    who: tuple[int, ...]
    gaps: tuple[float, ...]
    thirds: tuple[int, int, int]
    dice: tuple[float, ...]


@dataclass(frozen=True)
class Seen:
    """What one run saw. parts: three stages (before, with the new target, after the death), requests of each target
    in each; strangers: requests of clients with a session to a target other than their last; lost: sessions that die
    with the target; requests: all."""

    parts: tuple[tuple[int, ...], ...]
    strangers: int
    lost: int
    requests: int


def rates(clients: int, skew: float) -> list[float]:
    """Shares of the requests, the k-th client's in proportion to 1 / k^skew (Zipf); they sum to 1."""
    weights = [1 / k**skew for k in range(1, clients + 1)]
    total = math.fsum(weights)
    return [w / total for w in weights]


def deal(shares: list[float], requests: int) -> list[int]:
    """The client of each request, the first client's first: each makes its share of them, to within one."""
    ends = [round(requests * share) for share in accumulate(shares, initial=0.0)]
    return [client for client, (start, end) in enumerate(pairwise(ends)) for _ in range(start, end)]


def visits(owners: list[int], clients: int, hours: float, chance: random.Random) -> Visits:
    """The requests that `owners` make, each at a random moment of `hours`."""
    length, draw = hours * 3600, chance.random
    drawn = sorted(zip([draw() * length for _ in owners], owners, strict=True))
    last, gaps = [-math.inf] * clients, []
    for now, client in drawn:
        gaps.append(now - last[client])
        last[client] = now
    early, late = bisect_left(drawn, (length / 3,)), bisect_left(drawn, (2 * length / 3,))
    thirds = (early, late - early, len(drawn) - late)
    return Visits(tuple([client for _, client in drawn]), tuple(gaps), thirds, tuple([draw() for _ in range(clients)]))


def follow(plan: Plan, came: Visits, targets: int) -> Seen:
    """The run over `targets` and one that joins after a third of it; the first target dies after two thirds.

    Without a valid cookie the next target in turn serves (round robin). ValueError unless two targets or more.
    Rule: ALB guide, sticky sessions. Leaves out: clients without cookies or that do not return.
    """
    if targets < 2:
        raise ValueError(f"need two targets or more, since one dies, got {targets}")
    session = [dice < plan.logged for dice in came.dice]
    # a request renews the cookie, so whether the next finds it valid hangs on the gap between the two alone
    keeps = [plan.duration_s * (plan.kind == "lb_cookie")] * len(session)
    if plan.kind == "app_cookie":
        keeps = [plan.duration_s * one for one in session]
    home, turn = [-1] * len(session), 0
    walk, parts, strangers, lost = zip(came.who, came.gaps, strict=True), [], 0, 0
    for stage, count in enumerate(came.thirds):
        first, got = int(stage == 2), [0] * (targets + 1)
        turns = islice(cycle(range(first, targets + (stage > 0))), max(0, turn - first), None)
        for client, gap in islice(walk, count):
            target = home[client]
            if gap >= keeps[client] or target < first:
                last, target = target, next(turns)
                if session[client] and -1 != last != target:
                    strangers += 1
                    lost += last < first
                home[client] = target
            got[target] += 1
        parts.append(tuple(got))
        turn = next(turns)
    return Seen(tuple(parts), strangers, lost, len(came.who))


def uneven(counts: tuple[int, ...]) -> float:
    """The busiest target's requests over the mean: 1 is even. 0 if there are none."""
    return max(counts) * len(counts) / sum(counts) if sum(counts) else 0.0
