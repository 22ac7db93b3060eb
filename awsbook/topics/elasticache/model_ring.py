"""Which node has a key: modulo against consistent hashing, and how many keys move when a node goes or comes."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from functools import lru_cache

SPACE = 2**64


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
def _points(seed, node, points):
    return tuple(
        int.from_bytes(hashlib.md5(f"{seed}/{node}/{i}".encode(), usedforsecurity=False).digest()[:8], "big")
        for i in range(points)
    )


def ring(nodes: int, points: int, seed: int) -> list[tuple[int, int]]:
    """(place, node), sorted: each node stands at `points` places of a circle of 2**64 hashes."""
    return sorted((place, node) for node in range(nodes) for place in _points(seed, node, points))


def owned(circle: list[tuple[int, int]], nodes: int) -> list[float]:
    """The share of all hashes that each node has, exactly: the arcs that end at its places."""
    arcs = [0] * nodes
    before = circle[-1][0] - SPACE
    for place, node in circle:
        arcs[node] += place - before
        before = place
    return [arc / SPACE for arc in arcs]


def owner(circle: list[tuple[int, int]], hashed: int) -> int:
    """The node whose place comes next on the circle, at or after `hashed`."""
    at = bisect_left(circle, (hashed, -1))
    return circle[at if at < len(circle) else 0][1]


def ring_moves(larger: int, points: int, seed: int) -> float:
    """Share of keys that move between larger - 1 and `larger` nodes: what the last node has, exactly.

    ValueError below two nodes. Leaves out: keys are not equally hot; a hot key makes a full node fuller.
    """
    if larger < 2:
        raise ValueError(f"need two nodes or more, got {larger}")
    return owned(ring(larger, points, seed), larger)[-1]


def load_factor(hits: float, moved: float) -> float:
    """How many times its usual reads the database gets right after the move. ValueError if hits is 1."""
    if not 0 <= hits < 1:
        raise ValueError(f"need a hit ratio from 0 to under 1, got {hits}")
    return (1 - hits * (1 - moved)) / (1 - hits)
