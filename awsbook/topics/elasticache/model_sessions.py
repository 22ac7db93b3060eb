"""Sessions: kept in the instance, reached by a sticky balancer, or kept in a cache with a TTL."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache
from math import log

STORES = ("instance", "sticky", "cache")


@dataclass(frozen=True)
class Sessions:
    """What one run gave: of `clicks`, how many found no session, and why."""

    clicks: int
    expired: int  # the pause was longer than the TTL
    elsewhere: int  # it lies on an instance, and not on this one
    without: tuple[float, ...]  # minutes of the clicks without a session, user by user


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
    moves, safe, noon = store == "instance", store == "cache" or not lost, length / 2
    clicks, expired, without = 0, 0, []
    for user, (times, places) in enumerate(_clicks(users, pause, length, seed)):
        home, last = user % instances, 0.0
        clicks += len(times)
        for now, place in zip(times, places, strict=True):
            lands = int(instances * place) if moves else home
            if now - last >= ttl:
                expired += 1
            elif lands == home and (safe or home or now < noon or last >= noon):
                last = now
                continue
            without.append(now)
            home, last = lands, now
    return Sessions(clicks, expired, len(without) - expired, tuple(without))


@lru_cache(maxsize=16)
def _clicks(users, pause, length, seed):
    """For each user the minutes of the clicks, and where in the row of instances a balancer drops each, from 0 to 1."""
    draw, made = random.Random(seed).random, []
    for _ in range(users):
        times, now = [], -pause * log(1 - draw())
        while now < length:
            times.append(now)
            now -= pause * log(1 - draw())
        made.append((times, [draw() for _ in times]))
    return made


def expires(ttl: float, pause: float) -> float:
    """The chance that a click comes after its session has expired, for pauses at random with mean `pause`."""
    return math.exp(-ttl / pause)


def held(users: int, ttl: float, pause: float) -> float:
    """Sessions in the store at any moment, on average: users whose last click is younger than the TTL."""
    return users * -math.expm1(-ttl / pause)
