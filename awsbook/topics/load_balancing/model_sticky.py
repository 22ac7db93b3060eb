"""Clients that keep their target: what stickiness does to the balance, and what it saves."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class Plan:
    """What happens. kind: "none", "lb_cookie" (each client has a cookie) or "app_cookie" (who has a session);
    duration_s: of the cookie, renewed by each request; logged: share (0 to 1) of clients that log in and so have a
    session, kept by their target; hours: length of the run.

    A target joins after a third of the time; the first target dies after two thirds.
    """

    kind: str
    duration_s: float
    logged: float
    hours: float


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


def follow(plan: Plan, shares: list[float], targets: int, requests: int, chance: random.Random) -> Seen:
    """`requests` at random moments, each from a client drawn by `shares`, over `targets` and one that joins.

    Without a valid cookie the next target in turn serves (round robin). ValueError unless two targets or more.
    Rule: ALB guide, sticky sessions. Leaves out: clients without cookies or that do not return.
    """
    if targets < 2:
        raise ValueError(f"need two targets or more, since one dies, got {targets}")
    sums, clients = list(accumulate(shares)), len(shares)
    session = [chance.random() < plan.logged for _ in shares]
    length = plan.hours * 3600
    moments = sorted(chance.random() * length for _ in range(requests))
    who = chance.choices(range(clients), cum_weights=sums, k=requests)
    home, until, turn = [-1] * clients, [-1.0] * clients, 0
    parts, strangers, lost = [[0] * (targets + 1) for _ in range(3)], 0, 0
    for now, client in zip(moments, who, strict=True):
        stage = min(2, int(3 * now / length))
        alive = range(stage == 2, targets + (stage > 0))
        if home[client] in alive and now < until[client]:
            target = home[client]
        else:
            target = alive[turn % len(alive)]
            turn += 1
            strangers += session[client] and home[client] not in (-1, target)
            lost += session[client] and stage == 2 and home[client] == 0
        home[client] = target
        if plan.kind == "lb_cookie" or (plan.kind == "app_cookie" and session[client]):
            until[client] = now + plan.duration_s
        parts[stage][target] += 1
    return Seen(tuple(map(tuple, parts)), strangers, lost, requests)


def uneven(counts: tuple[int, ...]) -> float:
    """The busiest target's requests over the mean: 1 is even. 0 if there are none."""
    return max(counts) * len(counts) / sum(counts) if sum(counts) else 0.0
