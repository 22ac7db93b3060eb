"""The burst buckets: gp2's I/O credits through a day, and the throughput credits of st1 and sc1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

HOUR_S = 3600
MIB_IN_TIB = 1024 * 1024


@dataclass(frozen=True)
class Bucket:
    """fills: credits a second; spends: the most a second while any are left; holds: credits when full.

    One credit pays for one I/O (gp2) or one MiB (st1, sc1).
    """

    fills: float
    spends: float
    holds: float


@dataclass(frozen=True)
class Moment:
    """A kink in the day, and what holds from here to the next one. at_s: seconds since midnight."""

    at_s: float
    demand: float  # credits a second
    served: float
    credits: float
    waiting: float  # work put off, in credits
    unserved: float  # work refused since midnight, in credits


def lasts(demand: float, bucket: Bucket) -> float:
    """Seconds until a full bucket is empty under a steady demand; math.inf if it never is.

    ValueError if demand < 0. Rule: EBS User Guide, "General Purpose SSD volumes": balance / (burst - baseline).
    Leaves out: the throughput limit, I/O size and merging.
    """
    if demand < 0:
        raise ValueError(f"need demand >= 0, got {demand}")
    drain = min(demand, bucket.spends) - bucket.fills
    return bucket.holds / drain if drain > 0 else math.inf


def day(demands: Sequence[float], bucket: Bucket, credits: float, waits: bool) -> list[Moment]:
    """One hour for each demand (credits a second), from a balance of `credits`; exact between the kinks.

    waits: work that finds no room is done later, before new work; otherwise it is refused and counted.
    The last moment closes the day. ValueError if credits are not between 0 and what the bucket holds.
    """
    if not 0 <= credits <= bucket.holds:
        raise ValueError(f"need 0 <= credits <= {bucket.holds}, got {credits}")
    now, waiting, unserved, moments = 0.0, 0.0, 0.0, []
    served = demand = 0.0
    for hour, demand in enumerate(demands):
        end = (hour + 1.0) * HOUR_S
        while now < end:
            room = bucket.spends if credits > 0 else min(bucket.fills, bucket.spends)
            served = room if waiting > 0 else min(demand, room)
            moments.append(Moment(now, demand, served, credits, waiting, unserved))
            step = min(end - now, _next_kink(credits, waiting, demand, served, bucket))
            left = credits + (bucket.fills - served) * step
            credits = min(bucket.holds, 0.0 if left < 1e-6 * bucket.holds and served > bucket.fills else left)
            late = (demand - served) * step
            waiting, unserved = (_floor(waiting + late), unserved) if waits else (0.0, unserved + late)
            now = end if end - now - step < 1e-6 else now + step
    moments.append(Moment(now, demand, served, credits, waiting, unserved))
    return moments


def _next_kink(credits, waiting, demand, served, bucket):
    """Seconds until the bucket is empty or full or the waiting work is done, at the rates of now."""
    net = bucket.fills - served
    kinks = [math.inf]
    if net < 0:
        kinks.append(credits / -net)
    elif net > 0 and credits < bucket.holds:
        kinks.append((bucket.holds - credits) / net)
    if waiting > 0 and served > demand:
        kinks.append(waiting / (served - demand))
    return max(1e-3, min(kinks))


def _floor(work):
    return work if work > 1e-3 else 0.0


def scan(tib: float, bucket: Bucket, full: float) -> tuple[float, float]:
    """Seconds to read a volume of `tib` TiB once from end to end, and the seconds of it at burst speed.

    full: the bucket's level at the start, 0 to 1. bucket in MiB. I/O is sequential and large.
    Rule: EBS User Guide, "Throughput Optimized HDD and Cold HDD volumes", size / throughput.
    Leaves out: the instance's limit and the promise of 90 % of this for 99 % of the time.
    """
    work, drain = tib * MIB_IN_TIB, bucket.spends - bucket.fills
    quick_s = math.inf if drain <= 0 else bucket.holds * full / drain
    if quick_s * bucket.spends >= work:
        return work / bucket.spends, work / bucket.spends
    return quick_s + (work - quick_s * bucket.spends) / bucket.fills, quick_s
