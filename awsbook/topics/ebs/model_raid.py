"""RAID 0 and RAID 1 over n volumes: speed, capacity, and the chance of losing everything."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Array:
    """size in GiB; iops: what the file system can write a second; carried: what then crosses to EBS a second."""

    size: float
    iops: float
    mibs: float
    carried: float


def array(level: int, volumes: int, size: float, iops: float, mibs: float, limit_iops: float,
          limit_mibs: float) -> Array:  # fmt: skip
    """What `volumes` equal volumes give together on an instance that carries limit_iops and limit_mibs to EBS.

    level 0 stripes: sizes and speeds add up. level 1 mirrors: each write goes to every volume.
    ValueError for another level or no volumes. Rule: EBS User Guide, "Amazon EBS and RAID configuration".
    Leaves out: reads of a mirror (Linux may spread them), stripes that do not fit, a slower volume in the set.
    """
    if level not in (0, 1) or volumes < 1:
        raise ValueError(f"need level 0 or 1 and volumes >= 1, got {level}, {volumes}")
    carried = min(volumes * iops, limit_iops)
    if level == 0:
        return Array(volumes * size, carried, min(volumes * mibs, limit_mibs), carried)
    return Array(size, min(iops, limit_iops / volumes), min(mibs, limit_mibs / volumes), carried)


def fails_within(afr: float, years: float) -> float:
    """The chance that one volume fails within so many years, from its annual failure rate."""
    if not 0 <= afr < 1 or years < 0:
        raise ValueError(f"need 0 <= afr < 1 and years >= 0, got {afr}, {years}")
    return -math.expm1(years * math.log1p(-afr))


def loss(level: int, volumes: int, chance: float) -> float:
    """The chance that the array loses its data, if each volume fails with `chance`, independently.

    The ends of a binomial distribution: RAID 0 loses all unless none fails, RAID 1 only if all fail.
    Leaves out: replacing a failed mirror in time (safer), and causes that hit all volumes at once (worse):
    a deleted array, a lost Availability Zone.
    """
    if level == 0:
        return -math.expm1(volumes * math.log1p(-chance))
    return chance**volumes


def fleet_loss(volumes: int, chance: float, arrays: int, rng: random.Random) -> tuple[float, float]:
    """The shares of `arrays` arrays that lost their data in one drawn history, as stripes and as mirrors (RAID 0, 1).

    Each volume of each array is drawn. An array is a bit of a whole number, so one operation serves the whole fleet,
    and frequent failures cost no more than rare ones.
    """
    stripes, mirrors = 0, -1
    for _ in range(volumes):
        failed = _drawn(chance, arrays, rng)
        stripes |= failed  # one failure is enough
        mirrors &= failed  # all have to fail
    return stripes.bit_count() / arrays, mirrors.bit_count() / arrays


DIGITS = 20  # binary ones of a chance: to one in a million


def _drawn(chance, count, rng):
    """A number of `count` bits, each of which is 1 with `chance`.

    For each a number from 0 to 1 is drawn, and the bit says whether it is smaller than the chance. They are compared
    by binary digits, from the last to the first. A coin that shows 1 is a drawn digit of 0: where the chance has a 1,
    the number is smaller, whatever came after; where it has a 0, what came after decides, and without the coin it is
    larger.
    """
    wanted = min(round(chance * 2**DIGITS), 2**DIGITS - 1)
    smaller = 0
    for place in range(DIGITS):
        coin = rng.getrandbits(count)
        smaller = smaller | coin if wanted >> place & 1 else smaller & coin
    return smaller
