"""The hit ratio of an LRU cache: Che's approximation, the exact sum for tiny caches, and the cache itself."""

from __future__ import annotations

import math
import random
from functools import lru_cache
from itertools import permutations


def characteristic_time(shares: tuple[float, ...], room: int) -> float:
    """Requests until a cache of `room` keys has seen `room` different ones, on average; found by bisection.

    Rule: Che, Tung and Wang, 2002: the t for which the sum of 1 - exp(-p t) over all keys equals `room`.
    math.inf if every key fits. ValueError if room < 1.
    """
    if room < 1:
        raise ValueError(f"need room for one key or more, got {room}")
    if room >= len(shares):
        return math.inf
    low, high = 0.0, float(room)
    while _different(shares, high) < room:
        low, high = high, 2 * high
    while high - low > 1e-6 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _different(shares, middle) < room else (low, middle)
    return (low + high) / 2


def hit_ratio(shares: tuple[float, ...], time: float) -> float:
    """Share of reads that hit, in a cache that forgets a key `time` requests after its last use."""
    return math.fsum(p * -math.expm1(-p * time) for p in shares)


@lru_cache(maxsize=64)
def che(shares: tuple[float, ...], room: int) -> float:
    """Hit ratio of an LRU cache of `room` keys, by Che's approximation, for independent requests.

    Leaves out: writes, TTL, requests that depend on each other, and the cold start.
    """
    return hit_ratio(shares, characteristic_time(shares, room))


@lru_cache(maxsize=64)
def curve(shares: tuple[float, ...], points: int) -> tuple[tuple[float, float], ...]:
    """(room, hit ratio) along Che's approximation, without solving: each time has its room and its ratio."""
    last = characteristic_time(shares, max(1, round(0.97 * len(shares))))
    times = [last ** (i / (points - 1)) if last > 1 else last for i in range(points)]
    return tuple((_different(shares, time), hit_ratio(shares, time)) for time in times)


def exact(shares: tuple[float, ...], room: int) -> float:
    """Hit ratio of LRU without approximation, summed over every order of `room` keys; for a handful of keys only.

    Rule: King, 1971. Cost grows as keys! / (keys - room)!.
    """
    total = []
    for order in permutations(shares, min(room, len(shares))):
        chance, left = 1.0, 1.0
        for p in order:
            chance *= p / left
            left -= p
        total.append(chance * math.fsum(order))
    return math.fsum(total)


@lru_cache(maxsize=64)
def settled(shares: tuple[float, ...], seed: int) -> tuple[int, ...]:
    """All keys, last used first, as a cache that has run for ever would find them; keys are ranks.

    Rule: a key waits an exponential time since its last use, of rate p; shortest wait first. With independent
    requests that is LRU's own order, so a run that starts from it is neither cold nor too warm.
    """
    dice = random.Random(seed)
    waits = [-math.log(1 - dice.random()) / p for p in shares]
    return tuple(sorted(range(len(shares)), key=waits.__getitem__))


def lru(requests: tuple[int, ...], room: int, start: tuple[int, ...]) -> float:
    """Share of requests, each a key, that hit. start: keys by last use, latest first; `room` are held.

    ValueError if start names fewer than `room` keys.
    """
    if len(start) < room:
        raise ValueError(f"need {room} keys to start from, got {len(start)}")
    held, hits = dict.fromkeys(reversed(start[:room])), 0
    for key in requests:
        if key in held:
            del held[key]
            hits += 1
        else:
            del held[next(iter(held))]
        held[key] = None
    return hits / len(requests)


def stray(hits: float, requests: int) -> float:
    """About 19 runs in 20 lie this near the mean hit ratio; `hits` is that mean.

    The binomial's two standard deviations, and a third more: what is held lasts from one request to the next, so
    hits come in groups. The third is measured, not derived; the tests count again.
    """
    return 4 / 3 * 2 * math.sqrt(hits * (1 - hits) / requests)


def _different(shares, time):
    return math.fsum(-math.expm1(-p * time) for p in shares)
