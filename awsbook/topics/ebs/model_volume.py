"""What each EBS volume type gives, refuses and costs. Rules come in from the ledger through `rules.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass

TIB = 1024  # GiB
KIB_IN_MIB = 1024


@dataclass(frozen=True)
class Rules:
    """What AWS publishes of one volume type. A number a type does not have is 0.

    family: "credits" (gp2), "both" (gp3: IOPS and throughput are set), "iops" (io1, io2: IOPS are set),
    "disk" (st1, sc1). Sizes in GiB, throughput in MiB/s, prices in $ a month.
    """

    name: str
    family: str
    min_size: int
    max_size: int
    max_iops: float
    max_mibs: float
    gib_usd: float
    afr: float  # share of volumes that fail in a year
    min_iops: float = 0  # gp3: included in the price of the size
    iops_per_gib: float = 0
    iops_usd: tuple = ()  # ((up to so many IOPS, $ each), ...), the last one without end
    included_mibs: float = 0
    mibs_usd: float = 0
    mibs_per_iops: float = 0
    burst_iops: float = 0
    small_mibs: float = 0  # gp2: the limit up to small_until
    small_until: float = 0  # GiB
    max_io: float = 0  # KiB, the largest I/O that counts as one
    flat_mibs: float = 0  # io1: the limit up to flat_until
    flat_until: float = 0  # IOPS
    kib_per_iops: float = 0
    base_per_tib: float = 0  # MiB/s
    burst_per_tib: float = 0  # MiB/s


@dataclass(frozen=True)
class Speed:
    """base: for ever. burst: while credits last; equal to base where there are none. mibs in MiB/s."""

    base_iops: float
    burst_iops: float
    base_mibs: float
    burst_mibs: float


@dataclass(frozen=True)
class Offer:
    """A volume AWS would make, and its price. iops, mibs: what is set (or comes with the size); usd: a month."""

    type: str
    size: int
    iops: float
    mibs: float
    usd: float


def top_iops(size: float, rules: Rules) -> float:
    """The most IOPS a volume of `size` GiB may have (gp2, st1, sc1: has, for ever).

    Rule: EBS User Guide, the pages of the three families; the ratio binds above what a type includes.
    """
    if rules.family == "disk":
        return min(rules.max_iops, rules.base_per_tib * size / TIB)
    return min(rules.max_iops, max(rules.min_iops, rules.iops_per_gib * size))


def included_iops(rules: Rules) -> float:
    """IOPS that come with any size, whatever the ratio: gp3's; 0 for io1 and io2, which must be told."""
    return rules.min_iops if rules.family == "both" else 0


def mibs_of(iops: float, rules: Rules) -> float:
    """The most MiB/s that so many provisioned IOPS allow (gp3, io1, io2).

    io1: large I/O up to flat_mibs, and from flat_until on kib_per_iops for each.
    """
    if rules.flat_mibs:
        large = min(rules.flat_mibs, iops * rules.max_io / KIB_IN_MIB)
        beyond = iops * rules.kib_per_iops / KIB_IN_MIB if iops > rules.flat_until else 0
        return min(rules.max_mibs, max(large, beyond))
    return min(rules.max_mibs, iops * rules.mibs_per_iops)


def speed(size: float, rules: Rules, iops: float = 0) -> Speed:
    """How fast a volume of `size` GiB is, provisioned with `iops` (0: as many as its size allows).

    ValueError outside the type's sizes. The MiB/s are those of large I/O.
    Leaves out: the instance's own limit, and the 1 % of the time in which AWS promises less.
    """
    if not rules.min_size <= size <= rules.max_size:
        raise ValueError(f"{rules.name} has {rules.min_size} to {rules.max_size} GiB, got {size}")
    base = iops or top_iops(size, rules)
    if rules.family == "credits":
        ceiling = rules.small_mibs if size <= rules.small_until else rules.max_mibs
        steady = min(ceiling, base * rules.max_io / KIB_IN_MIB)
        return Speed(base, max(base, rules.burst_iops), steady, ceiling)
    if rules.family == "disk":
        steady = min(rules.max_mibs, rules.base_per_tib * size / TIB)
        quick = min(rules.max_mibs, rules.burst_per_tib * size / TIB)
        # an I/O of 1 MiB or less costs 1 MiB of credit: IOPS and MiB/s are the same number
        return Speed(min(rules.max_iops, steady), min(rules.max_iops, quick), steady, quick)
    return Speed(base, base, mibs_of(base, rules), mibs_of(base, rules))


def price(size: float, rules: Rules, iops: float = 0, mibs: float = 0) -> float:
    """$ a month for `size` GiB, provisioned with `iops` and `mibs` (0: nothing beyond what is included).

    Leaves out: parts of a month, snapshots, the instance, taxes, and that AWS bills GB as GiB.
    """
    parts, below = [size * rules.gib_usd], included_iops(rules)
    for until, usd in rules.iops_usd:
        parts.append(max(0.0, min(iops, until) - below) * usd)
        below = max(below, until)
    parts.append(max(0.0, mibs - rules.included_mibs) * rules.mibs_usd)
    return math.fsum(parts)


def iops_for(mibs: float, rules: Rules) -> float:
    """The fewest provisioned IOPS that allow `mibs` MiB/s: `mibs_of` read backwards. math.inf if none do."""
    if mibs > rules.max_mibs:
        return math.inf
    if rules.flat_mibs and mibs > rules.flat_mibs:
        return max(rules.flat_until + 1, mibs * KIB_IN_MIB / rules.kib_per_iops)
    each = rules.max_io / KIB_IN_MIB if rules.flat_mibs else rules.mibs_per_iops
    return mibs / each


def cheapest(iops: float, mibs: float, gib: float, rules: Rules, burst: bool = False) -> Offer | None:
    """The cheapest single volume of one type for a demand, or None if the type has none.

    iops and mibs must be reached for ever; with `burst`, reaching them while credits last is enough.
    Price grows with size and with IOPS, so the smallest that satisfies is the cheapest.
    Leaves out: RAID, the instance's limit.
    """
    if iops < 0 or mibs < 0 or gib <= 0:
        raise ValueError(f"need iops >= 0, mibs >= 0 and gib > 0, got {iops}, {mibs}, {gib}")
    if rules.family in ("credits", "disk"):
        return _smallest(iops, mibs, gib, rules, burst)
    if mibs > rules.max_mibs:
        return None
    needed = math.ceil(max(rules.min_iops, iops, iops_for(mibs, rules)))
    if needed > rules.max_iops:
        return None
    by_ratio = 0 if needed <= included_iops(rules) else needed / rules.iops_per_gib
    size = math.ceil(max(gib, rules.min_size, by_ratio))
    if size > rules.max_size:
        return None
    bought = max(rules.included_mibs, mibs) if rules.family == "both" else mibs_of(needed, rules)
    return Offer(rules.name, size, needed, bought, price(size, rules, needed, bought if rules.mibs_usd else 0))


def _smallest(iops, mibs, gib, rules, burst):
    def enough(size):
        has = speed(size, rules)
        got = (has.burst_iops, has.burst_mibs) if burst else (has.base_iops, has.base_mibs)
        return got[0] >= iops and got[1] >= mibs

    low, high = math.ceil(max(gib, rules.min_size)), rules.max_size
    if low > high or not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    has = speed(low, rules)
    mibs_got = has.burst_mibs if burst else has.base_mibs
    return Offer(rules.name, low, has.burst_iops if burst else has.base_iops, mibs_got, price(low, rules))
