"""Kinesis: which shard a record goes to."""

import hashlib
from itertools import pairwise

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from awsbook.topics.kinesis.routing import (
    LAST_HASH_KEY,
    HashKeyRange,
    hash_key,
    merge,
    owner,
    shard_ranges,
    split,
)

counts = st.integers(1, 300)
keys = st.integers(0, LAST_HASH_KEY)


@given(counts)
def test_the_ranges_tile_the_whole_key_space(n):
    ranges = shard_ranges(n)
    assert (ranges[0].start, ranges[-1].end) == (0, LAST_HASH_KEY)
    assert all(a.end + 1 == b.start for a, b in pairwise(ranges))
    assert max(r.width for r in ranges) - min(r.width for r in ranges) <= 1


@given(counts, keys)
def test_the_owner_is_the_one_range_that_holds_the_key(n, key):
    ranges = shard_ranges(n)
    assert [owner(key, ranges)] == [i for i, owned in enumerate(ranges) if key in owned]


def test_the_md5_of_the_rfc_comes_out():
    """RFC 1321, A.5: MD5 of "abc"."""
    assert hash_key("abc") == 0x900150983CD24FB0D6963F7D28E17F72


def test_a_key_is_hashed_as_utf_8():
    assert hash_key("Zürich") != int.from_bytes(__import__("hashlib").md5("Zürich".encode("latin-1")).digest(), "big")


KEYS = [f"device-{i}" for i in range(150)] + [f"Kunde Ä{i}" for i in range(40)] + ["", " ", "日本", "🛒"][1:]


@pytest.fixture
def kinesis(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("kinesis", region_name="us-east-1")


def shards_of(kinesis, stream):
    found = kinesis.list_shards(StreamName=stream)["Shards"]
    as_range = {
        s["ShardId"]: HashKeyRange(int(s["HashKeyRange"]["StartingHashKey"]), int(s["HashKeyRange"]["EndingHashKey"]))
        for s in found
        if "EndingSequenceNumber" not in s["SequenceNumberRange"]
    }
    return dict(sorted(as_range.items(), key=lambda item: item[1].start))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_moto_sends_each_record_to_the_shard_we_name(kinesis, n):
    """The independent road: another implementation of the routing, over its own ranges."""
    kinesis.create_stream(StreamName="s", ShardCount=n)
    shards = shards_of(kinesis, "s")
    names, ranges = list(shards), tuple(shards.values())
    for key in KEYS:
        sent_to = kinesis.put_record(StreamName="s", Data=b"x", PartitionKey=key)["ShardId"]
        assert names[owner(hash_key(key), ranges)] == sent_to


@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_moto_cuts_the_key_space_where_we_do(kinesis, n):
    kinesis.create_stream(StreamName="s", ShardCount=n)
    assert shard_ranges(n) == tuple(shards_of(kinesis, "s").values())


@given(counts, st.data())
def test_a_split_loses_no_key_and_a_merge_undoes_it(n, data):
    parent = data.draw(st.sampled_from(shard_ranges(n)))
    at = data.draw(st.none() | st.integers(parent.start + 1, parent.end))
    low, high = split(parent, at)
    assert parent.width == low.width + high.width
    assert parent == merge(low, high)


def test_what_does_not_fit_is_refused():
    one, two, three = shard_ranges(3)
    with pytest.raises(ValueError, match="adjacent"):
        merge(one, three)
    with pytest.raises(ValueError, match="at least one hash key"):
        split(one, one.start)
    with pytest.raises(ValueError, match="no shard owns"):
        owner(two.start, (one, three))
    with pytest.raises(ValueError, match="at least one shard"):
        shard_ranges(0)


def test_reading_the_digest_backwards_is_noticed():
    """Planted fault: little-endian. Most keys of our list would land on another of seven shards."""

    ranges = shard_ranges(7)
    wrong = [int.from_bytes(hashlib.md5(key.encode()).digest(), "little") for key in KEYS]
    moved = sum(owner(hash_key(k), ranges) != owner(w, ranges) for k, w in zip(KEYS, wrong, strict=True))
    assert moved > len(KEYS) / 2
