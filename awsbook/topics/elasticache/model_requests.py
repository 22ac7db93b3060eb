"""The requests that all patterns see: which key, read or write, and how slow the database is at that moment."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate


@dataclass(frozen=True)
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
    return tuple(weight / total for weight in weights)


@lru_cache(maxsize=64)
def cumulative(keys: int, skew: float) -> tuple[float, ...]:
    """Running sums of `zipf`, as `random.choices` wants them."""
    return tuple(accumulate(zipf(keys, skew)))


@lru_cache(maxsize=64)
def trace(keys: int, skew: float, write_share: float, length: int, seed: int) -> Trace:
    """`length` independent requests; a write picks its key as a read does.

    The database's time is half fixed and half exponential, an assumption of ours, so that it has a tail.
    Leaves out: bursts, days, keys that become popular, and a database that slows down under load.
    """
    dice = random.Random(seed)
    picked = dice.choices(range(keys), cum_weights=cumulative(keys, skew), k=length)
    draws = [dice.random() for _ in range(2 * length)]
    writes = tuple(draw < write_share for draw in draws[:length])
    slowness = tuple(0.5 - 0.5 * math.log(1 - draw) for draw in draws[length:])
    return Trace(tuple(picked), writes, slowness)
