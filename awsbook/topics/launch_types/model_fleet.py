"""How a fleet spreads over Spot pools, and how much of it one reclaim takes. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Pool:
    """Instances of one type in one Availability Zone."""

    name: str
    price: float  # share of On-Demand
    spare: int  # instances that EC2 could give; AWS does not publish it


def make_pools(count: int, rng: Random) -> tuple[Pool, ...]:
    """Pools of our own making: prices of 25 to 60 % of On-Demand, spare capacity of 4 to 80 instances.

    Price and spare capacity are independent: today's price says little about the risk. ValueError if count < 1.
    """
    if count < 1:
        raise ValueError(f"need count >= 1, got {count}")
    names = "ABCDEFGHIJKL"
    return tuple(
        Pool(names[i % len(names)], round(rng.uniform(0.25, 0.6), 3), round(4 * 20 ** rng.random()))
        for i in range(count)
    )


def allocate(pools: Sequence[Pool], target: int, strategy: str, cheapest: int = 1) -> list[int]:
    """Instances in each pool. strategy: a name from the EC2 API; cheapest: InstancePoolsToUseCount, lowest-price only.

    Fewer than target if all pools together have less to give. ValueError for an unknown strategy or target < 0.
    Rule: EC2 API reference, SpotOptionsRequest (see facts.toml). AWS does not publish how it weighs capacity and
    price; ours for price-capacity-optimized: the deeper half of the pools, cheapest first, at most a quarter of
    each pool's spare while the others can give.
    Leaves out: priorities and weights, and that spare capacity moves while the fleet starts.
    """
    if target < 0 or strategy not in STRATEGIES:
        raise ValueError(f"need target >= 0 and a strategy of {', '.join(STRATEGIES)}, got {target}, {strategy!r}")
    return STRATEGIES[strategy](pools, target, cheapest)


def _evenly(pools, target, order):
    """One instance at a time to the least filled pool of `order` that has room, the first where equal.

    That is: all to one level, but for those with less room; and one more to the first, as far as it goes.
    """
    counts, level, left = [0] * len(pools), 0, target
    spares = sorted(pools[i].spare for i in order)
    for full, spare in enumerate(spares):
        higher, left = divmod(left, len(spares) - full)
        if level + higher < spare:
            level += higher
            break
        left += (level + higher - spare) * (len(spares) - full)
        level = spare
    for i in order:
        counts[i] = min(pools[i].spare, level)
        if left and pools[i].spare > level:
            counts[i] += 1
            left -= 1
    return counts


def _lowest_price(pools, target, cheapest):
    order = sorted(range(len(pools)), key=lambda i: (pools[i].price, i))
    counts = _evenly(pools, target, order[:cheapest])
    for i in order[cheapest:]:  # a pool that runs out is followed by the next cheapest
        counts[i] = min(pools[i].spare, target - sum(counts))
    return counts


def _diversified(pools, target, cheapest):
    return _evenly(pools, target, range(len(pools)))


def _capacity_optimized(pools, target, cheapest):
    """Each instance from the pool that has the most left, the first where equal: so what stays is even."""
    stays = max(0, sum(pool.spare for pool in pools) - target)
    kept = _evenly(pools, stays, range(len(pools))[::-1])
    return [pool.spare - n for pool, n in zip(pools, kept, strict=True)]


def _price_capacity_optimized(pools, target, cheapest):
    deep = sorted(range(len(pools)), key=lambda i: (-pools[i].spare, i))[: math.ceil(len(pools) / 2)]
    deep.sort(key=lambda i: pools[i].price)
    rest = sorted((i for i in range(len(pools)) if i not in deep), key=lambda i: pools[i].price)
    counts, left = [0] * len(pools), target
    for order, share in ((deep, 0.25), (deep, 1.0), (rest, 1.0)):
        for i in order:
            more = min(left, max(0, math.floor(pools[i].spare * share) - counts[i]))
            counts[i] += more
            left -= more
    return counts


STRATEGIES = {
    "lowest-price": _lowest_price,
    "diversified": _diversified,
    "capacity-optimized": _capacity_optimized,
    "price-capacity-optimized": _price_capacity_optimized,
}


def price_of(pools: Sequence[Pool], counts: Sequence[int]) -> float:
    """The fleet's cost an hour, in On-Demand hours of one instance."""
    return math.fsum(pool.price * n for pool, n in zip(pools, counts, strict=True))


def lost(count: int, taken: float) -> int:
    """Instances that go if EC2 takes the share `taken` (0 to 1) of a pool that holds `count` of ours, rounded up."""
    return math.ceil(count * taken - 1e-9)


def chances(pools: Sequence[Pool]) -> list[float]:
    """How likely a reclaim strikes each pool: in inverse proportion to its spare capacity. They add up to 1.

    Our assumption: a pool with half the slack runs dry twice as often.
    """
    weights = [1 / pool.spare for pool in pools]
    total = math.fsum(weights)
    return [weight / total for weight in weights]


def expected_loss(pools: Sequence[Pool], counts: Sequence[int], taken: float) -> float:
    """Instances lost to one reclaim somewhere in these pools, on average."""
    return math.fsum(p * lost(n, taken) for p, n in zip(chances(pools), counts, strict=True))


def worst_loss(counts: Sequence[int], taken: float) -> int:
    """Instances lost if the reclaim strikes the pool that holds most of ours."""
    return lost(max(counts), taken)
