"""Volume types: speed, price, what AWS refuses, and the cheapest for a demand."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.topics.ebs.model_check import refusals
from awsbook.topics.ebs.model_volume import cheapest, iops_for, mibs_of, price, speed, top_iops
from awsbook.topics.ebs.rules import GP2, GP3, IO1, IO2, SC1, ST1, TYPES

kinds = st.sampled_from(list(TYPES.values()))


@pytest.mark.parametrize(("size", "iops"), [(1, 100), (33, 100), (100, 300), (750, 2250), (5334, 16_000)])
def test_gp2_baselines_are_those_of_the_guides_table(size, iops):
    assert iops == top_iops(size, GP2)


def test_a_100_gib_io1_volume_has_the_guides_5000_iops():
    assert top_iops(100, IO1) == 5000


def test_the_guides_io1_throughput_examples_come_out():
    assert mibs_of(48_000, IO1) == 750
    assert mibs_of(64_000, IO1) == 1000
    assert mibs_of(2000, IO1) == 500


def test_gp3_reaches_its_old_ceiling_of_throughput_at_4000_iops_as_the_guide_says():
    assert mibs_of(4000, GP3) == 1000


@pytest.mark.parametrize(
    ("rules", "tib", "base", "burst"),
    [(ST1, 0.125, 5, 31.25), (ST1, 1, 40, 250), (ST1, 12.5, 500, 500), (ST1, 2, 80, 500),
     (SC1, 0.125, 1.5, 10), (SC1, 3.125, 37.5, 250), (SC1, 16, 192, 250)],
)  # fmt: skip
def test_disk_throughputs_are_those_of_the_guides_tables(rules, tib, base, burst):
    made = speed(tib * 1024, rules)
    assert (base, burst) == (made.base_mibs, made.burst_mibs)


def test_gp2_needs_no_burst_for_its_top_throughput_from_334_gib_on():
    assert speed(334, GP2).base_mibs == speed(334, GP2).burst_mibs == 250
    assert speed(333, GP2).base_mibs < 250


def test_a_size_no_type_has_is_an_error():
    with pytest.raises(ValueError, match="1 to 16384 GiB"):
        speed(16_385, GP2)


@given(kinds, st.integers(125, 16_383))
def test_a_larger_volume_is_never_slower_and_always_dearer(rules, size):
    assert speed(size, rules).base_iops <= speed(size + 1, rules).base_iops
    assert speed(size, rules).base_mibs <= speed(size + 1, rules).base_mibs
    assert price(size, rules) < price(size + 1, rules)


@given(kinds, st.integers(125, 16_384))
def test_burst_is_never_slower_than_baseline(rules, size):
    made = speed(size, rules)
    assert made.base_iops <= made.burst_iops
    assert made.base_mibs <= made.burst_mibs


@given(st.sampled_from([GP3, IO1, IO2]), st.floats(1, 4000))
def test_iops_for_a_throughput_allow_it_and_few_fewer_do_not(rules, mibs):
    needed = iops_for(mibs, rules)
    if math.isinf(needed):
        assert mibs > rules.max_mibs
    else:
        assert mibs_of(needed, rules) >= mibs * (1 - 1e-9)
        assert mibs_of(needed - 2, rules) < mibs


def test_io2_tiers_add_up_by_hand():
    """100,000 IOPS: 32,000 + 32,000 + 36,000 at three prices."""
    (_, first), (_, second), (_, third) = IO2.iops_usd
    by_hand = 1000 * IO2.gib_usd + 32_000 * first + 32_000 * second + 36_000 * third
    assert by_hand == pytest.approx(price(1000, IO2, 100_000))


def test_gp3_costs_no_more_than_its_size_within_what_is_included():
    assert price(100, GP3, 3000, 125) == pytest.approx(100 * GP3.gib_usd)


# --- cheapest


@settings(max_examples=60)
@given(kinds, st.integers(0, 400), st.integers(0, 120), st.integers(1, 300), st.booleans())
def test_the_cheapest_is_what_trying_every_small_size_finds(rules, iops, mibs, gib, burst):
    """Independent road: every size, and for each the fewest IOPS on a grid of 1 that AWS would accept."""
    offer = cheapest(iops, mibs, gib, rules, burst)
    best = math.inf
    top = min(rules.max_size, 4200)
    for size in range(max(gib, rules.min_size), top + 1):
        if rules.family in ("credits", "disk"):
            has = speed(size, rules)
            got = (has.burst_iops, has.burst_mibs) if burst else (has.base_iops, has.base_mibs)
            if got[0] >= iops and got[1] >= mibs:
                best = min(best, price(size, rules))
                break
            continue
        needed = max(rules.min_iops, iops)
        while mibs_of(needed, rules) < mibs:
            needed += 1
        if needed <= top_iops(size, rules):
            bought = max(rules.included_mibs, mibs) if rules.mibs_usd else 0
            best = min(best, price(size, rules, needed, bought))
            break
    if offer is None or offer.size > top:
        assert math.isinf(best)
    else:
        assert best == pytest.approx(offer.usd)


@given(kinds, st.integers(0, 250_000), st.integers(0, 4000), st.integers(1, 60_000))
def test_aws_would_make_what_is_offered(rules, iops, mibs, gib):
    offer = cheapest(iops, mibs, gib, rules)
    if offer:
        assert offer.size >= gib
        assert offer.iops >= iops
        assert offer.mibs >= mibs
        set_iops = math.ceil(offer.iops) if rules.iops_usd else 0
        set_mibs = math.ceil(offer.mibs) if rules.mibs_usd else 0
        assert refusals(offer.size, set_iops, set_mibs, rules) == ()


@given(kinds, st.integers(0, 60_000), st.integers(0, 900), st.integers(1, 10_000))
def test_asking_for_more_is_never_cheaper(rules, iops, mibs, gib):
    less, more = cheapest(iops, mibs, gib, rules), cheapest(iops + 500, mibs + 10, gib + 10, rules)
    if more:
        assert less
        assert less.usd <= more.usd


def test_burst_can_only_make_gp2_cheaper():
    assert cheapest(3000, 0, 10, GP2, burst=True).usd < cheapest(3000, 0, 10, GP2).usd


def test_no_type_of_disk_gives_many_small_reads():
    assert cheapest(600, 0, 500, ST1) is None
    assert cheapest(300, 0, 500, SC1) is None


def test_a_demand_below_zero_is_an_error():
    with pytest.raises(ValueError, match="iops >= 0"):
        cheapest(-1, 0, 10, GP2)


def test_a_wrong_ratio_is_noticed():
    """Planted fault: gp2 with 4 IOPS per GiB, and the guide's 750 GiB row must not come out."""
    assert top_iops(750, replace(GP2, iops_per_gib=4)) != 2250


