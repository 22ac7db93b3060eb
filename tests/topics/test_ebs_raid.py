"""RAID: the guide's example, the binomial against brute force and against drawn fleets."""

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.topics.ebs.model_raid import array, fails_within, fleet_loss, loss
from awsbook.topics.ebs.model_volume import mibs_of
from awsbook.topics.ebs.options import for_demand
from awsbook.topics.ebs.rules import IO1, number

chances = st.floats(1e-6, 0.5)
NO_LIMIT = math.inf


def test_the_guides_example_comes_out():
    size, iops = number("raid_example.size"), number("raid_example.iops")
    made = array(0, number("raid_example.volumes"), size, iops, mibs_of(iops, IO1), NO_LIMIT, NO_LIMIT)
    assert number("raid_example.raid0_size") == made.size
    assert number("raid_example.raid0_iops") == made.iops
    assert number("raid_example.raid0_mibs") == made.mibs
    mirror = array(1, 2, size, iops, mibs_of(iops, IO1), NO_LIMIT, NO_LIMIT)
    assert (mirror.size, mirror.iops, mirror.mibs) == (size, iops, 500)


@given(st.sampled_from([0, 1]), st.integers(1, 16), st.integers(100, 64_000), st.integers(3600, 300_000))
def test_no_array_carries_more_than_its_instance(level, volumes, iops, limit):
    made = array(level, volumes, 100, iops, 100, limit, 1000)
    assert made.carried <= limit * (1 + 1e-9)
    assert made.iops <= volumes * iops


@given(st.integers(1, 16), st.integers(100, 64_000), st.integers(3600, 300_000))
def test_a_mirror_never_writes_faster_than_one_volume(volumes, iops, limit):
    assert array(1, volumes, 100, iops, 100, limit, 1000).iops <= array(0, 1, 100, iops, 100, limit, 1000).iops


def test_other_levels_are_an_error():
    with pytest.raises(ValueError, match="level 0 or 1"):
        array(5, 3, 1, 1, 1, 1, 1)


def counted(level, volumes, chance):
    """Independent road: the probability of every one of the 2^n outcomes."""
    lost = 0.0
    for failed in itertools.product([False, True], repeat=volumes):
        if (any if level == 0 else all)(failed):
            lost += math.prod(chance if f else 1 - chance for f in failed)
    return lost


@given(st.sampled_from([0, 1]), st.integers(1, 8), chances)
def test_the_closed_form_is_the_sum_over_all_outcomes(level, volumes, chance):
    assert loss(level, volumes, chance) == pytest.approx(counted(level, volumes, chance))


@given(st.integers(1, 15), chances)
def test_each_volume_more_hurts_a_stripe_and_helps_a_mirror(volumes, chance):
    assert loss(0, volumes, chance) < loss(0, volumes + 1, chance)
    assert loss(1, volumes, chance) > loss(1, volumes + 1, chance)


@given(st.integers(1, 16), st.floats(1e-6, 1e-3))
def test_a_stripe_of_n_is_lost_almost_n_times_as_often(volumes, chance):
    assert 0.99 * volumes * chance <= loss(0, volumes, chance) <= volumes * chance * (1 + 1e-9)


@given(st.floats(0, 0.5), st.floats(0, 10), st.floats(0, 10))
def test_years_multiply_the_chance_to_live(afr, first, second):
    lives = (1 - fails_within(afr, first)) * (1 - fails_within(afr, second))
    assert lives == pytest.approx(1 - fails_within(afr, first + second))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("level", "volumes", "chance"), [(0, 4, 0.002), (0, 12, 0.05), (1, 2, 0.05), (1, 1, 0.2)])
def test_drawn_fleets_stay_within_four_standard_errors_of_the_formula(level, volumes, chance, seed):
    arrays = 20_000
    expected = loss(level, volumes, chance)
    error = math.sqrt(expected * (1 - expected) / arrays)
    lost = fleet_loss(volumes, chance, arrays, random.Random(seed))[level]
    assert lost == pytest.approx(expected, abs=4 * error)


def test_a_fleet_of_sound_volumes_loses_nothing():
    assert fleet_loss(4, 0, 1000, random.Random(1)) == (0, 0)


def test_a_fleet_of_volumes_that_all_fail_loses_everything():
    assert fleet_loss(4, 1, 1000, random.Random(1)) == (1, 1)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_with_the_same_luck_a_higher_chance_loses_at_least_as_much(one, other, seed):
    low, high = (fleet_loss(3, chance, 500, random.Random(seed)) for chance in sorted((one, other)))
    assert low[0] <= high[0]
    assert low[1] <= high[1]


def test_a_stripe_that_fails_only_once_per_volume_is_noticed():
    """Planted fault: taking n·p for the chance of a stripe is wrong as soon as failures are common."""
    assert abs(counted(0, 8, 0.3) - 8 * 0.3) > 1


# --- which of these gives 210,000 IOPS


def test_one_io2_volume_gives_what_the_notes_say_needs_instance_store():
    enough = {o.name: o.enough for o in for_demand(210_000, 2000, 240_000)}
    assert enough["one io2"]
    assert enough["instance store"]
    assert not enough["one io1"]
    assert not enough["one gp2"]
    assert enough["RAID 0 of gp3"]


def test_no_ebs_answer_beats_what_the_instance_carries():
    for option in for_demand(210_000, 2000, 40_000):
        if option.name != "instance store":
            assert option.reaches <= 40_000
            assert not option.enough


@given(st.integers(5000, 1_000_000), st.integers(100, 16_000))
def test_every_ebs_answer_that_is_enough_survives_a_stop(demand, data):
    for option in for_demand(demand, data, 1e7):
        assert option.survives_stop == (option.name != "instance store")
        assert option.usd >= 0
        if option.enough:
            assert option.reaches >= demand
