"""Burst buckets: the guide's rows, counting second by second, and what must be conserved."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.topics.ebs.model_burst import Bucket, day, lasts, scan
from awsbook.topics.ebs.rules import disk_bucket, gp2_bucket, number

BURST = number("gp2.burst_iops")
demand_lists = st.lists(st.integers(0, 5000), min_size=1, max_size=6)
sizes = st.integers(1, 1500)


@pytest.mark.parametrize(
    ("size", "burst_s", "refill_s"),
    [(1, 1862, 54_000), (33, 1862, 54_000), (100, 2000, 18_000), (334, 2703, 5389), (750, 7200, 2400)],
)
def test_the_guides_table_of_bursts_comes_out(size, burst_s, refill_s):
    bucket = gp2_bucket(size)
    assert burst_s == pytest.approx(lasts(BURST, bucket), abs=1)
    assert refill_s == pytest.approx(bucket.holds / bucket.fills, abs=1)


def test_the_ledgers_example_comes_out():
    bucket = gp2_bucket(number("gp2.example_size"))
    assert number("gp2.example_burst") == lasts(BURST, bucket)
    assert number("gp2.example_refill") == bucket.holds / bucket.fills


def test_from_1000_gib_on_a_bucket_never_empties():
    assert math.isinf(lasts(BURST, gp2_bucket(1000)))
    assert not math.isinf(lasts(BURST, gp2_bucket(999)))


def test_a_demand_below_zero_is_an_error():
    with pytest.raises(ValueError, match="demand >= 0"):
        lasts(-1, gp2_bucket(100))


@given(sizes, st.integers(0, 5000))
def test_a_larger_volume_never_empties_sooner(size, demand):
    assert lasts(demand, gp2_bucket(size)) <= lasts(demand, gp2_bucket(size + 1))


@given(sizes, st.integers(0, 5000))
def test_a_higher_demand_never_lasts_longer(size, demand):
    assert lasts(demand + 50, gp2_bucket(size)) <= lasts(demand, gp2_bucket(size))


def by_the_second(demands, bucket, credits, waits):
    """Independent road: count out every second. Credits, waiting and refused work at the end, and work done."""
    waiting = refused = done = 0.0
    for demand in demands:
        for _ in range(3600):
            room = min(bucket.spends, bucket.fills + credits)
            served = min(room, demand + waiting)
            credits = min(bucket.holds, credits + bucket.fills - served)
            late = demand - served
            waiting, refused = (waiting + late, refused) if waits else (0.0, refused + late)
            done += served
    return credits, waiting, refused, done


@settings(max_examples=40)
@given(demand_lists, sizes, st.integers(0, 100), st.booleans())
def test_the_day_agrees_with_counting_seconds(demands, size, start, waits):
    """The exact day and the count differ by at most the seconds in which a kink falls: two seconds' work each."""
    bucket = gp2_bucket(size)
    credits = bucket.holds * start / 100
    last = day(demands, bucket, credits, waits)[-1]
    counted = by_the_second(demands, bucket, credits, waits)
    slack = 2 * 5000 * (len(demands) + 1)
    assert last.credits == pytest.approx(counted[0], abs=slack)
    assert last.waiting == pytest.approx(counted[1], abs=slack)
    assert last.unserved == pytest.approx(counted[2], abs=slack)


@given(demand_lists, sizes, st.integers(0, 100), st.booleans())
def test_work_is_served_or_waits_or_is_refused_and_none_is_lost(demands, size, start, waits):
    bucket = gp2_bucket(size)
    moments = day(demands, bucket, bucket.holds * start / 100, waits)
    served = math.fsum(m.served * (n.at_s - m.at_s) for m, n in pairwise(moments))
    asked = 3600 * sum(demands)
    assert asked == pytest.approx(served + moments[-1].waiting + moments[-1].unserved, rel=1e-6, abs=60)


@given(demand_lists, sizes, st.booleans())
def test_a_bucket_is_never_below_empty_nor_above_full(demands, size, waits):
    bucket = gp2_bucket(size)
    for moment in day(demands, bucket, bucket.holds / 2, waits):
        assert 0 <= moment.credits <= bucket.holds
        assert moment.served <= bucket.spends
        assert moment.waiting >= 0


def test_the_day_runs_dry_when_the_formula_says():
    bucket = gp2_bucket(100)
    dry = next(m.at_s for m in day([900] * 8, bucket, bucket.holds, False) if m.credits == 0)
    assert dry == pytest.approx(lasts(900, bucket))


def test_a_bucket_outside_its_bounds_is_an_error():
    with pytest.raises(ValueError, match="credits"):
        day([1], gp2_bucket(100), -1, True)


def test_a_bucket_that_fills_too_fast_is_noticed():
    """Planted fault: 4 credits a second per GiB instead of 3, and the guide's 2,000 s must not come out."""
    bucket = gp2_bucket(100)
    assert lasts(BURST, replace(bucket, fills=400)) != number("gp2.example_burst")


# --- st1 and sc1


@pytest.mark.parametrize("kind", ["st1", "sc1"])
def test_the_guides_scan_examples_come_out(kind):
    tib = number("hdd.example_size")
    took, quick = scan(tib, disk_bucket(kind, tib * 1024), 1)
    assert number(f"{kind}.example_scan") == pytest.approx(took, abs=1)
    assert took == quick


@pytest.mark.parametrize(
    ("tib", "st1", "sc1"), [(1, 1.17, 3.64), (2, 1.17, 3.64), (4, 2.33, 4.66), (8, 4.66, 9.32), (16, 9.32, 18.64)]
)
def test_the_guides_table_of_scans_comes_out(tib, st1, sc1):
    assert st1 == pytest.approx(scan(tib, disk_bucket("st1", tib * 1024), 1)[0] / 3600, abs=0.01)
    assert sc1 == pytest.approx(scan(tib, disk_bucket("sc1", tib * 1024), 1)[0] / 3600, abs=0.01)


@given(st.floats(0.125, 16), st.floats(0, 1), st.sampled_from(["st1", "sc1"]))
def test_a_scan_reads_the_volume_and_no_more(tib, full, kind):
    bucket = disk_bucket(kind, tib * 1024)
    took, quick = scan(tib, bucket, full)
    read = quick * bucket.spends + (took - quick) * bucket.fills
    assert read == pytest.approx(tib * 1024 * 1024)


@given(st.floats(0.125, 16), st.floats(0, 0.99))
def test_a_fuller_bucket_never_takes_longer(tib, full):
    bucket = disk_bucket("sc1", tib * 1024)
    assert scan(tib, bucket, full + 0.01)[0] <= scan(tib, bucket, full)[0] * (1 + 1e-9)


def test_a_bucket_can_be_made_of_anything():
    assert lasts(10, Bucket(1, 10, 90)) == 10