# --- refusals


@pytest.mark.parametrize(
    ("kind", "size", "iops", "mibs", "said"),
    [
        ("gp3", 20, 15_000, 0, "Iops to volume size ratio of 750.000000 is too high; maximum is 500"),
        ("io1", 100, 50, 0, "Volume iops of 50 is too low; minimum is 100."),
        ("io1", 15, 4000, 0, "Iops to volume size ratio of 266.666667 is too high; maximum is 50"),
        ("gp3", 100, 3000, 1000, "Throughput (MiBps) to iops ratio of 0.333333 is too high; "
                                 "maximum is 0.250000 MiBps per iops"),
        ("gp2", 100, 3000, 0, "The parameter iops is not supported for gp2 volumes."),
    ],
)  # fmt: skip
def test_errors_that_users_reported_come_out_word_for_word(kind, size, iops, mibs, said):
    assert [said] == [refusal.text for refusal in refusals(size, iops, mibs, TYPES[kind])]


def test_gp3_includes_its_iops_at_every_size():
    assert refusals(1, 3000, 125, GP3) == ()
    assert refusals(1, 0, 0, GP3) == ()


def test_io1_must_be_told_its_iops():
    assert [r.about for r in refusals(100, 0, 0, IO1)] == ["iops"]


@given(kinds, st.integers(1, 70_000))
def test_a_size_is_refused_exactly_outside_the_types_range(rules, size):
    refused = any(r.about == "size" for r in refusals(size, 0, 0, rules))
    assert refused == (not rules.min_size <= size <= rules.max_size)


@given(kinds, st.integers(1, 70_000), st.integers(0, 260_000), st.integers(0, 4500))
def test_what_is_accepted_runs_at_what_was_asked(rules, size, iops, mibs):
    if not refusals(size, iops, mibs, rules) and iops:
        assert iops <= top_iops(size, rules)
        assert mibs <= mibs_of(iops, rules)


def test_a_check_that_forgot_the_ratio_is_noticed():
    """Planted fault: no ratio, and the volume of 20 GiB with 15,000 IOPS would pass."""
    assert refusals(20, 15_000, 0, replace(GP3, iops_per_gib=1e9)) == ()
    assert refusals(20, 15_000, 0, GP3) != ()
