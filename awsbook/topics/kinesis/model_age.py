"""How far behind a consumer is, during an outage and after it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Recovery:
    """What an outage does to a consumer that was caught up when it began. Seconds throughout."""

    peak_age_s: float  # the greatest iterator age
    lost_s: float  # seconds of data that expired unread; math.inf when it never stops
    caught_up_s: float  # after the end of the outage; math.inf when never


def recovery(outage_s: float, write: float, read: float, retention_s: float) -> Recovery:
    """A fluid model: data flows in at `write` and, after the outage, out at up to `read` (the same unit).

    The age grows by a second a second while nothing is read. Afterwards a consumer reads read / write seconds
    of data each second, so its age falls by read / write - 1. Data older than the retention is gone.
    ValueError unless write, read and retention_s are positive and outage_s is not negative.
    Leaves out: records are not a fluid (an error of at most one record's interval), polling, checkpoints.
    """
    if min(write, read, retention_s) <= 0 or outage_s < 0:
        raise ValueError(f"cannot recover with {outage_s=}, {write=}, {read=}, {retention_s=}")
    age = min(outage_s, retention_s)
    lost = max(0.0, outage_s - retention_s)
    gain = read / write - 1  # seconds of age lost each second
    if gain > 0:
        return Recovery(age, lost, age / gain)
    if gain == 0:
        return Recovery(age, lost, 0.0 if age == 0 else math.inf)
    return Recovery(retention_s, math.inf, math.inf)


def age_at(t: float, outage_s: float, write: float, read: float, retention_s: float) -> float:
    """Iterator age (s) at `t` seconds after the outage began; the same model as `recovery`."""
    age = min(t, outage_s, retention_s)
    if t > outage_s:
        age -= (t - outage_s) * (read / write - 1)
    return min(max(0.0, age), retention_s)


def simulate(outage_s: int, write: int, read: int, retention_s: int, until_s: int) -> list[float]:
    """The independent road: one record at a time. The age at the end of each second, 0 when nothing waits.

    write, read: whole records a second, written evenly through it. Slow; for tests and small numbers.
    """
    waiting, ages = [], []
    first = 0  # index of the oldest record that waits
    for second in range(1, until_s + 1):
        waiting += [second - 1 + (i + 0.5) / write for i in range(write)]
        if second > outage_s:
            first = min(len(waiting), first + read)
        while first < len(waiting) and waiting[first] < second - retention_s:
            first += 1  # expired unread
        ages.append(second - waiting[first] if first < len(waiting) else 0.0)
    return ages
