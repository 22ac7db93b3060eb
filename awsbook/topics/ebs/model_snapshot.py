"""Snapshots as blocks that changed: what is stored, and what deleting one frees."""

from __future__ import annotations

import random
from collections.abc import Sequence


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
        for block in rng.sample(range(blocks), changed):
            current[block] = version
        shows.append(tuple(current))
    return shows


def stored(shows: Sequence[tuple[int, ...]], deleted: frozenset[int] | set[int] = frozenset()) -> list[int]:
    """Blocks stored for each snapshot: those that no earlier kept one holds. A deleted one stores 0.

    A block version lives as long as one kept snapshot shows it.
    Rule: EBS User Guide, "How Amazon EBS snapshots work" and "Delete an Amazon EBS snapshot".
    """
    held: set[tuple[int, int]] = set()
    counts = []
    for index, versions in enumerate(shows):
        if index in deleted:
            counts.append(0)
            continue
        new = {(block, version) for block, version in enumerate(versions)} - held
        held |= new
        counts.append(len(new))
    return counts


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
