"""The price of a Spot Instance in two worlds, and what a maximum price makes of it.

Prices are shares of the On-Demand price, one an hour. Both series are made up: they have the shape that AWS and its
customers describe, and no more. Standard library only; chance only through the `random.Random` handed in.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, pairwise
from random import Random

DAY_H = 24
DAILY = [0.15 * math.sin(2 * math.pi * hour / DAY_H) for hour in range(DAY_H)]  # dearer in the day's first half


@dataclass(frozen=True)
class Stay:
    """What became of one request over the hours of a series."""

    running_h: int
    by_price: int  # interruptions because the price rose above the maximum
    by_capacity: int  # interruptions because EC2 took the capacity back
    cost: float  # in On-Demand hours: 1.0 is what one hour costs On-Demand
    interrupted_at: tuple[int, ...]  # hours


def bidding_prices(hours: int, rng: Random) -> list[float]:
    """An auction's price by the hour, as a share of On-Demand.

    It reverts to a low level, follows the day, and jumps when somebody outbids the rest: spikes of up to ten times
    On-Demand, some hours long. ValueError if hours < 1.
    Shape: descriptions of the market before December 2017 (see facts.toml, spot.bidding_ended).
    Leaves out: everything about who bids; no real series is behind it.
    """
    if hours < 1:
        raise ValueError(f"need hours >= 1, got {hours}")
    prices, wander, spike, left = [], 0.0, 0.0, 0
    for hour in range(hours):
        wander += -0.15 * wander + rng.gauss(0, 0.12)
        if left == 0 and rng.random() < 0.012:
            spike, left = rng.uniform(0.7, 3.4), 1 + int(rng.expovariate(1 / 4))
        prices.append(min(10.0, 0.3 * math.exp(wander + DAILY[hour % DAY_H] + (spike if left else 0.0))))
        left -= left > 0
    return prices


def smoothed_prices(hours: int, rng: Random) -> list[float]:
    """Today's price by the hour, as a share of On-Demand: small steps a few times a day, never above On-Demand.

    ValueError if hours < 1. Shape: EC2 User Guide, Spot Instances (prices follow long-term supply and demand).
    Leaves out: what moves it; no real series is behind it.
    """
    if hours < 1:
        raise ValueError(f"need hours >= 1, got {hours}")
    prices, price = [], rng.uniform(0.28, 0.4)
    while len(prices) < hours:
        price = min(1.0, max(0.1, price * math.exp(rng.gauss(0, 0.025))))
        prices += [price] * 6
    return prices[:hours]


def reclaims(hours: int, per_week: float, rng: Random, *, gap_h: float = 3.0) -> frozenset[int]:
    """The hours in which EC2 has no capacity for you.

    per_week: how often it takes an instance back, on average (a Poisson process); gap_h: the mean time until it has
    room again, never under an hour. ValueError if per_week < 0.
    Leaves out: that reclaims come in waves, for many customers at once.
    """
    if per_week < 0:
        raise ValueError(f"need per_week >= 0, got {per_week}")
    gone, at = set(), 0.0
    while per_week:
        at += rng.expovariate(1.0) * 7 * DAY_H / per_week
        length = max(1, round(rng.expovariate(1 / gap_h)))
        if at >= hours:
            break
        gone.update(range(int(at), min(hours, int(at) + length)))
        at += length
    return frozenset(gone)


def hold(prices: Sequence[float], maximum: float, gone: frozenset[int] = frozenset()) -> Stay:
    """Follows a persistent request hour by hour: it runs while the price is not above `maximum` and there is capacity.

    maximum: a share of On-Demand. Pays the price of the hour, not the maximum. ValueError if maximum <= 0.
    Leaves out: seconds (whole hours only), the time to start, and the free first hour of an interrupted run.
    """
    if maximum <= 0:
        raise ValueError(f"need maximum > 0, got {maximum}")
    runs = [price <= maximum for price in prices]
    for hour in gone:
        if hour < len(runs):
            runs[hour] = False
    stops = tuple(hour for hour, (before, now) in enumerate(pairwise(runs), start=1) if before and not now)
    by_price = sum(prices[hour] > maximum for hour in stops)
    paid = list(compress(prices, runs))
    return Stay(len(paid), by_price, len(stops) - by_price, math.fsum(paid), stops)


@dataclass(frozen=True)
class Rises:
    """The hours in which a series rises: the prices before and the prices then, each sorted. Infinite: no capacity."""

    before: list[float]
    then: list[float]

    def stops(self, maximum: float) -> int:
        """Interruptions of a request with this maximum: rises that begin at or below it and end above.

        As many as `hold` counts hour by hour, without the hours: for many maxima of one series.
        """
        return bisect_right(self.before, maximum) - bisect_right(self.then, maximum)


def rises(prices: Sequence[float], gone: frozenset[int] = frozenset()) -> Rises:
    """The rises of a series; an hour without capacity is dearer than any maximum."""
    prices = list(prices)
    for hour in gone:
        if hour < len(prices):
            prices[hour] = math.inf
    found = [pair for pair in pairwise(prices) if pair[0] < pair[1]]
    return Rises(sorted(before for before, _ in found), sorted(then for _, then in found))
