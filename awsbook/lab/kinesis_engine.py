"""Kinesis for the labs: moto's, with the behaviour of AWS where moto alone would teach something wrong.

    lab = open_sandbox()
    lab.use(like_aws(lab.clock))

Changed: a split or merged shard closes and keeps its records, and says so at its end; writes go to open shards only;
a range includes both its ends; sequence numbers are unique in the stream and grow; the summary counts open shards; a
reader is behind until it has read everything; a shard takes no more than its records and bytes a second.

Left as moto has it, so do not teach it here: records and iterators never expire, resharding takes no time, reads are
not limited, UpdateShardCount cuts with rounding errors, sequence numbers are small numbers.

It stands on moto's private classes. `tests/lab/test_contract_kinesis.py` holds every behaviour that is taught.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
from base64 import b64decode
from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
from weakref import WeakKeyDictionary

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.kinesis.exceptions import InvalidArgumentError
from moto.kinesis.models import KinesisBackend, Record, Shard, Stream
from moto.kinesis.responses import KinesisResponse
from moto.kinesis.utils import decompose_shard_iterator

from awsbook.facts import fact
from awsbook.lab.throttle import Bucket, Patience

MIB = 2**20

_moto_split = Stream.split_shard
_moto_put = Stream.put_record
_moto_summary = Stream.to_json_summary
_moto_get_records = KinesisResponse.get_records


class ThroughputExceeded(JsonRESTError):
    """What a shard answers when it has had enough for this second."""

    def __init__(self, message: str):
        super().__init__(error_type="ProvisionedThroughputExceededException", message=message)


class Gates:
    """The write limits of every shard, on one clock."""

    def __init__(self, clock):
        self._clock = clock
        self._of = WeakKeyDictionary()  # a deleted stream takes its shards' buckets along

    def admit(self, stream, shard, size: int) -> None:
        """Counts one record of `size` bytes. ThroughputExceeded if the shard has no room for it now."""
        if shard not in self._of:
            self._of[shard] = self._full_buckets()
        records, octets = self._of[shard]
        if records.holds(1) and octets.holds(size):
            records.take(1)
            octets.take(size)
            return
        raise ThroughputExceeded(
            f"Rate exceeded for shard {shard.shard_id} in stream {stream.stream_name} "
            f"under account {stream.account_id}."
        )

    def _full_buckets(self):
        return (
            Bucket(fact("kinesis.shard.write_records").value, self._clock),
            Bucket(fact("kinesis.shard.write_mib").value * MIB, self._clock),
        )


@contextmanager
def like_aws(clock):
    """moto's Kinesis behaves as listed above, on the lab's clock, until the block ends."""
    gates, patience, numbers = Gates(lambda: clock.elapsed), Patience(lambda: clock.elapsed), itertools.count(1)
    changes = [
        (Stream, "split_shard", _split),
        (Stream, "merge_shards", _merge),
        (Stream, "get_shard_for_key", _open_shard_for),
        (Stream, "put_record", _gated_put(gates)),
        (Stream, "to_json_summary", _summary),
        (Shard, "put_record", _numbered_put(numbers)),
        (KinesisBackend, "put_records", _put_records(patience)),
        (KinesisBackend, "put_record", _counted(patience, KinesisBackend.put_record)),
        (KinesisResponse, "get_records", _get_records(patience, clock)),
    ]
    with ExitStack() as undo:
        for owner, name, ours in changes:
            undo.enter_context(patch.object(owner, name, ours))
        yield


def _split(stream, shard_id, new_starting_hash_key):
    """moto would put the parent's records into the children; on AWS they stay where they are."""
    parent = stream.shards[shard_id]
    kept, parent.records = parent.records, OrderedDict()
    try:
        _moto_split(stream, shard_id, new_starting_hash_key)
    finally:
        parent.records = kept


def _merge(stream, one, other):
    """moto would copy the parents' records, and accepts parents that are closed."""
    low, high = sorted((stream.shards[one], stream.shards[other]), key=lambda shard: shard.starting_hash)
    if not (low.is_open and high.is_open and low.ending_hash + 1 == high.starting_hash):
        raise InvalidArgumentError(
            f"Shards {one} and {other} in stream {stream.stream_name} under account {stream.account_id} "
            "are not an adjacent pair of open shards eligible for merging."
        )
    number = 1 + max(shard._shard_id for shard in stream.shards.values())
    child = Shard(number, low.starting_hash, high.ending_hash, parent=one, adjacent_parent=other)
    stream.shards[child.shard_id] = child
    low.is_open = high.is_open = False


