"""Placement groups: the ledger against botocore, racks, copies, room and flows against other roads, every goal."""

import re
from fractions import Fraction
from itertools import combinations
from math import comb
from random import Random

import botocore.session
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.explore import in_topic
from awsbook.explore.poster import poster
from awsbook.facts import fact, ledger
from awsbook.topics.placement_groups import model_copies as data
from awsbook.topics.placement_groups import model_flow as flow
from awsbook.topics.placement_groups import model_launch as room
from awsbook.topics.placement_groups import model_racks as place
from awsbook.topics.placement_groups import views

EC2 = botocore.session.get_session().get_service_model("ec2")
EXPLORABLES = in_topic("placement-groups")


def value(name):
    return fact(f"placement-groups.{name}").value


def said(operation, member=None):
    model = EC2.operation_model(operation)
    text = model.input_shape.members[member].documentation if member else model.documentation
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))


# --- the ledger against botocore


def test_botocore_still_states_the_names_and_the_length():
    assert value("groups.strategies").split(", ") == EC2.shape_for("PlacementStrategy").enum
    assert value("spread.levels").split(" or ") == EC2.shape_for("SpreadLevel").enum
    assert "host only with Outpost placement groups" in said("CreatePlacementGroup", "SpreadLevel")
    assert int(re.search(r"Up to (\d+) ASCII", said("CreatePlacementGroup", "GroupName")).group(1)) == value(
        "groups.name_chars"
    )


def test_every_fact_read_in_botocore_is_read_again_here():
    read = {"groups.strategies", "spread.levels", "groups.name_chars"}
    assert {k for k, f in ledger("placement-groups").items() if f.checked == "botocore"} == {
        f"placement-groups.{name}" for name in read
    }


def test_botocore_still_says_what_the_chapter_says_in_words():
    assert "within a single Availability Zone" in said("CreatePlacementGroup")
    assert "must terminate all instances" in said("DeletePlacementGroup")
    assert "must be in the stopped state" in said("ModifyInstancePlacement")
    assert "does not launch any instances" in said("RunInstances", "MinCount")
    assert "largest possible number of instances above the specified minimum" in said("RunInstances", "MaxCount")
    assert "ParentGroupId" in EC2.operation_model("CreatePlacementGroup").input_shape.members
    assert "PlacementGroupArn" in EC2.operation_model("CreateCapacityReservation").input_shape.members
    assert "PartitionNumber" in EC2.shape_for("Placement").members
    assert "NetworkNodes" in EC2.shape_for("InstanceTopology").members


def test_facts_agree_with_each_other():
    assert value("spread.three_zones") == 3 * value("spread.per_zone")


# --- racks

rules = st.builds(
    place.Rules,
    strategy=st.sampled_from(["cluster", "spread", "partition"]),
    request=st.integers(1, 12),
    zones=st.integers(1, 3),
    partitions=st.integers(1, 7),
    spread_max=st.just(7),
)
moves = st.lists(st.sampled_from(["launch", "a", "b", "zone", "repair"]), max_size=6)


def played(asked, steps):
    state = place.State()
    for step in steps:
        match step:
            case "launch":
                try:
                    state = place.launch(state, asked)
                except place.Refused:
                    continue
            case "repair":
                state = place.repair(state)
            case "zone":
                state = place.break_racks(state, [(0, rack) for rack in range(asked.racks)])
            case _:
                state = place.break_racks(state, [(0, "ab".index(step))])
    return state


@given(rules, moves)
def test_every_strategy_keeps_its_promise_whatever_breaks(asked, steps):
    state = played(asked, steps)
    alive = [i for i in state.instances if i.alive]
    on = {(i.zone, i.rack): sum((j.zone, j.rack) == (i.zone, i.rack) for j in alive) for i in alive}
    assert all(n <= asked.slots for n in on.values())
    assert not set(on) & state.broken
    if asked.strategy == "cluster":
        assert {i.zone for i in alive} <= {0}
    if asked.strategy == "spread":
        assert all(n == 1 for n in on.values())
        assert all(sum(i.zone == z for i in alive) <= asked.spread_max for z in range(3))
    if asked.strategy == "partition":
        owners = {}
        for i in alive:
            assert owners.setdefault((i.zone, i.rack), i.partition) == i.partition


