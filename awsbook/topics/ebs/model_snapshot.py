"""Snapshots as blocks that changed: what is stored, and what deleting one frees."""

from __future__ import annotations

import random
from collections.abc import Sequence
from operator import ne


def order(blocks: int, rng: random.Random) -> list[int]:
    """All blocks in an order of chance. The first `changed` of them are as many different blocks, anywhere.

    One order serves every such number, so what is drawn once need not be drawn anew while `changed` moves.
    """
    luck = [rng.random() for _ in range(blocks)]
    return sorted(range(blocks), key=luck.__getitem__)


def history(blocks: int, changed: int, snapshots: int, rng: random.Random) -> list[tuple[int, ...]]:
    """For each snapshot, the version of each block it shows: version v was written just before snapshot v.

    Between two snapshots `changed` different blocks, anywhere, are written again.
    ValueError if changed is not between 0 and blocks, or there is no snapshot.
    Leaves out: data that grows or is deleted, and work that keeps rewriting the same blocks.
    """
    if not 0 <= changed <= blocks or snapshots < 1:
        raise ValueError(f"need 0 <= changed <= blocks and snapshots >= 1, got {changed}, {blocks}, {snapshots}")
    shows = [(0,) * blocks]
    for version in range(1, snapshots):
        current = list(shows[-1])
        for block in order(blocks, rng)[:changed]:
            current[block] = version
        shows.append(tuple(current))
    return shows


def stored(shows: Sequence[tuple[int, ...]], deleted: frozenset[int] | set[int] = frozenset()) -> list[int]:
    """Blocks stored for each snapshot: those that no earlier kept one holds. A deleted one stores 0.

    A block version lives as long as one kept snapshot shows it. Once written over it never comes back, so what the
    last kept snapshot does not show, no earlier one does.
    Rule: EBS User Guide, "How Amazon EBS snapshots work" and "Delete an Amazon EBS snapshot".
    """
    held: tuple[int, ...] = ()
    counts = []
    for index, versions in enumerate(shows):
        if index in deleted:
            counts.append(0)
            continue
        counts.append(sum(map(ne, versions, held)) + max(0, len(versions) - len(held)))
        held = versions
    return counts


def freed_between(first: Sequence[int], second: Sequence[int], changed: int) -> int:
    """Blocks that go with a snapshot between two others: those written for it, and written over for the next.

    first, second: the `order` of each. The same as two `stored` of a `history` of three, without their long way.
    """
    return len(set(first[:changed]).intersection(second[:changed]))


def expected_stored(blocks: int, changed: int, snapshots: int, deleted: int) -> float:
    """Blocks stored on average once `deleted` (0: none, else 1 to `snapshots`) is gone, in closed form.

    The first or the last takes one change set with it. One in the middle frees only what was written twice
    around it: of its `changed` blocks a share changed/blocks.
    """
    full = blocks + (snapshots - 1) * changed
    if not deleted or snapshots == 1:
        return full if not deleted else 0
    if deleted in (1, snapshots):
        return full - changed
    return full - changed * changed / blocks
