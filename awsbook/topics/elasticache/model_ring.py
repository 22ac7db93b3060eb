"""Which node has a key: modulo against consistent hashing, and how many keys move when a node goes or comes."""

from __future__ import annotations

import math
from bisect import bisect_left
from functools import lru_cache
from hashlib import shake_128
from itertools import chain
from struct import unpack


def modulo_moves(before: int, after: int) -> float:
    """Share of keys whose node changes with hash mod nodes, exactly: counted over one whole period of hashes.

    Between n - 1 and n nodes, in either direction, this is (n - 1) / n. ValueError below one node.
    """
    if before < 1 or after < 1:
        raise ValueError(f"need one node or more, got {before} and {after}")
    period = math.lcm(before, after)
    # two numbers that agree up to the smaller of the two moduli, in each period
    return 1 - min(before, after) / period if before != after else 0.0


@lru_cache(maxsize=4096)
def _places(seed, node, points):
    """The node's places from 0 to under 1: eight bytes each of a hash of its name that is as long as one wants.

    Sorted, for a sort of all nodes' places is twice as quick if it finds each node's in order.
    """
    hashed = unpack(f">{points}Q", shake_128(f"{seed} {node}".encode()).digest(8 * points))
    return tuple(sorted([place / 2**64 for place in hashed]))


def ring(nodes: int, points: int, seed: int) -> list[tuple[float, int]]:
    """(place, node), sorted: each node stands at `points` places of a circle of length 1."""
    return sorted((place, node) for node in range(nodes) for place in _places(seed, node, points))


def owned(circle: list[tuple[float, int]], nodes: int) -> list[float]:
    """The share of all hashes that each node has, exactly: the arcs that end at its places."""
    arcs = [0.0] * nodes
    before = circle[-1][0] - 1
    for place, node in circle:
        arcs[node] += place - before
        before = place
    return arcs


def owner(circle: list[tuple[float, int]], hashed: float) -> int:
    """The node whose place comes next on the circle, at or after `hashed`, which is from 0 to under 1."""
    at = bisect_left(circle, (hashed, -1))
    return circle[at if at < len(circle) else 0][1]


def ring_moves(larger: int, points: int, seed: int) -> float:
    """Share of keys that move between larger - 1 and `larger` nodes: what the last node has, exactly.

    ValueError below two nodes. Leaves out: keys are not equally hot; a hot key makes a full node fuller.
    """
    if larger < 2:
        raise ValueError(f"need two nodes or more, got {larger}")
    places = sorted(chain.from_iterable(_places(seed, node, points) for node in range(larger)))
    last = [bisect_left(places, place) for place in _places(seed, larger - 1, points)]
    return sum(places[at] - places[at - 1] if at else places[0] - places[-1] + 1 for at in last)


def load_factor(hits: float, moved: float) -> float:
    """How many times its usual reads the database gets right after the move. ValueError if hits is 1."""
    if not 0 <= hits < 1:
        raise ValueError(f"need a hit ratio from 0 to under 1, got {hits}")
    return (1 - hits * (1 - moved)) / (1 - hits)
