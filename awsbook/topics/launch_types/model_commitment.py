"""What a month of one instance costs under each way of paying. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MONTH_H = 730  # 8,760 hours a year over twelve


@dataclass(frozen=True)
class Offer:
    """A way of paying for one instance."""

    name: str
    rate: float  # $ per hour
    committed: bool  # charged for every hour of the month, used or not
    can_be_taken_away: bool = False


def month_cost(offer: Offer, hours: float) -> float:
    """$ for a month in which one instance does `hours` hours of work. ValueError outside 0 to 730.

    Leaves out: volumes, addresses, data; upfront payment; sharing a commitment between instances and accounts.
    """
    if not 0 <= hours <= MONTH_H:
        raise ValueError(f"need hours from 0 to {MONTH_H}, got {hours}")
    return offer.rate * (MONTH_H if offer.committed else hours)


def break_even_h(committed: Offer, by_the_hour: Offer) -> float:
    """Hours a month from which the commitment costs no more than paying by the hour; over 730 means never."""
    return committed.rate * MONTH_H / by_the_hour.rate


def cheapest(offers: Sequence[Offer], hours: float) -> Offer:
    """The offer that costs least for that many hours; the earlier one where two cost the same."""
    return min(offers, key=lambda offer: month_cost(offer, hours))


def spot_rate(on_demand: float, discount: float, redone: float) -> float:
    """$ per hour of useful work on Spot. discount: share off On-Demand; redone: share of the work done twice.

    ValueError unless 0 <= discount < 1 and redone >= 0.
    """
    if not 0 <= discount < 1 or redone < 0:
        raise ValueError(f"need 0 <= discount < 1 and redone >= 0, got {discount}, {redone}")
    return on_demand * (1 - discount) * (1 + redone)


def host_rate(server: float, instances: int) -> float:
    """$ per instance-hour on a server of one's own that runs `instances` of them. ValueError if instances < 1.

    Leaves out: the reservation discount, and licences one already has, the usual reason to take a host.
    """
    if instances < 1:
        raise ValueError(f"need instances >= 1, got {instances}")
    return round(server / instances, 9)  # a server of 48 at 48 times the price costs the same, not a dust less
