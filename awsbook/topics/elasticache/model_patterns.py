"""Lazy loading, write-through, both, and no cache: the same requests, counted."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
    held, versions = {}, {}  # key: (version, when written); in order of use
    times, reads, hits, stale, database = [], 0, 0, 0, 0
    room, ttl = cache.room, cache.ttl
    for now, (key, write, slow) in enumerate(zip(requests.keys, requests.writes, requests.slowness, strict=True)):
        counted = now >= warm
        store, took = False, 0.0
        if write:
            versions[key] = now
            store, took = updates, slow * database_ms + (cache_ms if updates else 0)
        else:
            entry = held.pop(key, None)
            hit = entry is not None and now - entry[1] < ttl
            if hit:
                held[key] = entry
                took = cache_ms
            else:
                store = fills
                took = slow * database_ms + (fills + (fills or updates)) * cache_ms
            if counted:
                reads += 1
                hits += hit
                stale += hit and entry[0] != versions.get(key)
        if store:
            held.pop(key, None)
            held[key] = (versions.get(key), now)
            if len(held) > room:
                del held[next(iter(held))]
        if counted:
            times.append(took)
            database += write or not hit
    times.sort()
    count = len(times)
    return Outcome(
        hits / max(1, reads), stale / max(1, reads), math.fsum(times) / count,
        times[math.ceil(0.99 * count) - 1], database / count,
    )  # fmt: skip
