"""Kinesis: uneven keys, the fullest shard, and the reader's own keys."""

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore.controls import ControlError
from awsbook.topics.kinesis.keys import read_keys
from awsbook.topics.kinesis.model_skew import (
    expected_fullest,
    fullest,
    loads,
    seeded,
    spread,
    throttled,
    zipf,
)
from awsbook.topics.kinesis.routing import hash_key, owner, shard_ranges


@given(st.integers(1, 500), st.floats(0, 3))
def test_the_shares_of_zipfs_keys_add_up_and_fall(keys, exponent):
    shares = zipf(keys, exponent)
    assert math.fsum(shares) == pytest.approx(1)
    assert list(shares) == sorted(shares, reverse=True)


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.floats(0, 1e4), max_size=30), st.integers(1, 40))
def test_no_record_is_lost_on_the_way_to_its_shard(rates, n):
    ranges = shard_ranges(n)
    got = spread(rates, ranges)
    assert math.fsum(got) == pytest.approx(math.fsum(rates.values()))
    one_by_one = [0.0] * n
    for key, rate in rates.items():
        one_by_one[owner(hash_key(key), ranges)] += rate
    assert got == pytest.approx(one_by_one)


@given(st.floats(0, 1e5), st.floats(0, 100))
def test_a_shard_takes_what_both_limits_let_through(records, mib):
    taken = records - throttled(records, mib, 1000, 1)
    assert taken <= min(records, 1000) + 1e-6
    if records:
        assert taken * mib / records <= 1 + 1e-6


def test_a_shard_at_its_limit_throttles_nothing_and_one_record_more_is_refused():
    assert throttled(1000, 0.5, 1000, 1) == 0
    assert throttled(1001, 0.5, 1000, 1) == pytest.approx(1)


@pytest.mark.parametrize(("keys", "shards"), [(1, 4), (2, 3), (5, 2), (12, 4), (20, 4)])
def test_the_counted_mean_of_the_fullest_shard_meets_every_outcome(keys, shards):
    """The closed form against all outcomes where there are few, and against MD5 over 400 seeds always."""
    counted = expected_fullest(keys, shards)
    if shards**keys <= 300:
        tops = [max(map(_outcome(n, keys, shards).count, range(shards))) for n in range(shards**keys)]
        assert counted == pytest.approx(statistics.fmean(tops) / keys)
    seen = fullest(zipf(keys, 0), shards, tuple(range(400)))
    error = statistics.stdev(seen) / math.sqrt(len(seen))
    assert abs(statistics.fmean(seen) - counted) <= 4 * error + 1e-9


def _outcome(n, keys, shards):
    return [n // shards**i % shards for i in range(keys)]


def test_the_closed_form_with_one_shard_too_many_is_noticed():
    """Planted fault."""
    seen = fullest(zipf(20, 0), 4, tuple(range(400)))
    error = statistics.stdev(seen) / math.sqrt(len(seen))
    assert abs(statistics.fmean(seen) - expected_fullest(20, 5)) > 4 * error


@given(st.integers(1, 60), st.integers(1, 30), st.integers(1, 50))
def test_the_fullest_shard_holds_at_least_the_busiest_key_and_the_even_share(keys, shards, seed):
    parts = zipf(keys, 1.2)
    top = fullest(parts, shards, (seed,))[0]
    assert top >= max(parts[0], 1 / shards) - 1e-9


@given(st.integers(1, 450), st.integers(1, 64), st.integers(1, 50), st.integers(1, 16))
def test_the_keys_of_a_seed_land_where_their_names_do(keys, shards, seed, salts):
    parts = zipf(keys, 1)
    rates = {f"user-{seed}-{rank}": share for rank, share in enumerate(parts)}
    if salts > 1:
        busiest = rates.pop(f"user-{seed}-0")
        rates |= {f"user-{seed}-0#{salt}": busiest / salts for salt in range(salts)}
    ranges = shard_ranges(shards)
    assert seeded(parts, ranges, seed, salts) == pytest.approx(spread(rates, ranges))


def test_salting_changes_no_total_and_cuts_the_busiest_key():
    """Of 2,048 shards each takes one of so few keys, so that a key can be read off its shard."""
    parts, ranges = zipf(50, 1), shard_ranges(2048)
    plain, salted = (seeded(parts, ranges, 7, salts) for salts in (1, 8))
    assert math.fsum(salted) == pytest.approx(math.fsum(plain)) == pytest.approx(1)
    assert max(plain) == pytest.approx(parts[0])
    assert salted[owner(hash_key("user-7-0#3"), ranges)] == pytest.approx(parts[0] / 8)


def test_bytes_throttle_where_records_do_not():
    (load,) = loads({"a": 500.0}, shard_ranges(1), 4096, 1000, 1)
    assert load.mib == pytest.approx(500 * 4096 / 2**20)
    assert load.throttled == pytest.approx(500 - 256)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="keys >= 1"):
        zipf(0, 1)


# The reader's own keys


def test_a_key_a_line_with_and_without_a_rate():
    assert read_keys("a\n\n b , 2.5 \na\nx,y\n", 256) == {"a": 2.0, "b": 2.5, "x,y": 1.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\nb,0", "line 2: 0 records"),
        ("a,-3", "line 1: -3 records"),
        ("a\n\nb,nan", None),
        ("a\nb,12x", "line 2: '12x' is not a number"),
        ("a,", "line 1: nothing after the comma"),
        ("ok\n" + "k" * 257, "line 2: a partition key has 1 to 256 characters, this has 257"),
        (",5", "line 1: a partition key has 1 to 256 characters, this has 0"),
        ("  \n", "no key in it"),
        ("\n".join(f"k{i}" for i in range(201)), "line 201: more than 200"),
        ("a,1e9", "line 1: 1e9 records"),
    ],
)
def test_a_bad_line_is_named(text, said):
    if said is None:
        with pytest.raises(ControlError, match="line 3"):
            read_keys(text, 256)
        return
    with pytest.raises(ControlError, match=said):
        read_keys(text, 256)
