"""Copies of data on a ring of instances, with and without knowledge of racks, and the odds of losing all of them.

The ring is Cassandra's: a piece of data goes to the next instances round the ring (SimpleStrategy), or to the next
that stand on racks not used yet (NetworkTopologyStrategy).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb


def place(order, pieces: int, copies: int, domain) -> list[tuple[int, ...]]:
    """For each piece of data the instances that hold it. order: instance numbers round the ring.

    domain: the number of an instance to its rack or partition; the number itself where nothing is known. If there are
    fewer domains than copies, the ring's next instances hold the rest.
    """
    if not order:
        return [() for _ in range(pieces)]
    domains, ring, held = {number: domain(number) for number in order}, [*order, *order], []
    for piece in range(pieces):
        start = piece * len(order) // pieces
        walk = ring[start : start + len(order)]
        chosen, used = [], set()
        for number in walk:
            if domains[number] not in used:
                chosen.append(number)
                used.add(domains[number])
                if len(chosen) == copies:
                    break
        else:
            chosen += [number for number in walk if number not in chosen][: copies - len(chosen)]
        held.append(tuple(chosen))
    return held


def still_there(held, alive: set[int] | frozenset[int]) -> list[int]:
    """How many copies of each piece are left. alive: the numbers of the instances that run."""
    return [len(alive.intersection(holders)) for holders in held]


RULES = ("blind", "two racks", "all racks", "neighbours")


@dataclass(frozen=True)
class Store:
    """partitions: sets of racks that fail as one, with `instances` each. pieces: of data, `copies` of each."""

    partitions: int
    instances: int
    pieces: int
    copies: int


def piece_lost(rule: str, store: Store, failed: int) -> float:
    """The probability that one piece loses every copy when `failed` partitions, drawn at random, fail at once.

    Rules: "blind", any instances; "two racks", one copy on one partition and the rest on another (HDFS's default);
    "all racks", each on another partition, drawn at random; "neighbours", on partitions next to each other in a ring.
    ValueError if there are more copies than partitions, or more failures.
    """
    if not 1 <= store.copies <= store.partitions or not 0 <= failed <= store.partitions:
        raise ValueError(f"need copies <= partitions and 0 <= failed <= partitions, got {store}, {failed}")
    p, r = store.partitions, store.copies
    if rule == "blind":
        return comb(failed * store.instances, r) / comb(p * store.instances, r)
    if rule == "two racks" and store.instances >= r - 1:
        r = min(r, 2)
    return comb(failed, r) / comb(p, r)


def any_lost(rule: str, store: Store, failed: int) -> float:
    """The probability that at least one of the pieces loses every copy."""
    if rule != "neighbours":
        return 1 - (1 - piece_lost(rule, store, failed)) ** store.pieces
    piece_lost(rule, store, failed)  # refuses what cannot be
    p = store.partitions
    runs = [frozenset((i + j) % p for j in range(store.copies)) for i in range(p)]
    sets = list(combinations(range(p), failed))
    inside = (sum(run <= set(gone) for run in runs) for gone in sets)
    return sum(1 - (1 - n / p) ** store.pieces for n in inside) / len(sets)


def draw(rule: str, store: Store, failed: int, rng) -> int:
    """One failure drawn: how many pieces lose every copy. rng: a random.Random. The other road to `any_lost`."""
    gone = set(rng.sample(range(store.partitions), failed))
    return sum(all(at in gone for at in _drawn(rule, store, rng)) for _ in range(store.pieces))


def _drawn(rule, store, rng):
    """The partitions that hold the copies of one piece."""
    p, n, r = store.partitions, store.instances, store.copies
    if rule == "blind":
        return [number // n for number in rng.sample(range(p * n), r)]
    if rule == "neighbours":
        first = rng.randrange(p)
        return [(first + j) % p for j in range(r)]
    if rule == "two racks" and r > 1 and n >= r - 1:
        one, other = rng.sample(range(p), 2)
        return [one] + [other] * (r - 1)
    return rng.sample(range(p), r)
