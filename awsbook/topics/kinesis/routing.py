"""Which shard a record goes to: the key's MD5 as one large number, and the ranges the shards own."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

HASH_BITS = 128  # the width of an MD5 digest
LAST_HASH_KEY = 2**HASH_BITS - 1


@dataclass(frozen=True)
class HashKeyRange:
    """The hash keys that one shard owns: whole numbers, both ends included."""

    start: int
    end: int

    @property
    def width(self) -> int:
        """How many hash keys the range holds."""
        return self.end - self.start + 1

    def __contains__(self, key: int) -> bool:
        return self.start <= key <= self.end


def hash_key(partition_key: str) -> int:
    """The hash key of a partition key: MD5 of its UTF-8 bytes, read as one unsigned 128-bit number.

    Rule: PutRecord in the Kinesis API reference, PartitionKey.
    """
    return int.from_bytes(hashlib.md5(partition_key.encode("utf-8"), usedforsecurity=False).digest(), "big")


def shard_ranges(n: int) -> tuple[HashKeyRange, ...]:
    """The whole key space cut into `n` ranges, equal but for one key, lowest first. ValueError if n < 1.

    Range i starts at i * 2**128 // n, so nothing is lost and nothing is owned twice.
    """
    if n < 1:
        raise ValueError(f"a stream has at least one shard, got {n}")
    starts = [i * 2**HASH_BITS // n for i in range(n + 1)]
    return tuple(HashKeyRange(low, high - 1) for low, high in pairwise(starts))


def owner(hash_key: int, ranges: tuple[HashKeyRange, ...]) -> int:
    """The index of the range that holds `hash_key`. `ranges` lie side by side, lowest first.

    ValueError if no range holds it.
    """
    at = bisect_right(ranges, hash_key, key=lambda owned: owned.start) - 1
    if at < 0 or hash_key not in ranges[at]:
        raise ValueError(f"no shard owns the hash key {hash_key}")
    return at


def split(owned: HashKeyRange, new_start: int | None = None) -> tuple[HashKeyRange, HashKeyRange]:
    """Two children of one shard; the second starts at `new_start`, by default in the middle.

    ValueError if a child would be empty (SplitShard refuses that too).
    """
    at = (owned.start + owned.end) // 2 + 1 if new_start is None else new_start
    if not owned.start < at <= owned.end:
        raise ValueError(f"cannot split {owned} at {at}: each child needs at least one hash key")
    return HashKeyRange(owned.start, at - 1), HashKeyRange(at, owned.end)


def merge(low: HashKeyRange, high: HashKeyRange) -> HashKeyRange:
    """The one child of two shards. ValueError if they do not lie side by side, `low` first."""
    if low.end + 1 != high.start:
        raise ValueError(f"cannot merge {low} and {high}: only adjacent shards merge")
    return HashKeyRange(low.start, high.end)
