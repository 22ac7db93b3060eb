"""Kinesis: shards, readers, age, cost and lineage against published examples, other roads and planted faults."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.topics.kinesis import model_age, model_cost, model_lineage
from awsbook.topics.kinesis.model_readers import Reader, left_by, refused_calls, shares
from awsbook.topics.kinesis.model_shards import KIB, calls_per_shard, need, published
from awsbook.topics.kinesis.routing import LAST_HASH_KEY
from awsbook.topics.kinesis.views import FAQ, GUIDE, PRICES, RULES

sizes = st.integers(1, 1024 * KIB)
rates = st.integers(1, 200_000)
counts = st.integers(1, 20)


# How many shards


def test_the_pricing_pages_example_needs_four_shards():
    """AWS's pricing page: 100 records/s of 35 KB are 3.4 MB/s, which four shards take."""
    assert need(35 * KIB, 100, 1, False, RULES).bytes_in == pytest.approx(3.4, abs=0.02)
    assert need(35 * KIB, 100, 1, False, RULES).shards == 4


def test_a_shard_filled_to_each_limit_is_one_shard():
    assert need(1024 * KIB, 1, 1, False, RULES).shards == 1
    assert need(100, 1000, 1, False, RULES).shards == 1
    assert need(1024 * KIB, 1, 2, False, RULES).shards == 1


@given(sizes, rates, counts, st.booleans())
def test_the_shards_satisfy_every_limit_and_one_less_does_not(size, rate, consumers, fan_out):
    found = need(size, rate, consumers, fan_out, RULES)
    mib = size * rate / 2**20

    def enough(n):
        slack = 1 + 1e-9
        out = mib / RULES.fan_out_mib if fan_out else mib * consumers / RULES.read_mib
        return max(mib / RULES.write_mib, rate / RULES.write_records, out) <= n * slack

    assert enough(found.shards)
    assert found.shards == 1 or not enough(found.shards - 1)


@given(sizes, rates, counts)
def test_more_of_anything_never_needs_fewer_shards(size, rate, consumers):
    now = need(size, rate, consumers, False, RULES).shards
    assert now <= need(size + 1, rate, consumers, False, RULES).shards
    assert now <= need(size, rate + 1, consumers, False, RULES).shards
    assert now <= need(size, rate, consumers + 1, False, RULES).shards
    assert now >= need(size, rate, consumers, True, RULES).shards


def test_enhanced_fan_out_takes_reading_off_the_bill_of_shards():
    assert need(1000, 5000, 20, False, RULES).binds == "bytes_out"
    assert need(1000, 5000, 20, True, RULES) == need(1000, 5000, 1, True, RULES)


def test_the_bare_formula_asks_for_a_tenth_of_what_small_records_need():
    """The chapter's figure: 100 B records, one consumer."""
    assert need(100, 20_000, 1, False, RULES).shards == 20
    assert published(100, 20_000, 1, *FAQ, rounded=False) == 2


@given(rates)
def test_the_faqs_rounding_is_its_hidden_records_limit(rate):
    """Up to 1 KB counts as 1 KB, so a shard's 1,000 KB/s are its 1,000 records/s."""
    assert published(100, rate, 1, *FAQ, rounded=True) == need(100, rate, 1, False, RULES).shards


@given(st.integers(1, KIB), rates)
def test_the_guides_divisor_falls_short_of_the_records_limit_by_at_most_a_fortieth(size, rate):
    """1,024 for 1,000: 2.4 per cent too few, once rounded to shards at most that and one shard."""
    exact = need(size, rate, 1, False, RULES).shards
    guide = published(size, rate, 1, *GUIDE, rounded=True)
    assert guide <= exact
    assert guide >= math.floor(exact * 1000 / 1024)


def test_rounding_up_nearly_doubles_a_record_that_is_a_little_over_one_kb():
    assert published(1025, 10_000, 1, *FAQ, rounded=True) == 20
    assert need(1025, 10_000, 1, False, RULES).shards == 10


def test_a_wrong_records_limit_is_noticed():
    """Planted fault: 10,000 records/s for 1,000."""
    wrong = replace(RULES, write_records=10_000)
    assert need(100, 20_000, 1, False, wrong).shards != need(100, 20_000, 1, False, RULES).shards


