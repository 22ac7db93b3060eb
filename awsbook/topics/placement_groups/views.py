"""The explorables on placement groups: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from random import Random

from awsbook.explore import Choice, Goal, Slider, Steps, Table, Toggle, View, explorable, figure, words
from awsbook.facts import fact

from . import model_copies as data
from . import model_flow as flow
from . import model_launch as room
from . import model_racks as place
from . import pictures

PIECES, SEEDS = 12, range(1, 21)


def number(key):
    return fact(f"placement-groups.{key}").value


def span(values, text=str):
    """Lowest to highest: "3 to 5", or "3" if they are equal."""
    low, high = text(min(values)), text(max(values))
    return low if low == high else f"{low} to {high}"


# --- racks that break

BREAKS = {"a": 0, "b": 1, "c": 2}  # racks of zone 1


@lru_cache(maxsize=16)
def _course(rules, steps):
    """(step, answer, state, numbers of the instances that run, whether it launched) after each step: without chance."""
    state, course = place.State(), []
    for step in steps.split():
        was, launched = state.running, False
        match step:
            case "launch" | "one":
                try:
                    state = place.launch(state, replace(rules, request=1) if step == "one" else rules)
                    answer, launched = f"{state.running - was} more run", True
                except place.Refused as why:
                    answer = f"refused: {why}"
            case "repair":
                state, answer = place.repair(state), "racks work again; what was lost stays lost"
            case _:
                racks = range(rules.racks) if step == "zone" else [BREAKS[step]]
                state = place.break_racks(state, [(0, rack) for rack in racks])
                answer = f"{words.plural(was - state.running, 'instance')} lost"
        alive = frozenset(number for number, one in enumerate(state.instances) if one.alive)
        course.append((step, answer, state, alive, launched))
    return course


@lru_cache(maxsize=len(SEEDS))
def _tokens(seed, instances):
    """A place on the ring for each instance."""
    rng = Random(seed)
    return [rng.random() for _ in range(instances)]


@lru_cache(maxsize=256)
def _story(rules, steps, copies, aware, seed):
    """(state, copies left of each piece, log) after the steps. Data lies where the last launch put it."""
    tokens = _tokens(seed, rules.racks * rules.slots * 3 * 3)
    state, held, left, lost, log = place.State(), [], [], set(), []
    for step, answer, state, alive, launched in _course(rules, steps):
        if launched:
            held = _placed(state, sorted(alive, key=tokens.__getitem__), copies, aware, lost)
        left = data.still_there(held, alive)
        lost |= {piece for piece, n in enumerate(left) if not n}
        log.append((step, answer, state.running, len(lost)))
    return state, left, log


def _placed(state, order, copies, aware, lost):
    def domain(number):
        one = state.instances[number]
        return (one.zone, one.partition) if aware and one.partition is not None else number

    held = data.place(order, PIECES, copies, domain)
    return [() if piece in lost else holders for piece, holders in enumerate(held)]


@explorable(
    "Racks that break",
    strategy=Choice("Strategy", "partition", {"cluster": "cluster", "spread": "spread", "partition": "partition"}),
    request=Slider("Instances in one launch", 12, min=1, max=12),
    zones=Slider("Zones", 1, min=1, max=3),
    partitions=Slider("Partitions in each zone", 3, min=1, max=int(number("partition.per_zone")),
                      source="placement-groups.partition.per_zone"),
    copies=Slider("Copies of each piece of data", 2, min=1, max=3),
    aware=Toggle("The store reads the partition number", False),
    seed=Slider("Seed", 1, min=SEEDS[0], max=SEEDS[-1]),
    steps=Steps("What happens", "launch a b c", {
        "launch": "launch", "one": "launch one more", "a": "break rack A", "b": "break rack B", "c": "break rack C",
        "zone": "break zone 1", "repair": "repair",
    }, max_steps=8),
)  # fmt: skip
def racks(strategy, request, zones, partitions, copies, aware, seed, steps):
    rules = place.Rules(strategy, request, zones, partitions, number("spread.per_zone"))
    state, left, log = _story(rules, steps, copies, aware, seed)
    lost = log[-1][3] if log else 0
    over = [entry[2][-1][3] if steps else 0 for entry in (_story(rules, steps, copies, aware, s) for s in SEEDS)]
    dead = len(state.instances) - state.running
    missing = sum(copies - n for n in left)
    named = {"zone": "zone 1 breaks", "one": "launch one more", "launch": "launch", "repair": "repair"}
    shown = [(named.get(s, f"rack {s.upper()} breaks"), what, f"{runs}", f"{gone}") for s, what, runs, gone in log]
    refused = any(what.startswith("refused") for _, what, _, _ in log)
    broken = len(state.broken)
    return View(
        pictures.racks(state, rules, place.partition_of, left, copies),
        f"Running: {words.plural(state.running, 'instance')}; lost with their racks: {dead}. Data lost for good: "
        f"{lost} of {PIECES} pieces, and {span(over)} over seeds 1 to {SEEDS[-1]}."
        + (f" The last launch: {log[-1][1]}." if log and log[-1][1].startswith("refused") else ""),
        Table(
            ("Step", "Answer", "Instances running", "Pieces lost"),
            (
                *shown,
                ("now", f"{dead} lost", f"{state.running}", f"{lost} of {PIECES}"),
                ("copies missing", f"{missing} of {PIECES * copies}", "–", "–"),
                (f"seeds 1 to {SEEDS[-1]}", "other places on the ring", "–", span(over)),
                ("one rack or partition", f"takes at most {place.worst(rules)} of a launch", "–", "–"),
            ),
        ),
        (
            Goal("Fill seven racks with a spread group, and have the next launch refused beside an empty one",
                 refused and strategy == "spread" and state.running == rules.spread_max
                 and broken == 0),
            Goal("Break three racks under twelve instances or more, and lose no data at any seed",
                 broken >= 3 and dead > 0 and len(state.instances) >= 12 and max(over) == 0),
            Goal("Break zone 1 with instances in it, and lose no data at any seed with two copies or fewer",
                 broken >= rules.racks and dead > 0 and copies <= 2 and max(over) == 0),
        ),
    )  # fmt: skip


# --- one flow


@explorable(
    "How many flows fill the line?",
    flows=Slider("Flows (connections) at once", 1, min=1, max=20),
    sender=Slider("Sender has", 25, min=1, max=100, unit="Gbps"),
    receiver=Slider("Receiver has", 25, min=1, max=100, unit="Gbps"),
    size=Slider("Data to copy", 100, min=1, max=1000, unit="GB", log=True),
)
def flows(flows, sender, receiver, size):
    ways = {
        "outside a cluster group": number("flow.outside"),
        "in a cluster group": number("flow.cluster"),
        "with ENA Express": number("flow.ena_express"),
    }
    got = {name: flow.rate(flows, per, sender, receiver) for name, per in ways.items()}
    rows = [
        (name, f"{ways[name]} Gbps", f"{gbps} Gbps", words.span(flow.seconds(size, gbps)),
         f"{flow.flows_to_fill(ways[name], sender, receiver)}")
        for name, gbps in got.items()
    ]  # fmt: skip
    every = list(range(1, 21))
    outside, cluster, express = got.values()
    least = min(sender, receiver)
    return View(
        figure.chart(
            [figure.line(name, every, [flow.rate(n, per, sender, receiver) for n in every], series=i + 1)
             for i, (name, per) in enumerate(ways.items())],
            "Flows at once", "Together (Gbps)", x_range=(0, 20.5), y_range=(0, least * 1.15),
            marks=[figure.moment(flows, "you")],
        ),
        f"With {words.plural(flows, 'flow')} the copy takes {rows[0][3]} outside a cluster group, {rows[1][3]} inside "
        f"and {rows[2][3]} with ENA Express; the slower instance allows {least} Gbps.",
        Table(
            ("Way", "One flow, at most", "All flows", "Time for the data", "Flows that fill it"),
            (*rows, ("the slower instance", "–", f"{least} Gbps", words.span(flow.seconds(size, least)), "–")),
        ),
        (
            Goal("Halve the time outside a cluster group, by flows alone", outside >= 2 * number("flow.outside")),
            Goal("Make the cluster group bring nothing, between instances of 20 Gbps or more",
                 least >= 20 and outside == cluster),
            Goal("Make one instance the limit of all three ways, with one flow", flows == 1 and outside == express),
        ),
    )  # fmt: skip


# --- room for a cluster


@explorable(
    "Is there room for a cluster?",
    wanted=Slider("Instances", 20, min=1, max=60),
    free=Slider("Slots that are free", 50, min=5, max=95, step=5, unit="%"),
    segments=Slider("Segments of the zone", 6, min=1, max=20),
    slots=Slider("Slots of a segment", 40, min=10, max=60, step=2),
    start=Choice("A first part goes to", "any", {"any": "any segment that holds it", "emptiest": "the emptiest one"}),
)
def capacity(wanted, free, segments, slots, start):
    zone = room.Zone(segments, slots, free / 100)

    def odds(n):
        whole = room.at_once(n, zone)
        firsts = (-(-9 * n // 10), 1)  # what chooses the segment: nine tenths, or the first instance
        grown, by_one = (whole if start == "emptiest" else room.in_parts(n, first, zone) for first in firsts)
        return (whole, grown, by_one, room.two_types(n, zone))

    names = ("one request", "a tenth added later", "one by one", "two types")
    now = odds(wanted)
    every = range(1, slots + 1)
    curves = list(zip(*(odds(n) for n in every), strict=True))
    return View(
        figure.chart(
            [figure.line(name, every, [100 * p for p in curve], series=i + 1)
             for i, (name, curve) in enumerate(zip(names, curves, strict=True))],
            "Instances of the cluster", "Launch succeeds (%)", x_range=(1, slots), y_range=(0, 105),
            marks=[figure.moment(min(wanted, slots), "you")],
        ),
        f"In this invented zone a cluster of {wanted} succeeds in {words.percent(now[0])} of cases with one request, "
        f"in {words.percent(now[1])} if a tenth is added later, in {words.percent(now[2])} one by one, and in "
        f"{words.percent(now[3])} with two instance types.",
        Table(
            ("Launch", f"Succeeds, for {wanted}", "InsufficientInstanceCapacity"),
            tuple((name, words.percent(p), words.percent(1 - p)) for name, p in zip(names, now, strict=True)),
        ),
        (
            Goal("Find a cluster that one request gets in 90 % of cases, and one by one in less than half",
                 now[0] >= 0.9 and now[2] < 0.5),
            Goal("Let one type fit in half of the cases or more, and two types in less than a third",
                 now[0] >= 0.5 and now[3] < 1 / 3),
            Goal("Make one by one as good as one request, below 90 %, without choosing the emptiest",
                 start == "any" and abs(now[0] - now[2]) < 1e-9 and 0.1 < now[0] < 0.9),
        ),
    )  # fmt: skip


# --- the odds of losing data

NAMES = {
    "blind": "any instances",
    "two racks": "two partitions (HDFS)",
    "all racks": "each its own partition",
    "neighbours": "the same few sets",
}


@explorable(
    "The odds of losing data",
    failed=Slider("Partitions that fail at once", 1, min=1, max=int(number("partition.per_zone"))),
    partitions=Slider("Partitions", 6, min=3, max=int(number("partition.per_zone")),
                      source="placement-groups.partition.per_zone"),
    instances=Slider("Instances in each", 4, min=1, max=20),
    pieces=Slider("Pieces of data", 1000, min=1, max=10_000, log=True),
    copies=Slider("Copies of each piece", 3, min=2, max=3),
)  # fmt: skip
def odds(failed, partitions, instances, pieces, copies):
    store = data.Store(partitions, instances, pieces, copies)
    down = min(failed, partitions)
    found = {rule: data.any_lost(rule, store, down) for rule in NAMES}
    every = list(range(1, partitions + 1))
    copies_lost = copies * pieces * down / partitions
    rows = [
        (name, words.percent(found[rule]), words.num(pieces * data.piece_lost(rule, store, down)),
         words.num(copies_lost))
        for rule, name in NAMES.items()
    ]  # fmt: skip
    return View(
        figure.chart(
            [figure.bars(name, every, [100 * data.any_lost(rule, store, k) for k in every], series=i + 1)
             for i, (rule, name) in enumerate(NAMES.items())],
            "Partitions that fail at once", "Some piece is lost (%)", x_range=(0.5, partitions + 0.5),
            y_range=(0, 118), marks=[figure.moment(down, "you")],  # above full bars there is room for "you"
        ),
        f"{down} of {partitions} partitions {'fails' if down == 1 else 'fail'}, and "
        f"{words.plural(copies_lost, 'copy', 'copies')} with {'it' if down == 1 else 'them'}, whatever the rule. Some "
        f"piece loses all its copies in {rows[0][1]} of cases if they lie anywhere, in {rows[1][1]} on two partitions, "
        f"in {rows[2][1]} each on its own, in {rows[3][1]} in the same few sets.",
        Table(
            ("Copies lie on", "Some piece is lost", "Pieces lost, on average",
             f"Copies lost, {down} of {partitions} down"),
            tuple(rows),
        ),
        (
            Goal("Lose data in 99 % of cases when one single partition fails", down == 1 and found["blind"] >= 0.99),
            Goal("Lose data by HDFS's rule where three separate partitions lose none",
                 found["two racks"] > 0 == found["all racks"]),
            Goal("Let three fail and lose nothing in two cases of three, with 1,000 pieces or more",
                 down >= 3 and pieces >= 1000 and min(found.values()) <= 1 / 3),
        ),
    )  # fmt: skip
