"""Instances on racks in zones, placed by each strategy, and what breaking racks takes away.

A zone is a row of racks with the same number of slots. AWS publishes neither how many racks a partition has nor
which rack an instance gets; the rules here are the weakest that keep AWS's promises: a spread group never puts two
running instances on one rack, no rack belongs to two partitions, a cluster stays in one zone and close together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil


@dataclass(frozen=True)
class Rules:
    """What is asked for. request: instances of one launch. zones: how many zones share it. partitions: in each zone.

    spread_max: running instances of a spread group in one zone. racks: of a zone. slots: of a rack.
    """

    strategy: str
    request: int
    zones: int
    partitions: int
    spread_max: int
    racks: int = 8
    slots: int = 4


@dataclass(frozen=True)
class Instance:
    zone: int
    rack: int
    partition: int | None = None  # counted from 0 in its zone; None outside a partition group
    alive: bool = True


@dataclass(frozen=True)
class State:
    """instances: in the order of their launch, lost ones included. broken: racks, as (zone, rack)."""

    instances: tuple[Instance, ...] = ()
    broken: frozenset[tuple[int, int]] = frozenset()

    @property
    def running(self) -> int:
        return sum(i.alive for i in self.instances)


class Refused(Exception):
    """A launch for which there is no room; says why."""


def partition_of(rack: int, rules: Rules) -> int | None:
    """The partition, from 0, whose set of racks holds this one. None if the strategy knows no partitions."""
    return rack * rules.partitions // rules.racks if rules.strategy == "partition" else None


def launch(state: State, rules: Rules) -> State:
    """The state after one request, dealt over the zones in turn; a cluster goes to the first zone only.

    All or nothing, as with MinCount = MaxCount. Refused if one instance finds no rack.
    """
    zones = 1 if rules.strategy == "cluster" else rules.zones
    loads = [[0] * rules.racks for _ in range(zones)]
    for one in state.instances:
        if one.alive and one.zone < zones:
            loads[one.zone][one.rack] += 1
    came = []
    for _ in range(rules.request):
        zone = min(range(zones), key=lambda z: sum(loads[z]))
        rack = _rack(loads[zone], state.broken, rules, zone)
        loads[zone][rack] += 1
        came.append(Instance(zone, rack, partition_of(rack, rules)))
    return replace(state, instances=(*state.instances, *came))


def _rack(load, broken, rules, zone):
    """The rack that the next instance of a zone gets. load: the instances that run on each of its racks."""
    free = [r for r in range(rules.racks) if load[r] < rules.slots and (zone, r) not in broken]
    if rules.strategy == "spread":
        if sum(load) >= rules.spread_max:
            raise Refused(f"zone {zone + 1} runs {rules.spread_max}, the most of a spread group")
        free = [r for r in free if not load[r]]
    if rules.strategy == "partition":
        # to the emptiest partition, even if another still has room: EC2 tries to keep them even
        counts = [0] * rules.partitions
        for r, n in enumerate(load):
            counts[partition_of(r, rules)] += n
        free = [r for r in free if counts[partition_of(r, rules)] == min(counts)] or free
    if not free:
        raise Refused(f"no rack of zone {zone + 1} is left for it")
    if rules.strategy == "cluster":
        return free[0]
    return min(free, key=lambda r: (load[r], r))


def break_racks(state: State, racks) -> State:
    """The state when these racks, as (zone, rack), have failed with all that runs on them."""
    gone = set(racks)
    return State(
        tuple(replace(i, alive=i.alive and (i.zone, i.rack) not in gone) for i in state.instances),
        state.broken | gone,
    )


def repair(state: State) -> State:
    """All racks work again. What ran on them does not come back by itself."""
    return replace(state, broken=frozenset())


def worst(rules: Rules) -> int:
    """The most instances of a fresh launch that share a rack (cluster, spread) or a partition: by formula.

    Units: instances. For a launch that fits and, for partitions, zones with room in each partition.
    """
    if rules.strategy == "cluster":
        return min(rules.request, rules.slots)
    if rules.strategy == "spread":
        return min(rules.request, 1)
    return ceil(ceil(rules.request / rules.zones) / rules.partitions)
