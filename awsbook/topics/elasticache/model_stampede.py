"""Hot keys that expire: how many requests reach the database before the entry is back."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Stampede:
    """What one run gave."""

    starts_s: tuple[float, ...]  # when each database query began
    peak: int  # most database queries under way at once
    waited: int  # requests that waited for another's query, with a lock


def stampede(
    keys: int, rate: float, ttl_s: float, rebuild_s: float, jitter: float, lock: bool, horizon_s: float, seed: int
) -> Stampede:
    """All keys are written at time 0; requests come at random, `rate` a second over all keys together.

    An entry lives for ttl_s, times 1 - jitter to 1 + jitter drawn anew at each write. A miss asks the database,
    which takes rebuild_s; until it answers, every request for that key misses too. With `lock`, only the first of
    them asks and the others wait for it. Leaves out: a database that slows down under the herd, which makes it
    larger, and a lock that is never released because its holder died.
    """
    dice = random.Random(seed)
    each = rate / keys  # a key has its own series of requests, and those that hit change nothing
    starts, waited = [], 0
    for _ in range(keys):
        now = _lives(dice, ttl_s, jitter) + dice.expovariate(each)
        while now < horizon_s:
            starts.append(now)
            back = now + rebuild_s
            now += dice.expovariate(each)
            while now < min(back, horizon_s):
                if lock:
                    waited += 1
                else:
                    starts.append(now)
                now += dice.expovariate(each)
            now = back + _lives(dice, ttl_s, jitter) + dice.expovariate(each)
    starts.sort()
    return Stampede(tuple(starts), _peak(starts, rebuild_s), waited)


def _lives(dice, ttl_s, jitter):
    return ttl_s * (1 + jitter * (2 * dice.random() - 1))


def herd(rate: float, rebuild_s: float) -> float:
    """Database queries for each time one hot key expires, without a lock: the first, and all that come meanwhile."""
    return 1 + rate * rebuild_s


def _peak(starts, rebuild_s):
    peak = 0
    for last, start in enumerate(starts):
        peak += last >= peak and starts[last - peak] > start - rebuild_s  # each start adds one at most
    return peak