def test_more_shards_do_not_help_who_polls_too_often():
    assert calls_per_shard(5, 1, RULES) == 1
    assert calls_per_shard(6, 1, RULES) > 1


def test_what_is_negative_is_refused():
    with pytest.raises(ValueError, match="negative"):
        need(-1, 1, 1, False, RULES)
    with pytest.raises(ValueError, match="cannot take"):
        shares(-1, (), RULES)


# Who reads

shared = st.integers(0, 8)


@given(st.floats(0, 1), shared, shared)
def test_shared_readers_never_get_more_than_the_shard_gives_and_pushed_ones_do_not_care(write, polled, pushed):
    readers = tuple(Reader(f"p{i}", False, 1) for i in range(polled)) + tuple(
        Reader(f"e{i}", True) for i in range(pushed)
    )
    got = shares(write, readers, RULES)
    together = math.fsum(one.may_read_mib for one in got if not one.reader.fan_out)
    assert together <= RULES.read_mib + 1e-9
    assert all(one.keeps_up and one.may_read_mib == RULES.fan_out_mib for one in got if one.reader.fan_out)


def test_two_shared_readers_keep_up_with_a_full_shard_and_three_do_not():
    def keep_up(n):
        return all(one.keeps_up for one in shares(1, (Reader("a", False, 1),) * n, RULES))

    assert keep_up(2)
    assert not keep_up(3)


def test_six_polls_a_second_lose_one_in_six():
    assert refused_calls((Reader("a", False, 1),) * 6, RULES) == pytest.approx(1 / 6)
    assert refused_calls((Reader("a", False, 1),) * 5, RULES) == 0
    assert refused_calls((Reader("a", True),) * 20, RULES) == 0


def fairly(wants, supply):
    """Another road to fair shares: all get a drop more at a time, until they have what they want or nothing is left."""
    got, drop = [0.0] * len(wants), supply / 20_000
    while supply > drop and any(has < want for has, want in zip(got, wants, strict=True)):
        for i, want in enumerate(wants):
            if got[i] < want:
                got[i] += drop
                supply -= drop
    return got


@pytest.mark.parametrize("others", range(5))
@pytest.mark.parametrize("write", [0.1, 0.35, 0.5, 0.65, 1.0])
def test_who_is_behind_gets_what_fair_sharing_leaves(others, write):
    poured = fairly([write] * others + [math.inf], RULES.read_mib)[-1]
    assert left_by(others, write, RULES) == pytest.approx(poured, abs=2e-3)


def test_an_even_share_beside_readers_who_want_less_is_noticed():
    """Planted fault: the share of a reader who is behind does not depend on how much the others read."""
    assert left_by(1, 0.5, RULES) > RULES.read_mib / 2
    assert left_by(1, 1.0, RULES) == RULES.read_mib / 2
    with pytest.raises(ValueError, match="negative"):
        left_by(-1, 0.5, RULES)


# How far behind


@given(
    st.integers(0, 40), st.integers(1, 12), st.integers(1, 24), st.integers(5, 60),
)  # fmt: skip
def test_the_fluid_age_is_within_a_second_and_a_record_of_counting_records(outage, write, read, retention):
    """The model's known error: one step of the count (1 s) and the interval between records."""
    until = 120
    counted = model_age.simulate(outage, write, read, retention, until)
    for second, age in enumerate(counted, 1):
        fluid = model_age.age_at(second, outage, write, read, retention)
        assert abs(fluid - age) <= 1 + 1 / write


@given(st.floats(0, 1e5), st.floats(0.1, 1), st.floats(0.1, 3), st.floats(1e3, 1e6))
def test_the_age_never_passes_the_retention_and_ends_where_recovery_says(outage, write, read, retention):
    found = model_age.recovery(outage, write, read, retention)
    assert 0 <= found.peak_age_s <= retention
    if math.isfinite(found.caught_up_s):
        assert model_age.age_at(outage + found.caught_up_s, outage, write, read, retention) == pytest.approx(
            0, abs=1e-3
        )


def test_twice_the_speed_needs_as_long_as_the_outage():
    assert model_age.recovery(3600, 0.5, 1.0, 86_400) == model_age.Recovery(3600, 0, 3600)


