"""What a reader may see after an overwrite. Then (before December 2020): copies get the new version one after the
other, and a read asks any of them. Now: what was written is read. The lags are ours; AWS never published any.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import exp, fsum
from random import Random


@dataclass(frozen=True)
class Read:
    """A read at `at` seconds after the write, answered by `copy`; stale: it saw the version before."""

    at: float
    copy: int
    stale: bool


def lags(copies: int, mean_s: float, rng: Random) -> tuple[float, ...]:
    """When each copy has the new version: exponential, with this mean."""
    return tuple(rng.expovariate(1 / mean_s) for _ in range(copies))


def reads(arrivals: tuple[float, ...], every_s: float, until_s: float, strong: bool, rng: Random) -> tuple[Read, ...]:
    """Reads at every_s, 2 every_s, …, each answered by a copy drawn at random."""
    times = [every_s * i for i in range(1, int(until_s / every_s) + 1)]
    asked = [rng.randrange(len(arrivals)) for _ in times]
    return tuple(Read(at, copy, not strong and at < arrivals[copy]) for at, copy in zip(times, asked, strict=True))


def stale_chance(age_s: float, mean_s: float) -> float:
    """That one read, `age_s` after the write, is stale: the copy it asks has not heard yet."""
    return exp(-age_s / mean_s)


def expected_stale(every_s: float, until_s: float, mean_s: float) -> float:
    """Stale reads to expect among those of `reads`."""
    return fsum(stale_chance(every_s * i, mean_s) for i in range(1, int(until_s / every_s) + 1))


def went_back(seen: tuple[Read, ...]) -> int:
    """How often a stale read followed a fresh one: the past came back."""
    return sum(not one.stale and other.stale for one, other in pairwise(seen))
