"""The exercises of the Kinesis lab. Each is judged by what the engine does, not by a formula of ours.

Every function takes the open sandbox, with `kinesis_engine.like_aws` in use, and returns the exercise.
"""

from __future__ import annotations

import hashlib
from collections import Counter

from botocore.config import Config
from botocore.exceptions import ClientError

from awsbook.lab.checks import Endless, Exercise, is_blank

STREAM = "hidden"
MOST_CALLS = 60  # a program that waits sensibly needs a third of that on the largest hidden batch
MOST_READS = 500  # one that reads a shard until it is done needs a tenth of that


class TooManyCalls(Endless):
    """A program sends or reads far more often than it needs to."""


def shard_of(lab) -> Exercise:
    """`shard_of(key, shards)`: the id of the shard that a new record with this key goes to.

    shards: what ListShards returns, closed ones included.
    """
    kinesis = _client(lab)

    def cases(rng):
        for count in (1, 2, 3, 4, 5, 7):
            _fresh(kinesis, count)
            for _ in range(count // 2):
                _split_somewhere(kinesis, rng)
            for name in ("müller", "Größe-42", "USER", "user"):
                yield f"{name}-{rng.randrange(1000)}" if rng.random() < 0.5 else name, _shards(kinesis)

    def judge(key, shards, got):
        expected = _put(kinesis, key)["ShardId"]
        where = f"Key {key!r}, {len(shards)} shards listed"
        return "" if got == expected else f"{where}: the record went to {expected}, you said {got!r}"

    return Exercise("shard_of", cases, judge)


def split_point(lab) -> Exercise:
    """`split_point(load, shard)`: the NewStartingHashKey, as a whole number, that divides the load best.

    load: records a second by partition key, all of them in `shard`. shard: as ListShards describes it.
    """
    kinesis = _client(lab)

    def cases(rng):
        for count in (1, 2, 3, 4, 6, 8):
            _fresh(kinesis, count)
            shard = rng.choice(_shards(kinesis))
            yield _skewed_load(rng, shard), shard

    def judge(load, shard, got):
        best = _heavier_side(load, _best_cut(load))
        if not isinstance(got, int):
            return f"expected a whole number (// divides without a remainder), got {got!r}"
        try:
            kinesis.split_shard(StreamName=STREAM, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(got))
        except ClientError as error:
            return f"SplitShard refused {got!r}: {error.response['Error']['Message']}"
        children = Counter()
        for key, rate in load.items():
            children[_put(kinesis, key)["ShardId"]] += rate
        heavier = max(children.values())
        expected = f"expected {best} records/s in the heavier child, got {heavier}"
        return "" if heavier == best else f"{len(load)} keys with {sum(load.values())} records/s: {expected}"

    return Exercise("split_point", cases, judge)


def read_all(lab) -> Exercise:
    """`read_all(kinesis, stream)`: the data of every record, so that the records of one key stay in order."""
    kinesis = _client(lab)
    reads = []

    def count_read(**_):
        reads.append(1)
        if len(reads) > MOST_READS:
            raise TooManyCalls(
                f"more than {MOST_READS} calls of GetRecords: an open shard always offers one more page, "
                "so notice when you have read what there is"
            )

    kinesis.meta.events.register("before-call.kinesis.GetRecords", count_read)

    def cases(rng):
        for count in (1, 2, 3):
            _fresh(kinesis, count)
            yield (_write_through_resharding(kinesis, rng),)

    def ask(answer, _written):
        reads.clear()
        return answer(kinesis, STREAM)

    def judge(written, got):
        came = list(got or [])
        missing = Counter(data for _, data in written) - Counter(came)
        extra = Counter(came) - Counter(data for _, data in written)
        if missing or extra:
            return f"{len(written)} records: {missing.total()} are missing, {extra.total()} came too often"
        place = {data: at for at, data in enumerate(came)}
        for key in sorted({key for key, _ in written}):
            mine = [data for of, data in written if of == key]
            if sorted(mine, key=place.__getitem__) != mine:
                return f"key {key!r}: expected {mine[:4]}... in this order, got them in another"
        return ""

    return Exercise("read_all", cases, judge, ask)


def send_all(lab) -> Exercise:
    """`send_all(kinesis, stream, records)`: every record into the stream, once, through a throttle."""
    kinesis = _client(lab)
    calls = []

    def count_call(**_):
        calls.append(1)
        if len(calls) > MOST_CALLS:
            raise TooManyCalls(f"more than {MOST_CALLS} calls of PutRecords: send full batches, and wait longer")

    kinesis.meta.events.register("before-call.kinesis.PutRecords", count_call)

    def cases(rng):
        # the last one is too many bytes: there a single batch is more than the shard takes in a second
        for count, records, size in ((2, 300, 8), (1, 1700, 8), (3, 2400, 8), (1, 600, 4000)):
            _fresh(kinesis, count)
            hot = f"hot-{rng.randrange(1000)}"
            keys = [hot if rng.random() < 0.6 else f"user-{rng.randrange(50)}" for _ in range(records)]
            yield ([{"PartitionKey": key, "Data": f"{n:0{size}}".encode()} for n, key in enumerate(keys)],)

    def ask(answer, records):
        calls.clear()
        returned = answer(kinesis, STREAM, records)
        return returned if is_blank(returned) else Counter(_stored(kinesis))

    def judge(records, stored):
        missing = sum(record["Data"] not in stored for record in records)
        twice = sum(number - 1 for number in stored.values())
        if missing or twice:
            return f"{len(records)} records: {missing} are not in the stream, {twice} are there once too often"
        return ""

    return Exercise("send_all", cases, judge, ask)


def hash_of(key: str) -> int:
    """A partition key's place in the key space."""
    return int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest(), 16)


