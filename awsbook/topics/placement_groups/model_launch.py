"""Whether a cluster finds room: all at once, in parts, or with two instance types.

A zone is made of segments, the parts of its network within which a cluster stays. Each slot of a segment is free with
the same probability, each for itself. All of it is ours: AWS publishes no free capacity and no size of a segment, only
that parts and mixed types raise the chance of InsufficientInstanceCapacity.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import comb, expm1, log1p


@dataclass(frozen=True)
class Zone:
    """segments: where a cluster may go. slots: of one segment. free: the probability that a slot is free, 0 to 1."""

    segments: int
    slots: int
    free: float


@lru_cache(maxsize=16)
def _tails(slots, free):
    """The probability of n or more free slots, for n from 0 to all of them and one more."""
    odds = [comb(slots, n) * free**n * (1 - free) ** (slots - n) for n in range(slots + 1)]
    return [*accumulate(reversed(odds), initial=0.0)][::-1]  # the smallest first, so that none is lost in the sum


def at_least(wanted: int, slots: int, free: float) -> float:
    """The probability that `wanted` or more of the slots are free."""
    if wanted <= 0:
        return 1.0
    return _tails(slots, free)[wanted] if wanted <= slots else 0.0


def at_once(wanted: int, zone: Zone) -> float:
    """The probability that one request for `wanted` instances fits: some segment has room for all."""
    return _once(at_least(wanted, zone.slots, zone.free), zone.segments)


def _once(chance, tries):
    """The probability that one or more of the tries succeed; a tiny chance is not lost beside 1."""
    return -expm1(tries * log1p(-chance)) if chance < 1 else 1.0


def in_parts(wanted: int, first: int, zone: Zone) -> float:
    """The same when the first `first` instances choose the segment, at random among those that hold them.

    The rest must then fit beside them: P(some segment fits `first`) P(it has `wanted` | it has `first`).
    """
    fits_first = at_least(first, zone.slots, zone.free)
    return at_once(first, zone) * at_least(wanted, zone.slots, zone.free) / fits_first if fits_first else 0.0


def two_types(wanted: int, zone: Zone) -> float:
    """One request a type, both at once, each type for half of the instances and half of each segment's slots."""
    one = at_least(-(-wanted // 2), -(-zone.slots // 2), zone.free)
    fits = one * at_least(wanted // 2, zone.slots // 2, zone.free)
    return _once(fits, zone.segments)


def draw(wanted: int, first: int, zone: Zone, rng) -> bool:
    """One zone drawn slot by slot, and the launch tried in it. first = wanted: all at once. rng: a random.Random."""
    rooms = [sum(rng.random() < zone.free for _ in range(zone.slots)) for _ in range(zone.segments)]
    fitting = [room for room in rooms if room >= first]
    return bool(fitting) and rng.choice(fitting) >= wanted
