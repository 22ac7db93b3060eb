"""The requests that all patterns see: which key, read or write, and how slow the database is at that moment."""

from __future__ import annotations

import math
import random
from bisect import bisect
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, repeat

STEPS = [0.5 - 0.5 * math.log(1 - (step + 0.5) / 256) for step in range(256)]  # each as likely: one byte draws one


@dataclass(frozen=True, eq=False)  # one series is itself alone: to look a result up is then not to read the series
class Trace:
    """One series of requests, in order. Equal lengths."""

    keys: tuple[int, ...]  # 0 is the most popular
    writes: tuple[bool, ...]
    slowness: tuple[float, ...]  # factor on the database's mean time, mean 1, at least 0.5


@lru_cache(maxsize=64)
def zipf(keys: int, skew: float) -> tuple[float, ...]:
    """The share of requests for each key, most popular first: proportional to 1 / rank**skew. They add up to 1.

    ValueError if keys < 1 or skew < 0. skew 0: all alike.
    """
    if keys < 1 or skew < 0:
        raise ValueError(f"need keys >= 1 and skew >= 0, got {keys} and {skew}")
    weights = [rank**-skew for rank in range(1, keys + 1)]
    total = math.fsum(weights)
    return tuple([weight / total for weight in weights])


@lru_cache(maxsize=64)
def picks(keys: int, skew: float, length: int, seed: int) -> tuple[int, ...]:
    """The keys of `length` independent requests, each drawn with its share of `zipf`. The seed fixes the luck alone."""
    return tuple(map(bisect, repeat(_bounds(keys, skew)), _draws(length, seed)))


@lru_cache(maxsize=64)
def _bounds(keys, skew):
    return list(accumulate(zipf(keys, skew)))[:-1]  # without the last, 1 but for rounding


@lru_cache(maxsize=64)
def trace(keys: int, skew: float, write_share: float, length: int, seed: int) -> Trace:
    """`length` independent requests; a write picks its key as a read does.

    The database's time is half fixed and half exponential, in STEPS, an assumption of ours, so that it has a tail.
    Leaves out: bursts, days, keys that become popular, and a database that slows down under load.
    """
    return Trace(picks(keys, skew, length, seed), _writes(write_share, length, seed), _slowness(length, seed))


@lru_cache(maxsize=64)
def _writes(share, length, seed):
    return tuple([draw < share for draw in _draws(length, f"{seed} writes")])


@lru_cache(maxsize=64)
def _slowness(length, seed):
    return tuple(map(STEPS.__getitem__, random.Random(f"{seed} slowness").randbytes(length)))


@lru_cache(maxsize=64)
def _draws(length, seed):
    """`length` numbers from 0 to under 1, kept: what moves beside the seed uses the same luck."""
    draw = random.Random(seed).random
    return [draw() for _ in range(length)]
