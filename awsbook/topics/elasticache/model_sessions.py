"""Sessions: kept in the instance, reached by a sticky balancer, or kept in a cache with a TTL."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

STORES = ("instance", "sticky", "cache")


@dataclass(frozen=True)
class Sessions:
    """What one run gave: of `clicks`, how many found no session, and why."""

    clicks: int
    expired: int  # the pause was longer than the TTL
    elsewhere: int  # it lies on an instance, and not on this one
    tenths: tuple[int, ...]  # clicks without a session, in each tenth of the run


def sessions(
    store: str, users: int, instances: int, ttl: float, pause: float, lost: bool, length: float, seed: int
) -> Sessions:
    """`users` click at random, `pause` minutes apart on average, for `length` minutes; each click renews the TTL.

    A click without a session logs in again, where it lands. instance: the balancer picks any instance at each click;
    sticky: always the user's own. lost: halfway one instance is replaced by an empty one. The cache survives that.
    ValueError for an unknown store. Leaves out: the cache's own failure, and its memory being full.
    """
    if store not in STORES:
        raise ValueError(f"no store {store!r}; there are {', '.join(STORES)}")
    dice = random.Random(seed)
    clicks, expired, elsewhere, tenths = 0, 0, 0, [0] * 10
    for user in range(users):
        home, last, now = user % instances, 0.0, dice.expovariate(1 / pause)
        while now < length:
            lands = int(instances * dice.random())
            clicks += 1
            gone = lost and last < length / 2 <= now and home == 0
            if now - last >= ttl:
                expired += 1
            elif (store == "instance" and lands != home) or (store != "cache" and gone):
                elsewhere += 1
            else:
                tenths[int(10 * now / length)] -= 1
            tenths[int(10 * now / length)] += 1
            if store == "instance":
                home = lands
            last, now = now, now + dice.expovariate(1 / pause)
    return Sessions(clicks, expired, elsewhere, tuple(tenths))


def expires(ttl: float, pause: float) -> float:
    """The chance that a click comes after its session has expired, for pauses at random with mean `pause`."""
    return math.exp(-ttl / pause)


def held(users: int, ttl: float, pause: float) -> float:
    """Sessions in the store at any moment, on average: users whose last click is younger than the TTL."""
    return users * -math.expm1(-ttl / pause)
