"""Splits and merges: parents close, children open, and the parents' records stay until they expire."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .routing import HashKeyRange, merge, shard_ranges, split


@dataclass(frozen=True)
class Shard:
    """One shard. closed_at_h: when a reshard closed it, None while it is open. parents: ids."""

    id: int
    owned: HashKeyRange
    parents: tuple[int, ...] = ()
    closed_at_h: float | None = None


def fresh(n: int) -> tuple[Shard, ...]:
    """A new stream of `n` shards."""
    return tuple(Shard(i, owned) for i, owned in enumerate(shard_ranges(n)))


def open_shards(stream: tuple[Shard, ...]) -> tuple[Shard, ...]:
    """Those that take records, by their range."""
    return tuple(sorted((s for s in stream if s.closed_at_h is None), key=lambda s: s.owned.start))


def split_shard(stream: tuple[Shard, ...], id: int, at: float, now_h: float) -> tuple[Shard, ...]:
    """The stream after SplitShard. at: where in the shard's range the second child begins, 0 to 1, exclusive.

    ValueError if the shard is not open or a child would be empty.
    """
    parent = _open(stream, id)
    low, high = split(parent.owned, parent.owned.start + int(parent.owned.width * at))
    return _reshard(stream, (parent,), (low, high), now_h)


def merge_shards(stream: tuple[Shard, ...], low_id: int, high_id: int, now_h: float) -> tuple[Shard, ...]:
    """The stream after MergeShards. ValueError if one is not open or they are not adjacent, the lower first."""
    low, high = _open(stream, low_id), _open(stream, high_id)
    return _reshard(stream, (low, high), (merge(low.owned, high.owned),), now_h)


def state(shard: Shard, now_h: float, retention_h: float) -> str:
    """OPEN, CLOSED (records can still be read) or EXPIRED (the retention since it closed has passed).

    Rule: Kinesis Developer Guide, "After Resharding".
    """
    if shard.closed_at_h is None:
        return "OPEN"
    return "CLOSED" if now_h < shard.closed_at_h + retention_h else "EXPIRED"


def _open(stream, id):
    for shard in stream:
        if shard.id == id and shard.closed_at_h is None:
            return shard
    raise ValueError(f"shard {id} is not open")


def _reshard(stream, parents, ranges, now_h):
    closing = {shard.id for shard in parents}
    kept = tuple(replace(s, closed_at_h=now_h) if s.id in closing else s for s in stream)
    names = tuple(shard.id for shard in parents)
    return kept + tuple(Shard(len(stream) + i, owned, names) for i, owned in enumerate(ranges))
