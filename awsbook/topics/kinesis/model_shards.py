"""How many shards a stream needs, which limit asks for them, and what the published formulas would say."""

from __future__ import annotations

import math
from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class ShardRules:
    """What one shard takes and gives."""

    write_mib: float  # MiB/s in
    write_records: float  # records/s in
    read_mib: float  # MiB/s out, for all shared consumers together
    read_calls: float  # GetRecords calls/s, for all shared consumers together
    fan_out_mib: float  # MiB/s out, for each consumer with enhanced fan-out


@dataclass(frozen=True)
class Need:
    """What each limit alone would ask for, in shards, not rounded."""

    bytes_in: float
    records_in: float
    bytes_out: float

    @property
    def binds(self) -> str:
        """The limit that asks for most; the first of them where two ask the same."""
        return max(("bytes_in", "records_in", "bytes_out"), key=lambda limit: getattr(self, limit))

    @property
    def shards(self) -> int:
        """Whole shards that satisfy all three, at least one."""
        return max(1, whole(max(self.bytes_in, self.records_in, self.bytes_out)))


def whole(shards: float) -> int:
    """Rounded up, but not for the dust of a division: 3.0000000001 shards are 3."""
    return math.ceil(shards - 1e-9)


def need(record_bytes: float, records_per_s: float, consumers: int, fan_out: bool, rules: ShardRules) -> Need:
    """Shards for a steady load whose keys spread evenly.

    record_bytes: partition key included. consumers: applications that each read the whole stream.
    fan_out: they all use enhanced fan-out. ValueError if an argument is negative.
    Rule: CreateStream and RegisterStreamConsumer in the Kinesis API reference.
    Leaves out: skewed keys, bursts within the second, retries, calls per second (see `calls_per_shard`).
    """
    if min(record_bytes, records_per_s, consumers) < 0:
        raise ValueError(f"nothing here can be negative: {record_bytes}, {records_per_s}, {consumers}")
    mib_in = record_bytes * records_per_s / MIB
    # a consumer with a pipe of its own needs it to be as wide as the stream, however many others there are
    out = (mib_in / rules.fan_out_mib if consumers else 0.0) if fan_out else mib_in * consumers / rules.read_mib
    return Need(mib_in / rules.write_mib, records_per_s / rules.write_records, out)


def calls_per_shard(consumers: int, polls_per_s: float, rules: ShardRules) -> float:
    """Share of a shard's GetRecords calls that shared consumers use; above 1 some calls are refused.

    The number of shards is no argument: every consumer polls every shard, so more shards do not help.
    """
    return consumers * polls_per_s / rules.read_calls


def published(
    record_bytes: float, records_per_s: float, consumers: int, write_kib: float, read_kib: float, rounded: bool
) -> int:
    """The formula of AWS's pages: max(in / write_kib, out / read_kib), in whole shards.

    write_kib, read_kib: its divisors, KB/s per shard (the FAQ's 1,000 and 2,000, the guide's 1,024 and 2,048).
    rounded: the average size first rounded up to whole KB, as the pages ask and copies of the formula forget.
    Leaves out, because the formula does: records per second, enhanced fan-out, keys.
    """
    kib = record_bytes / KIB
    into = (math.ceil(kib) if rounded else kib) * records_per_s
    return max(1, whole(max(into / write_kib, into * consumers / read_kib)))