def test_an_outage_past_the_retention_loses_the_difference():
    assert model_age.recovery(30 * 3600, 0.5, 1.0, 24 * 3600).lost_s == 6 * 3600


def test_a_reader_slower_than_the_writer_never_returns():
    found = model_age.recovery(0, 1.0, 0.5, 86_400)
    assert math.isinf(found.caught_up_s)
    assert math.isinf(found.lost_s)
    assert model_age.recovery(10, 1.0, 1.0, 86_400).caught_up_s == math.inf
    with pytest.raises(ValueError, match="cannot recover"):
        model_age.recovery(1, 0, 1, 1)


def test_an_age_that_falls_by_the_readers_whole_speed_is_noticed():
    """Planted fault: forgetting that records still come in while the consumer catches up."""

    def wrong(t, outage, write, read, _):
        return max(0.0, min(t, outage) - max(0, t - outage) * read / write)

    counted = model_age.simulate(20, 5, 8, 60, 40)
    assert any(abs(wrong(s, 20, 5, 8, 60) - age) > 1.2 for s, age in enumerate(counted, 1))


# What it costs


def test_the_bill_of_one_shard_by_hand():
    """1 shard, 730 hours, and 1,000 records/s of one payload unit each."""
    by_hand = 730 * 0.015 + 1000 * 3600 * 730 / 1e6 * 0.014
    assert model_cost.provisioned(1, 1000, 1000, PRICES) == pytest.approx(by_hand)


def test_a_45_kb_record_is_two_payload_units():
    """AWS's pricing page: 5 KB one unit, 45 KB two, 1 MB forty-one... of 25 KB chunks."""
    base = model_cost.provisioned(1, 0, 1, PRICES)
    one = model_cost.provisioned(1, 1, 5 * KIB, PRICES) - base
    assert model_cost.provisioned(1, 1, 45 * KIB, PRICES) - base == pytest.approx(2 * one)


def test_on_demand_counts_a_record_of_4_5_kb_as_five():
    """AWS's pricing page."""
    idle = model_cost.on_demand(0, 0, 0, PRICES)
    assert model_cost.on_demand(1, 4.5 * KIB, 0, PRICES) == pytest.approx(
        idle + 5 * (model_cost.on_demand(1, KIB, 0, PRICES) - idle)
    )


@given(st.integers(1, 50_000), st.integers(50, 51_200), st.integers(1, 5), st.booleans())
def test_the_bills_cross_where_break_even_says(peak, size, consumers, fan_out):
    shards = need(size, peak, consumers, fan_out, RULES).shards
    pushed = consumers if fan_out else 0
    even = model_cost.break_even(shards, peak, size, consumers, PRICES, pushed)
    if even is not None:
        load = even * peak
        assert model_cost.provisioned(shards, load, size, PRICES, pushed) == pytest.approx(
            model_cost.on_demand(load, size, consumers, PRICES)
        )


# Parents and children


def test_a_split_and_a_merge_leave_a_stream_that_owns_every_key_once():
    stream = model_lineage.split_shard(model_lineage.fresh(4), 2, 0.3, 1)
    stream = model_lineage.merge_shards(stream, 0, 1, 2)
    ranges = [one.owned for one in model_lineage.open_shards(stream)]
    assert ranges[0].start == 0
    assert ranges[-1].end == LAST_HASH_KEY
    assert all(a.end + 1 == b.start for a, b in pairwise(ranges))
    assert [one.parents for one in stream[4:]] == [(2,), (2,), (0, 1)]


def test_a_parent_closes_and_expires_with_the_retention():
    parent = model_lineage.split_shard(model_lineage.fresh(1), 0, 0.5, 10)[0]
    assert [model_lineage.state(parent, now, 24) for now in (10, 33.9, 34)] == ["CLOSED", "CLOSED", "EXPIRED"]


def test_a_closed_shard_cannot_be_split_again():
    stream = model_lineage.split_shard(model_lineage.fresh(1), 0, 0.5, 0)
    with pytest.raises(ValueError, match="not open"):
        model_lineage.split_shard(stream, 0, 0.5, 1)