def _client(lab):
    """A client that does not try again by itself, so that the answer's own waiting is what counts."""
    return lab.client("kinesis", config=Config(retries={"total_max_attempts": 1}))


def _fresh(kinesis, count):
    if STREAM in kinesis.list_streams()["StreamNames"]:
        kinesis.delete_stream(StreamName=STREAM)
    kinesis.create_stream(StreamName=STREAM, ShardCount=count)


def _shards(kinesis):
    return kinesis.list_shards(StreamName=STREAM)["Shards"]


def _open(shards):
    return [shard for shard in shards if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]


def _ends(shard):
    owned = shard["HashKeyRange"]
    return int(owned["StartingHashKey"]), int(owned["EndingHashKey"])


def _put(kinesis, key, data=b"x"):
    return kinesis.put_record(StreamName=STREAM, PartitionKey=key, Data=data)


def _split_somewhere(kinesis, rng):
    shard = rng.choice(_open(_shards(kinesis)))
    start, end = _ends(shard)
    at = start + (end - start) * rng.randrange(20, 80) // 100
    kinesis.split_shard(StreamName=STREAM, ShardToSplit=shard["ShardId"], NewStartingHashKey=str(at))


def _skewed_load(rng, shard):
    """A few dozen keys of this shard, some of them heavy; named so that their order says nothing."""
    start, end = _ends(shard)
    load = {}
    while len(load) < 24:
        key = f"customer-{rng.randrange(10**6)}"
        if start <= hash_of(key) <= end:
            load[key] = int(2 + 700 / (1 + rng.randrange(40)) ** 1.2)
    return load


def _heavier_side(load, cut):
    low = sum(rate for key, rate in load.items() if hash_of(key) < cut)
    return max(low, sum(load.values()) - low)


def _best_cut(load):
    """Every place between two keys is tried; between the same two keys all places are alike."""
    return min((hash_of(key) for key in load), key=lambda cut: _heavier_side(load, cut))


def _write_through_resharding(kinesis, rng):
    """What was written, in order, as (key, data): some before, some between and some after two splits and a merge."""
    written = []

    def write(amount):
        for _ in range(amount):
            key = f"user-{rng.randrange(6)}"
            written.append((key, f"{key}#{len(written)}".encode()))
            _put(kinesis, *written[-1])

    write(30)
    for _ in range(2):
        _split_somewhere(kinesis, rng)
        write(30)
    low, high, *_ = sorted(_open(_shards(kinesis)), key=_ends)
    kinesis.merge_shards(StreamName=STREAM, ShardToMerge=low["ShardId"], AdjacentShardToMerge=high["ShardId"])
    write(30)
    return written


def _stored(kinesis):
    """The data of every record of the stream, in no order."""
    for shard in _shards(kinesis):
        start = kinesis.get_shard_iterator(
            StreamName=STREAM, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        for record in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]:
            yield record["Data"]
