"""Snapshots as changed blocks, and what survives what."""

import random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.topics.ebs.model_life import EVENTS, THINGS, survives
from awsbook.topics.ebs.model_snapshot import expected_stored, freed_between, history, order, stored
from awsbook.topics.ebs.rules import number

BLOCKS = 60
changes, counts, seeds = st.integers(0, BLOCKS), st.integers(1, 8), st.integers(0, 10_000)


def test_the_guides_second_snapshot_comes_out():
    """50 GiB of data, 20 changed and 10 added: the second snapshot stores 30. One block stands for a GiB."""
    first, changed, added = (int(number(f"snapshot.example.{k}")) for k in ("first_data", "changed", "added"))
    before = tuple([0] * first + [-1] * added)
    after = tuple([1] * changed + [0] * (first - changed) + [1] * added)
    written = [tuple(v for v in before if v >= 0), after]
    assert stored(written) == [first, number("snapshot.example.second")]


@given(changes, counts, seeds)
def test_kept_snapshots_store_the_first_in_full_and_then_what_changed(changed, count, seed):
    sizes = stored(history(BLOCKS, changed, count, random.Random(seed)))
    assert sizes == [BLOCKS] + [changed] * (count - 1)
    assert sum(sizes) == expected_stored(BLOCKS, changed, count, 0)


@given(changes, counts, seeds, st.sets(st.integers(0, 7)))
def test_every_kept_snapshot_can_still_be_restored(changed, count, seed, deleted):
    """A brute-force store: the versions that any kept snapshot shows are exactly the blocks counted."""
    shows = history(BLOCKS, changed, count, random.Random(seed))
    needed = {pair for i, shown in enumerate(shows) if i not in deleted for pair in enumerate(shown)}
    assert sum(stored(shows, deleted)) == len(needed)


@given(changes, counts, seeds, st.sets(st.integers(0, 7)), st.integers(0, 7))
def test_deleting_never_stores_more(changed, count, seed, deleted, another):
    shows = history(BLOCKS, changed, count, random.Random(seed))
    assert sum(stored(shows, deleted | {another})) <= sum(stored(shows, deleted))


@given(st.integers(1, BLOCKS), st.integers(2, 8), seeds)
def test_deleting_the_first_frees_only_what_the_second_rewrote(changed, count, seed):
    shows = history(BLOCKS, changed, count, random.Random(seed))
    assert sum(stored(shows)) - sum(stored(shows, {0})) == changed
    assert sum(stored(shows, {0})) == expected_stored(BLOCKS, changed, count, 1)


@given(changes, seeds)
def test_the_short_way_to_what_deleting_the_middle_frees_is_the_long_way(changed, seed):
    rng = random.Random(seed)
    trio = history(BLOCKS, changed, 3, random.Random(seed))
    freed = sum(stored(trio)) - sum(stored(trio, {1}))
    assert freed_between(order(BLOCKS, rng), order(BLOCKS, rng), changed) == freed


@given(seeds)
def test_an_order_holds_every_block_once(seed):
    assert sorted(order(BLOCKS, random.Random(seed))) == list(range(BLOCKS))


def test_deleting_one_in_the_middle_agrees_with_the_formula_on_average():
    """Over 400 seeds the mean is within 0.3 blocks of 200; one run is off by as much as 4."""
    totals = [sum(stored(history(200, 20, 7, random.Random(seed)), {3})) for seed in range(400)]
    expected = expected_stored(200, 20, 7, 4)
    assert fmean(totals) == pytest.approx(expected, abs=0.3)
    assert max(abs(total - expected) for total in totals) <= 4


def test_more_changed_blocks_than_blocks_is_an_error():
    with pytest.raises(ValueError, match="changed"):
        history(10, 11, 2, random.Random(1))


def test_a_store_that_deletes_what_others_need_is_noticed():
    """Planted fault: dropping a snapshot's own blocks without looking at the next one."""
    shows = history(BLOCKS, 6, 4, random.Random(1))
    naive = stored(shows)
    naive[0] = 0
    assert sum(naive) < sum(stored(shows, {0}))


# --- what survives what

FLAGS = [(root, data) for root in (False, True) for data in (False, True)]


@pytest.mark.parametrize("flags", FLAGS)
def test_instance_store_survives_a_reboot_but_no_stop_hibernation_termination_or_host(flags):
    kept = {event: survives(event, *flags)["instance store"] for event in EVENTS}
    assert kept["reboot"]
    assert not any(kept[event] for event in ("stop", "hibernate", "terminate", "host", "zone"))


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("event", [e for e in EVENTS if e != "terminate"])
def test_delete_on_termination_matters_only_to_termination(event, flags):
    assert survives(event, *flags) == survives(event, False, False)


def test_termination_keeps_a_volume_exactly_when_its_flag_is_off():
    for root, data in FLAGS:
        kept = survives("terminate", root, data)
        assert (kept["root volume"], kept["data volume"]) == (not root, not data)


@pytest.mark.parametrize("event", EVENTS)
def test_a_snapshot_outlives_everything_here(event):
    kept = survives(event, True, True)
    assert list(kept) == list(THINGS)
    assert kept["snapshot"]


def test_an_unknown_event_names_the_known_ones():
    with pytest.raises(ValueError, match="hibernate"):
        survives("flood", True, True)