@given(rules)
def test_the_worst_loss_by_formula_is_the_one_counted(asked):
    try:
        state = place.launch(place.State(), asked)
    except place.Refused:
        assert asked.strategy == "spread"  # the others have room for twelve
        assert -(-asked.request // asked.zones) > asked.spread_max
        return
    area = (lambda i: (i.zone, i.partition)) if asked.strategy == "partition" else (lambda i: (i.zone, i.rack))
    areas = [area(i) for i in state.instances]
    assert place.worst(asked) == max(areas.count(one) for one in areas)


def test_the_eighth_of_a_spread_group_is_refused_and_starts_when_one_is_gone():
    seven = place.Rules("spread", 7, 1, 1, 7)
    one = place.Rules("spread", 1, 1, 1, 7)
    state = place.launch(place.State(), seven)
    with pytest.raises(place.Refused, match="runs 7"):
        place.launch(state, one)
    state = place.launch(place.break_racks(state, [(0, 0)]), one)
    assert state.running == 7
    assert state.instances[-1].rack == 7


def test_three_zones_hold_what_aws_s_example_says():
    state = place.launch(place.State(), place.Rules("spread", value("spread.three_zones"), 3, 1, 7))
    assert state.running == value("spread.three_zones")


def test_a_forgotten_limit_is_noticed():
    """Planted fault: without the limit the eighth starts."""
    assert place.launch(place.State(), place.Rules("spread", 8, 1, 1, 99)).running == 8


def test_a_launch_is_all_or_nothing():
    full = place.Rules("cluster", 12, 1, 1, 7, racks=2)
    with pytest.raises(place.Refused, match="no rack"):
        place.launch(place.State(), full)


# --- copies on the ring


@given(st.permutations(range(12)), st.integers(1, 5), st.integers(1, 3))
def test_copies_lie_on_different_domains_as_far_as_there_are_enough(order, domains, copies):
    for holders in data.place(order, 12, copies, lambda n: n % domains):
        assert len(set(holders)) == copies
        assert len({n % domains for n in holders}) == min(domains, copies)


@given(st.integers(1, 2), st.integers(0, 4))
def test_fewer_instances_than_copies_hold_what_they_can(instances, seed):
    order = Random(seed).sample(range(instances), instances)
    assert all(len(holders) == instances for holders in data.place(order, 12, 3, lambda n: n))


def test_an_empty_ring_holds_nothing():
    assert data.still_there(data.place([], 3, 2, lambda n: n), set()) == [0, 0, 0]


# --- the odds

stores = st.builds(
    data.Store,
    partitions=st.integers(3, 5),
    instances=st.integers(2, 3),
    pieces=st.integers(1, 50),
    copies=st.integers(2, 3),
)


def sets_of(rule, store):
    """Every way to put the copies of one piece, as partitions; all equally likely. Written out, not computed."""
    p, n, r = store.partitions, store.instances, store.copies
    match rule:
        case "blind":
            return [[i // n for i in chosen] for chosen in combinations(range(p * n), r)]
        case "two racks":
            return [[a] + [b] * (r - 1) for a in range(p) for b in range(p) if a != b]
        case "all racks":
            return list(combinations(range(p), r))
        case _:
            return [[(i + j) % p for j in range(r)] for i in range(p)]


@settings(max_examples=40)
@given(st.sampled_from(data.RULES), stores, st.integers(0, 5))
def test_the_closed_form_agrees_with_writing_all_cases_out(rule, store, failed):
    failed = min(failed, store.partitions)
    ways = sets_of(rule, store)
    failures = [set(gone) for gone in combinations(range(store.partitions), failed)]
    shares = [Fraction(sum(set(way) <= gone for way in ways), len(ways)) for gone in failures]
    assert data.piece_lost(rule, store, failed) == pytest.approx(float(sum(shares) / len(shares)))
    some = sum(1 - (1 - share) ** store.pieces for share in shares) / len(shares)
    assert data.any_lost(rule, store, failed) == pytest.approx(float(some))


@pytest.mark.parametrize("rule", data.RULES)
def test_the_closed_form_agrees_with_drawing(rule):
    store, rng = data.Store(6, 4, 30, 3), Random(7)
    lost = [data.draw(rule, store, 3, rng) for _ in range(3000)]
    assert sum(n > 0 for n in lost) / 3000 == pytest.approx(data.any_lost(rule, store, 3), abs=0.03)
    assert sum(lost) / 3000 == pytest.approx(30 * data.piece_lost(rule, store, 3), rel=0.12)


@given(stores, st.integers(0, 5))
def test_every_rule_loses_the_same_number_of_copies(store, failed):
    failed = min(failed, store.partitions)
    gone = set(range(failed))
    for rule in data.RULES:
        ways = sets_of(rule, store)
        copies = Fraction(sum(at in gone for way in ways for at in way), len(ways))
        assert copies == Fraction(store.copies * failed, store.partitions)


@given(stores, st.integers(0, 5))
def test_fewer_sets_lose_data_less_often_and_no_less_of_it(store, failed):
    failed = min(failed, store.partitions)
    few, many = (data.any_lost(rule, store, failed) for rule in ("neighbours", "all racks"))
    assert few <= many + 1e-12
    same = [data.piece_lost(rule, store, failed) for rule in ("neighbours", "all racks")]
    assert same[0] == same[1] <= data.piece_lost("blind", store, failed) + 1e-12


def test_with_one_instance_in_each_partition_every_rule_is_aware():
    store = data.Store(6, 1, 100, 3)
    assert len({data.piece_lost(rule, store, 3) for rule in data.RULES}) == 1


def test_a_rule_that_forgets_the_copies_is_noticed():
    """Planted fault: one copy counted for three."""
    store = data.Store(6, 4, 1, 3)
    assert data.piece_lost("blind", store, 3) != pytest.approx(comb(12, 1) / comb(24, 1))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="copies <= partitions"):
        data.piece_lost("blind", data.Store(2, 1, 1, 3), 1)
    with pytest.raises(ValueError, match="failed"):
        data.any_lost("neighbours", data.Store(3, 1, 1, 3), 4)


# --- room for a cluster


def by_hand(wanted, first, segments, slots, free):
    """The probability of a launch by going through every number of free slots in every segment."""
    sizes = [comb(slots, n) * free**n * (1 - free) ** (slots - n) for n in range(slots + 1)]
    total = 0.0

    def walk(rooms, weight):
        nonlocal total
        if len(rooms) == segments:
            fits = [n for n in rooms if n >= first]
            total += weight * (sum(n >= wanted for n in fits) / len(fits) if fits else 0)
            return
        for n, p in enumerate(sizes):
            walk([*rooms, n], weight * p)

    walk([], 1.0)
    return total


@settings(max_examples=30)
@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.integers(2, 6), st.floats(0.1, 0.9))
def test_the_odds_of_room_agree_with_going_through_all_zones(wanted, first, segments, slots, free):
    first, zone = min(first, wanted), room.Zone(segments, slots, free)
    assert room.in_parts(wanted, first, zone) == pytest.approx(by_hand(wanted, first, segments, slots, free))
    assert room.at_once(wanted, zone) == pytest.approx(by_hand(wanted, wanted, segments, slots, free))


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 10), st.floats(0.05, 0.95))
def test_one_request_is_never_worse(wanted, first, segments, free):
    zone = room.Zone(segments, 30, free)
    assert room.in_parts(wanted, min(first, wanted), zone) <= room.at_once(wanted, zone) + 1e-9
    assert room.two_types(wanted, zone) <= room.at_once(wanted, zone) + 1e-9


