"""The hit ratio of an LRU cache: Che's approximation, the exact sum for tiny caches, and the cache itself."""

from __future__ import annotations

import math
import random
from collections import deque
from functools import lru_cache
from itertools import pairwise, permutations
from operator import mul


def characteristic_time(shares: tuple[float, ...], room: int) -> float:
    """Requests until a cache of `room` keys has seen `room` different ones, on average; found by Newton's method.

    Rule: Che, Tung and Wang, 2002: the t for which the sum of 1 - exp(-p t) over all keys equals `room`.
    math.inf if every key fits. ValueError if room < 1.
    """
    if room < 1:
        raise ValueError(f"need room for one key or more, got {room}")
    if room >= len(shares):
        return math.inf
    # at t = room fewer are different, and the sum bends downwards: from there no step goes too far; near the end each
    # leaves about the square of the error before
    time, step = float(room), math.inf
    while step > 1e-4 * time:
        unseen = _unseen(shares, time)
        step = (room - len(shares) + sum(unseen)) / sum(map(mul, shares, unseen))
        time += step
    return time


def hit_ratio(shares: tuple[float, ...], time: float) -> float:
    """Share of reads that hit, in a cache that forgets a key `time` requests after its last use."""
    return math.fsum([p * -math.expm1(-p * time) for p in shares])


@lru_cache(maxsize=64)
def che(shares: tuple[float, ...], room: int) -> float:
    """Hit ratio of an LRU cache of `room` keys, by Che's approximation, for independent requests.

    Leaves out: writes, TTL, requests that depend on each other, and the cold start.
    """
    return hit_ratio(shares, characteristic_time(shares, room))


@lru_cache(maxsize=64)
def curve(shares: tuple[float, ...]) -> tuple[tuple[float, float], ...]:
    """(room, hit ratio) along Che's approximation, without solving: each time has its room and its ratio.

    Each time is 1.6 times the one before, from less than 1 % of the keys to 97 % or more.
    """
    counts, means = _alike(shares)
    together = [count * p for count, p in zip(counts, means, strict=True)]
    made, time, filled = [], len(shares) / 100, 0.0
    while filled < 0.97 * len(shares):
        unseen = _unseen(means, time)
        filled = len(shares) - sum(map(mul, counts, unseen))
        made.append((filled, 1 - sum(map(mul, together, unseen))))
        time *= 1.6
    return tuple(made)


def _unseen(shares, time):
    """For each share, the chance that none of its requests comes within `time`."""
    exp, ago = math.exp, -time
    return [exp(p * ago) for p in shares]


def _alike(shares):
    """Neighbours in rank taken together, few at the top: how many, and their mean shares. A line needs no more."""
    groups, first = [], 0
    while first < len(shares):
        groups.append(shares[first : first + 1 + first // 8])
        first += len(groups[-1])
    return [len(group) for group in groups], [sum(group) / len(group) for group in groups]


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
    waits = [wait / p for wait, p in zip(_waits(len(shares), seed), shares, strict=True)]
    return tuple(sorted(range(len(shares)), key=waits.__getitem__))


def lru(requests: tuple[int, ...], room: int, start: tuple[int, ...], parts: int = 1) -> list[float]:
    """Share of requests, each a key, that hit, in each of `parts` equally long parts of the run.

    start: keys by last use, latest first; `room` are held. A part differs from the next about as much as a run from
    another one. functools.lru_cache is such a cache, and counts; what it keeps for a key does not matter here.
    ValueError if start names fewer than `room` keys.
    """
    if len(start) < room:
        raise ValueError(f"need {room} keys to start from, got {len(start)}")
    cache = lru_cache(maxsize=room)(abs)
    deque(map(cache, reversed(start[:room])), maxlen=0)  # asks for each, keeps no answer
    size, hits = len(requests) // parts, [0]
    for first in range(0, parts * size, size):
        deque(map(cache, requests[first : first + size]), maxlen=0)
        hits.append(cache.cache_info().hits)
    return [(after - before) / size for before, after in pairwise(hits)]


def stray(hits: float, requests: int) -> float:
    """About 19 runs, or parts of one, in 20 lie this near the mean hit ratio; `hits` is that mean.

    The binomial's two standard deviations, and a third more: what is held lasts from one request to the next, so
    hits come in groups. The third is measured, not derived; the tests count again.
    """
    return 4 / 3 * 2 * math.sqrt(hits * (1 - hits) / requests)


@lru_cache(maxsize=64)
def _waits(keys, seed):
    draw = random.Random(seed).random
    return [-math.log(1 - draw()) for _ in range(keys)]