def _open_shard_for(stream, partition_key, explicit_hash_key):
    """moto also finds closed shards, and none for the last hash key of a range."""
    longest = fact("kinesis.record.key_max").value
    if len(partition_key) > longest:
        raise InvalidArgumentError(f"PartitionKey has {len(partition_key)} characters, the limit is {longest}")
    if explicit_hash_key:
        number = int(explicit_hash_key)
    else:
        number = int(hashlib.md5(partition_key.encode(), usedforsecurity=False).hexdigest(), 16)
    for shard in stream.shards.values():
        if shard.is_open and shard.starting_hash <= number <= shard.ending_hash:
            return shard
    raise InvalidArgumentError(
        f"ExplicitHashKey {number} is outside the {fact('kinesis.hash.bits').text} hash key space"
    )


def _gated_put(gates):
    def put_record(stream, partition_key, explicit_hash_key, data):
        size, largest = _size(partition_key, data), fact("kinesis.record.default_max_mib").value * MIB
        if size > largest:
            raise InvalidArgumentError(f"The record has {size} bytes with its key, the limit is {largest}")
        shard = stream.get_shard_for_key(partition_key, explicit_hash_key)
        gates.admit(stream, shard, size)
        return _moto_put(stream, partition_key, explicit_hash_key, data)

    return put_record


def _numbered_put(numbers):
    """moto counts from 1 in every shard; on AWS a sequence number is unique in the stream, and children continue."""

    def put_record(shard, partition_key, data, explicit_hash_key):
        number = next(numbers)
        shard.records[number] = Record(partition_key, data, number, explicit_hash_key)
        return str(number)

    return put_record


def _counted(patience, moto_put_record):
    def put_record(backend, *arguments, **named):
        try:
            return moto_put_record(backend, *arguments, **named)
        except ThroughputExceeded:
            patience.count_in_vain()
            raise

    return put_record


def _put_records(patience):
    """moto stores all or nothing; on AWS each record has a fate of its own, and the answer lists them in order."""

    def put_records(backend, stream_arn, stream_name, records):
        stream = backend.describe_stream(stream_arn=stream_arn, stream_name=stream_name)
        _check_batch(records)
        fates = [_fate(stream, record) for record in records]
        failed = sum("ErrorCode" in fate for fate in fates)
        if failed:
            patience.count_in_vain()
        return {"FailedRecordCount": failed, "Records": fates}

    return put_records


def _fate(stream, record):
    try:
        number, shard_id = stream.put_record(record["PartitionKey"], record.get("ExplicitHashKey"), record["Data"])
    except ThroughputExceeded as refusal:
        return {"ErrorCode": refusal.error_type, "ErrorMessage": refusal.message}
    return {"SequenceNumber": number, "ShardId": shard_id}


def _check_batch(records):
    most, largest = fact("kinesis.batch.max_records").value, fact("kinesis.batch.max_mib").value * MIB
    size = sum(_size(record["PartitionKey"], record["Data"]) for record in records)
    if len(records) > most:
        raise InvalidArgumentError(f"PutRecords got {len(records)} records, the limit is {most}")
    if size > largest:
        raise InvalidArgumentError(f"PutRecords got {size} bytes with the keys, the limit is {largest}")


def _size(partition_key, data):
    """Bytes that count against the limits: the data, as it was before the transport's base64, and the key."""
    return len(b64decode(data)) + len(partition_key.encode())


def _summary(stream):
    """moto counts the shards of the day the stream was made."""
    answer = _moto_summary(stream)
    answer["StreamDescriptionSummary"]["OpenShardCount"] = len(_open_shards(stream))
    return answer


def _open_shards(stream):
    return [shard for shard in stream.shards.values() if shard.is_open]


def _get_records(patience, clock):
    """moto hands out a next iterator for ever; on AWS a closed shard ends, and names its children.

    moto also measures a reader's delay between two records, so that it is zero too early on a clock that stands still.
    """

    def get_records(response):
        answer = _moto_get_records(response).result
        stream_name, shard_id, last_read = decompose_shard_iterator(answer["NextShardIterator"])
        stream = response.kinesis_backend.describe_stream(stream_arn=None, stream_name=stream_name)
        shard = stream.get_shard(shard_id)
        caught_up = shard.get_max_sequence_number() <= int(last_read)
        answer["MillisBehindLatest"] = 0 if caught_up else _delay_ms(answer["Records"], clock)
        if caught_up and not shard.is_open:
            answer["NextShardIterator"] = None
            answer["ChildShards"] = [_child(child) for child in stream.shards.values() if shard_id in _parents(child)]
        if not answer["Records"]:
            patience.count_in_vain()
        return ActionResult(answer)

    return get_records


def _delay_ms(records, clock):
    """How far behind now the last of these records is; at least 1, for a reader with records before it is behind."""
    arrived = records[-1]["ApproximateArrivalTimestamp"].replace(tzinfo=datetime.UTC)  # moto's own times are in UTC
    return max(1, int((clock.now - arrived).total_seconds() * 1000))


def _parents(shard):
    return [parent for parent in (shard.parent, shard.adjacent_parent) if parent]


def _child(shard):
    return {
        "ShardId": shard.shard_id,
        "ParentShards": _parents(shard),
        "HashKeyRange": shard.to_json()["HashKeyRange"],
    }