def test_the_odds_of_room_agree_with_drawing():
    zone, rng = room.Zone(6, 40, 0.5), Random(3)
    for first, formula in ((20, room.at_once(20, zone)), (1, room.in_parts(20, 1, zone))):
        assert sum(room.draw(20, first, zone, rng) for _ in range(2000)) / 2000 == pytest.approx(formula, abs=0.04)


def test_a_tiny_chance_is_not_lost_beside_one():
    """Against exact fractions: rounding must not make one by one better than one request."""
    zone, free = room.Zone(6, 40, 0.05), Fraction(1, 20)
    segment = sum(comb(40, n) * free**n * (1 - free) ** (40 - n) for n in range(20, 41))
    assert room.at_once(20, zone) == pytest.approx(float(1 - (1 - segment) ** 6), rel=1e-9)
    assert room.in_parts(20, 18, zone) < room.at_once(20, zone)
    assert room.at_once(1, room.Zone(2, 10, 1.0)) == 1


def test_nothing_free_means_no_launch():
    assert room.in_parts(3, 1, room.Zone(2, 10, 0.0)) == 0
    assert room.at_least(0, 10, 0.0) == 1


# --- one flow


@given(st.integers(1, 40), st.integers(1, 50), st.integers(1, 100), st.integers(1, 100))
def test_the_rate_is_what_filling_flow_by_flow_gives(flows, per_flow, sender, receiver):
    left, total = min(sender, receiver), 0
    for _ in range(flows):
        given_to_it = min(per_flow, left)
        left, total = left - given_to_it, total + given_to_it
    assert flow.rate(flows, per_flow, sender, receiver) == total
    full = flow.flows_to_fill(per_flow, sender, receiver)
    assert flow.rate(full, per_flow, sender, receiver) == min(sender, receiver)
    assert full == 1 or flow.rate(full - 1, per_flow, sender, receiver) < min(sender, receiver)


