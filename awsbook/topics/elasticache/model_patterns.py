"""Lazy loading, write-through, both, and no cache: the same requests, counted."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from .model_requests import Trace

PATTERNS = {"none": (False, False), "lazy": (True, False), "write": (False, True), "both": (True, True)}


@dataclass(frozen=True)
class Outcome:
    """What one run gave. Shares are of reads, times are in ms over reads and writes together."""

    hits: float  # share of reads
    stale: float  # share of reads
    mean_ms: float
    p99_ms: float
    database: float  # database operations for each request


@dataclass(frozen=True)
class Cache:
    """room: keys it holds, the least recently used leaves first. ttl: requests an entry lives, inf for ever."""

    room: int
    ttl: float = math.inf


def run(pattern: str, requests: Trace, cache: Cache, cache_ms: float, database_ms: float, warm: int) -> Outcome:
    """Plays the requests; the first `warm` fill the cache and are not counted.

    Rule: ElastiCache guide, Caching Strategies: a lazy miss takes three trips (cache, database, cache); a
    write-through write takes two. Without `lazy`, a miss leaves the cache as it is; without `write`, a write does.
    An entry older than its TTL is not found. A read is stale if the database has been written since the entry.
    KeyError for an unknown pattern. Leaves out: two requests at once, so write-through has no races here; queues.
    """
    fills, updates = PATTERNS[pattern]
    hits, stale, missed, written = _played(fills, updates, requests, cache, warm)
    count, reads = len(requests.keys) - warm, hits + missed.count
    miss_ms, write_ms = (fills + (fills or updates)) * cache_ms, updates * cache_ms  # beside the database
    total = hits * cache_ms + missed.count * miss_ms + written.count * write_ms
    total += (missed.slow + written.slow) * database_ms
    beyond = _beyond_p99(count)
    top = [cache_ms] * min(hits, beyond)
    top += [slow * database_ms + miss_ms for slow in missed.slowest]
    top += [slow * database_ms + write_ms for slow in written.slowest]
    return Outcome(
        hits / max(1, reads), stale / max(1, reads), total / count,
        sorted(top)[-beyond], (missed.count + written.count) / count,
    )  # fmt: skip


def _beyond_p99(count):
    """Which one, counted from the top, is the p99 of `count` times; each kind's own top holds as many."""
    return count - math.ceil(0.99 * count) + 1


@dataclass(frozen=True)
class _Asked:
    """Requests of one kind that went to the database."""

    count: int
    slow: float  # the sum of their slowness
    slowest: list[float]  # as many as the p99 can need


@lru_cache(maxsize=64)
def _played(fills, updates, requests, cache, warm):
    """(hits, stale reads, reads that missed, writes), as they are whatever cache and database take."""
    missed, stale = _missed_and_stale(fills, updates, requests, cache)
    missed, stale = missed[bisect_left(missed, warm) :], stale[bisect_left(stale, warm) :]
    written = _written(requests, warm)
    hits = len(requests.keys) - warm - written.count - len(missed)
    return hits, len(stale), _asked(requests, missed, warm), written


def _missed_and_stale(fills, updates, requests, cache):
    """The moments of the reads that missed, and of the stale ones.

    The cache is lists over the keys. Whose use is the oldest is found without a queue: along the requests, from the
    last one that left on, the first that is still its key's latest use.
    """
    keys, writes, free = requests.keys, requests.writes, cache.room
    if not (fills or updates):
        return [now for now, write in enumerate(writes) if not write], []
    size, never = max(keys) + 1, -len(keys)
    ttl = math.ceil(min(cache.ttl, len(keys)))  # whole, as the moments are, so the same; and compared sooner
    entered, used, changed = [never] * size, [-1] * size, [-1] * size  # used: -1 if the cache does not have the key
    missed, stale, oldest = [], [], 0
    for now, key in enumerate(keys):
        if writes[now]:
            changed[key] = now
            if not updates:
                continue
        else:
            at = entered[key]
            if now - at < ttl:
                used[key] = now
                if changed[key] > at:
                    stale.append(now)
                continue
            missed.append(now)
            if not fills:
                if used[key] >= 0:  # too old: it leaves
                    entered[key], used[key], free = never, -1, free + 1
                continue
        if used[key] < 0:
            if free:
                free -= 1
            else:
                while used[keys[oldest]] != oldest:
                    oldest += 1
                entered[keys[oldest]], used[keys[oldest]] = never, -1
        entered[key] = used[key] = now
    return missed, stale


@lru_cache(maxsize=64)
def _written(requests, warm):
    return _asked(requests, [now for now in range(warm, len(requests.keys)) if requests.writes[now]], warm)


def _asked(requests, moments, warm):
    slowness = [requests.slowness[now] for now in moments]
    return _Asked(len(moments), sum(slowness), nlargest(_beyond_p99(len(requests.keys) - warm), slowness))
