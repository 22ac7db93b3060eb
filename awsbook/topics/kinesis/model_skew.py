"""Uneven keys: which shard gets how much, what is throttled, and what chance has to do with it."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from .routing import HashKeyRange, hash_key, shard_ranges


@dataclass(frozen=True)
class Load:
    """What reaches one shard each second."""

    records: float  # records/s
    mib: float  # MiB/s
    throttled: float  # records/s that the shard refuses


def zipf(keys: int, exponent: float) -> tuple[float, ...]:
    """The share of each key, busiest first: the k-th is proportional to 1 / k**exponent. They add up to 1.

    ValueError if keys < 1 or exponent < 0. exponent 0: all alike.
    """
    if keys < 1 or exponent < 0:
        raise ValueError(f"need keys >= 1 and exponent >= 0, got {keys} and {exponent}")
    weights = [rank**-exponent for rank in range(1, keys + 1)]
    total = math.fsum(weights)
    return tuple(weight / total for weight in weights)


def spread(rates: dict[str, float], ranges: tuple[HashKeyRange, ...]) -> list[float]:
    """Records/s that each shard gets when the keys send `rates`. ranges: they tile the key space, lowest first."""
    return _gathered(map(hash_key, rates), rates.values(), ranges)


def _gathered(hash_keys, rates, ranges):
    starts = [owned.start for owned in ranges]
    got: list[list[float]] = [[] for _ in ranges]
    for key, rate in zip(hash_keys, rates, strict=True):
        got[bisect_right(starts, key) - 1].append(rate)
    return [math.fsum(one) for one in got]


def throttled(records: float, mib: float, write_records: float, write_mib: float) -> float:
    """Records/s that a shard refuses of a steady load of equal records; the tighter limit decides."""
    if not records:
        return 0.0
    taken = min(1.0, write_records / records, write_mib / mib if mib else math.inf)
    # a load exactly at its limit must not throttle a rounding error
    return records * (1 - taken) if taken < 1 - 1e-12 else 0.0


def loads(
    rates: dict[str, float],
    ranges: tuple[HashKeyRange, ...],
    record_bytes: float,
    write_records: float,
    write_mib: float,
) -> tuple[Load, ...]:
    """Every shard's load. Leaves out: retries, which send throttled records again and make it worse."""
    result = []
    for records in spread(rates, ranges):
        mib = records * record_bytes / 2**20
        result.append(Load(records, mib, throttled(records, mib, write_records, write_mib)))
    return tuple(result)


BLOCK = 100  # keys hashed at a time and kept: hashing takes longest here, and no control but the seed changes it


@lru_cache(maxsize=64)
def _hash_keys(seed, block):
    return tuple([hash_key(f"user-{seed}-{rank}") for rank in range(block * BLOCK, (block + 1) * BLOCK)])


def seeded(shares: tuple[float, ...], ranges: tuple[HashKeyRange, ...], seed: int, salts: int = 1) -> list[float]:
    """The share of all records that each shard gets from keys named `user-<seed>-<rank>`, rank 0 the busiest.

    salts: the busiest is cut into so many keys, `user-<seed>-0#0` and so on. A new seed gives new names, hence new
    places among the shards, never new rates.
    """
    blocks = range(-(-len(shares) // BLOCK))
    places = [place for block in blocks for place in _hash_keys(seed, block)][: len(shares)]
    if salts > 1:
        places = [*(hash_key(f"user-{seed}-0#{salt}") for salt in range(salts)), *places[1:]]
        shares = (*[shares[0] / salts] * salts, *shares[1:])
    return _gathered(places, shares, ranges)


def fullest(shares: tuple[float, ...], shards: int, seeds: tuple[int, ...], salts: int = 1) -> list[float]:
    """The fullest shard's share of all records, for each seed."""
    ranges = shard_ranges(shards)
    return [max(seeded(shares, ranges, seed, salts)) for seed in seeds]


def expected_fullest(keys: int, shards: int) -> float:
    """The mean share of the fullest shard when `keys` equal keys fall on shards at random: exact, by counting.

    P(no shard holds more than m keys) is keys! / shards**keys times the coefficient of x**keys in
    (sum of x**j / j! for j up to m) ** shards. Cost grows as keys**2 * shards * log: for small numbers only.
    """
    mean = 0.0
    for most in range(keys):  # E[max] is the sum over m of P(max > m)
        mean += 1 - _none_above(most, keys, shards)
    return mean / keys


def _none_above(most, keys, shards):
    if most * shards < keys:
        return 0.0
    ways = [1.0] + [0.0] * keys  # probability-weighted: place shard after shard, binomially
    for left in range(shards, 0, -1):
        chance = 1 / left
        after = [0.0] * (keys + 1)
        for placed, weight in enumerate(ways):
            if not weight:
                continue
            rest = keys - placed
            for here in range(min(most, rest) + 1):
                after[placed + here] += (
                    weight
                    * math.comb(rest, here)
                    * chance**here
                    * ((1 - chance) ** (rest - here) if rest > here else 1.0)
                )
        ways = after
    return ways[keys]