def test_a_flow_without_bandwidth_is_refused():
    with pytest.raises(ValueError, match="positive"):
        flow.rate(1, 0, 1, 1)


def test_a_hundred_gigabytes_at_five_gigabits_take_160_s():
    assert flow.seconds(100, 5) == 160


# --- every view

REACH = [
    ("racks", 0, {"strategy": "spread", "request": 7, "steps": "launch one"}),
    ("racks", 1, {"aware": True}),
    ("racks", 2, {"aware": True, "zones": 3, "partitions": 1, "steps": "launch zone"}),
    ("flows", 0, {"flows": 2}),
    ("flows", 1, {"flows": 5}),
    ("flows", 2, {"receiver": 4}),
    ("capacity", 0, {"wanted": 21}),
    ("capacity", 1, {"wanted": 24}),
    ("capacity", 2, {"segments": 1}),
    ("odds", 0, {"pieces": 10_000}),
    ("odds", 1, {"failed": 2}),
    ("odds", 2, {"failed": 3}),
]


@pytest.mark.parametrize(("name", "number", "setting"), REACH)
def test_every_goal_can_be_reached(name, number, setting):
    assert getattr(views, name)(**setting).goals[number].met


def test_the_list_of_settings_covers_every_goal():
    assert sorted((name, number) for name, number, _ in REACH) == sorted(
        (made.name, number) for made in EXPLORABLES for number in range(len(made().goals))
    )


@pytest.mark.parametrize("made", [m for m in EXPLORABLES if "data" in m().figure], ids=lambda m: m.name)
def test_the_picture_before_any_script_can_draw_each_chart(made):
    assert "<svg" in poster(made().figure, made.name)


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("capacity", {"free": 5}, "in under 0.0001 % of cases with one request"),
        ("odds", {"pieces": 2}, "1 of 6 partitions fails, and 1 copy with it,"),
        ("odds", {"failed": 2}, "2 of 6 partitions fail, and 1,000 copies with them,"),
    ],
)
def test_one_of_a_kind_and_very_little_are_said_well(name, setting, said):
    assert said in getattr(views, name)(**setting).sentence


def test_a_cluster_ignores_the_zones_it_is_offered_and_the_flag_of_the_store():
    assert "zone 2" not in views.racks(strategy="cluster").figure["svg"]
    told, untold = (views.racks(strategy="cluster", aware=aware).table.rows for aware in (True, False))
    assert told == untold


def test_data_that_is_lost_does_not_come_back_with_a_repair_or_a_launch():
    lost = [views._story(place.Rules("partition", 12, 1, 3, 7), steps, 1, False, 1)[2][-1][3]
            for steps in ("launch a b", "launch a b repair", "launch a b repair launch")]  # fmt: skip
    assert lost[0] > 0
    assert len(set(lost)) == 1
