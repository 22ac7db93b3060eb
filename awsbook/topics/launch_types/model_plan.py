"""What a Savings Plan covers in one hour, and what is left of the promise. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Usage:
    """One kind of use in one hour."""

    name: str
    on_demand: float  # $ this use costs On-Demand
    plan: float  # $ the same use costs at the plan's rates

    @property
    def saving(self) -> float:
        """Share off On-Demand."""
        return 1 - self.plan / self.on_demand if self.on_demand else 0.0


@dataclass(frozen=True)
class HourBill:
    """$ of one hour."""

    used: float  # of the commitment
    unused: float  # of the commitment: lost, the next hour starts anew
    overflow: float  # what the commitment did not reach, at On-Demand

    @property
    def total(self) -> float:
        return self.used + self.unused + self.overflow


def cover(usages: Sequence[Usage], commitment: float) -> HourBill:
    """Applies a commitment of $ per hour to an hour's use. ValueError if commitment < 0.

    The highest saving goes first, of equal ones the lower plan rate; what the commitment reaches only in part is
    split. Rule: Savings Plans User Guide, "Understanding how Savings Plans apply to your usage" (sp-applying).
    Leaves out: Reserved Instances, which go before; several plans; sharing between accounts.
    """
    if commitment < 0:
        raise ValueError(f"need commitment >= 0, got {commitment}")
    left, overflow = commitment, []
    for usage in sorted(usages, key=lambda u: (-u.saving, u.plan)):
        taken = min(left, usage.plan)
        left -= taken
        if usage.plan > taken:
            overflow.append(usage.on_demand * (1 - taken / usage.plan))
    return HourBill(commitment - left, left, math.fsum(overflow))


def day(counts: Sequence[int], on_demand: float, plan: float, commitment: float) -> list[HourBill]:
    """An hour's bill for each hour of a day. counts: instances running; on_demand, plan: $ per instance-hour."""
    bills = {n: cover([Usage("instances", n * on_demand, n * plan)] if n else [], commitment) for n in set(counts)}
    return [bills[n] for n in counts]


def best_commitment(counts: Sequence[int], on_demand: float, plan: float) -> float:
    """$ per hour that make the day cheapest.

    The next instance-hour is worth promising if it runs for a larger share of the day than plan / on_demand; so the
    promise covers the number of instances that run for that share or more.
    """
    share = plan / on_demand
    worth = [n for n in range(1, max(counts, default=0) + 1) if sum(c >= n for c in counts) > share * len(counts)]
    return plan * max(worth, default=0)
