"""What the Kinesis lab teaches, held against the engine it runs on: moto's internals may move under it."""

import datetime
import hashlib
import random

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from awsbook.facts import fact
from awsbook.lab import Sandbox
from awsbook.lab.kinesis_engine import MIB, like_aws
from awsbook.lab.throttle import TimeStandsStill

TOP = 2**128 - 1
PER_SECOND = fact("kinesis.shard.write_records").value
BATCH = fact("kinesis.batch.max_records").value
ONE_TRY = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def lab():
    with Sandbox() as sandbox:
        sandbox.use(like_aws(sandbox.clock))
        yield sandbox


@pytest.fixture
def kinesis(lab):
    return lab.client("kinesis", config=ONE_TRY)


def make(kinesis, shards):
    kinesis.create_stream(StreamName="clicks", ShardCount=shards)
    return shard_list(kinesis)


def shard_list(kinesis):
    return kinesis.list_shards(StreamName="clicks")["Shards"]


def put(kinesis, key, data=b"x", **more):
    return kinesis.put_record(StreamName="clicks", PartitionKey=key, Data=data, **more)


def put_many(kinesis, count, key="k", data=b"x"):
    return kinesis.put_records(StreamName="clicks", Records=[{"PartitionKey": key, "Data": data}] * count)


def read(kinesis, shard_id, kind="TRIM_HORIZON", **more):
    """The records of one shard, and the last answer."""
    answer = {
        "NextShardIterator": kinesis.get_shard_iterator(
            StreamName="clicks", ShardId=shard_id, ShardIteratorType=kind, **more
        )["ShardIterator"]
    }
    records = []
    while answer.get("NextShardIterator"):
        answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"], Limit=10)
        if not answer["Records"]:
            break
        records += answer["Records"]
    return records, answer


def data(records):
    return [record["Data"].decode() for record in records]


def owns(shard, number):
    owned = shard["HashKeyRange"]
    return int(owned["StartingHashKey"]) <= number <= int(owned["EndingHashKey"])


def test_a_key_goes_to_the_open_shard_that_owns_its_md5(kinesis):
    """Also after splits and merges, and for keys that are not ASCII."""
    first, second, third = (shard["ShardId"] for shard in make(kinesis, 3))
    kinesis.split_shard(StreamName="clicks", ShardToSplit=second, NewStartingHashKey=str(2**127 + 12345))
    kinesis.merge_shards(StreamName="clicks", ShardToMerge=third, AdjacentShardToMerge="shardId-000000000004")
    still_open = [s for s in shard_list(kinesis) if "EndingSequenceNumber" not in s["SequenceNumberRange"]]
    assert [s["ShardId"] for s in still_open] == [first, "shardId-000000000003", "shardId-000000000005"]
    draw = random.Random(1)
    for key in ["café", "ключ", *(f"user-{draw.randrange(10**9)}" for _ in range(200))]:
        number = int(hashlib.md5(key.encode()).hexdigest(), 16)
        assert [put(kinesis, key)["ShardId"]] == [s["ShardId"] for s in still_open if owns(s, number)]


@pytest.mark.parametrize(("number", "index"), [(0, 0), (2**127 - 1, 0), (2**127, 1), (TOP, 1)])
def test_an_explicit_hash_key_overrides_the_partition_key(kinesis, number, index):
    """Both ends of a range belong to it."""
    shards = make(kinesis, 2)
    assert put(kinesis, "k", ExplicitHashKey=str(number))["ShardId"] == shards[index]["ShardId"]


def test_an_explicit_hash_key_outside_the_space_is_refused(kinesis):
    """It has 128 bits."""
    make(kinesis, 1)
    with pytest.raises(kinesis.exceptions.InvalidArgumentException, match="128 bits"):
        put(kinesis, "k", ExplicitHashKey=str(TOP + 1))


def test_a_split_parent_keeps_its_records_and_names_its_children_at_its_end(kinesis):
    """New records go to the children only, and no record is copied."""
    (parent,) = make(kinesis, 1)
    for n in range(25):
        put(kinesis, "left", str(n).encode(), ExplicitHashKey="0")
    kinesis.split_shard(StreamName="clicks", ShardToSplit=parent["ShardId"], NewStartingHashKey=str(2**127))
    put(kinesis, "left", b"after", ExplicitHashKey="0")
    put(kinesis, "right", b"after", ExplicitHashKey=str(TOP))

    records, end = read(kinesis, parent["ShardId"])
    assert data(records) == [str(n) for n in range(25)]
    assert end.get("NextShardIterator") is None
    left, right = (child["ShardId"] for child in end["ChildShards"])
    assert [data(read(kinesis, child)[0]) for child in (left, right)] == [["after"], ["after"]]
    assert read(kinesis, left)[1]["NextShardIterator"], "an open shard has no end"
    assert [s.get("ParentShardId") for s in shard_list(kinesis)] == [None, parent["ShardId"], parent["ShardId"]]


def test_a_merged_pair_keeps_its_records_and_has_one_child(kinesis):
    """In either order of the two arguments."""
    low, high = (shard["ShardId"] for shard in make(kinesis, 2))
    put(kinesis, "k", b"low", ExplicitHashKey="0")
    put(kinesis, "k", b"high", ExplicitHashKey=str(TOP))
    kinesis.merge_shards(StreamName="clicks", ShardToMerge=high, AdjacentShardToMerge=low)
    put(kinesis, "k", b"after", ExplicitHashKey="0")
    put(kinesis, "k", b"after too", ExplicitHashKey=str(TOP))
    child = shard_list(kinesis)[2]
    assert owns(child, 0)
    assert owns(child, TOP)
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (high, low)
    assert [data(read(kinesis, s)[0]) for s in (low, high, child["ShardId"])] == [
        ["low"],
        ["high"],
        ["after", "after too"],
    ]
    assert read(kinesis, low)[1]["ChildShards"][0]["ParentShards"] == [high, low]


@pytest.mark.parametrize("at", [0, 2**127 - 1, TOP])
def test_a_split_outside_the_shard_is_refused(kinesis, at):
    """And refused, it changes nothing: the records are still there."""
    low, _ = make(kinesis, 2)
    put(kinesis, "k", b"kept", ExplicitHashKey="0")
    with pytest.raises(kinesis.exceptions.InvalidArgumentException):
        kinesis.split_shard(StreamName="clicks", ShardToSplit=low["ShardId"], NewStartingHashKey=str(at))
    assert data(read(kinesis, low["ShardId"])[0]) == ["kept"]


@pytest.mark.parametrize("pair", [(0, 2), (0, 1), (3, 3)])
def test_only_open_neighbours_merge(kinesis, pair):
    """Not shards that lie apart, not a closed one, not one with itself."""
    shards = make(kinesis, 3)
    kinesis.split_shard(StreamName="clicks", ShardToSplit=shards[1]["ShardId"], NewStartingHashKey=str(2**127))
    one, other = (f"shardId-{number:012}" for number in pair)
    with pytest.raises(kinesis.exceptions.InvalidArgumentException):
        kinesis.merge_shards(StreamName="clicks", ShardToMerge=one, AdjacentShardToMerge=other)


def test_the_summary_counts_open_shards(kinesis):
    """A closed parent is listed, but not counted."""
    (parent,) = make(kinesis, 1)
    kinesis.split_shard(StreamName="clicks", ShardToSplit=parent["ShardId"], NewStartingHashKey="99")
    summary = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]
    assert (summary["OpenShardCount"], len(shard_list(kinesis))) == (2, 3)


def test_sequence_numbers_grow_through_the_stream(kinesis):
    """Unique over all shards, and larger in a child than in its parent."""
    (parent,) = make(kinesis, 1)
    numbers = [put(kinesis, key)["SequenceNumber"] for key in "abc"]
    kinesis.split_shard(StreamName="clicks", ShardToSplit=parent["ShardId"], NewStartingHashKey=str(2**127))
    numbers += [put(kinesis, key)["SequenceNumber"] for key in "abcdef"]
    assert sorted(set(numbers), key=int) == numbers


def test_a_shard_can_be_replayed_and_reading_takes_nothing_away(kinesis):
    """Twice from the start, the same records in the same order."""
    (shard,) = make(kinesis, 1)
    for n in range(12):
        put(kinesis, "k", str(n).encode())
    twice = [data(read(kinesis, shard["ShardId"])[0]) for _ in range(2)]
    assert twice == [[str(n) for n in range(12)]] * 2


def test_a_replay_from_a_timestamp_starts_at_the_first_record_not_older(lab, kinesis):
    """Before, between, exactly at, and after the records; the arrival time is the lab's."""
    (shard,) = make(kinesis, 1)
    begins = lab.clock.now
    for n in range(5):
        put(kinesis, "k", str(n).encode())
        lab.clock.advance(60)

    def since(seconds):
        when = begins + datetime.timedelta(seconds=seconds)
        return data(read(kinesis, shard["ShardId"], "AT_TIMESTAMP", Timestamp=when)[0])

    assert [since(-5), since(59), since(60), since(61), since(500)] == [
        ["0", "1", "2", "3", "4"],
        ["1", "2", "3", "4"],
        ["1", "2", "3", "4"],
        ["2", "3", "4"],
        [],
    ]
    arrival = read(kinesis, shard["ShardId"])[0][1]["ApproximateArrivalTimestamp"]
    assert (arrival - begins).total_seconds() == 60


def test_a_reader_is_behind_until_it_has_read_everything(lab, kinesis):
    """Also when all records arrived in the same instant; and an open shard never ends."""
    (shard,) = make(kinesis, 1)
    put_many(kinesis, 3)
    start = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    first = kinesis.get_records(ShardIterator=start["ShardIterator"], Limit=2)
    assert first["MillisBehindLatest"] > 0
    lab.clock.advance(5)
    again = kinesis.get_records(ShardIterator=start["ShardIterator"], Limit=2)
    assert again["MillisBehindLatest"] == 5000
    rest = kinesis.get_records(ShardIterator=again["NextShardIterator"])
    assert (len(rest["Records"]), rest["MillisBehindLatest"]) == (1, 0)
    assert rest["NextShardIterator"]


def test_reading_on_at_the_tip_without_waiting_is_stopped(kinesis):
    """`while iterator:` never ends on an open shard, here as on AWS."""
    (shard,) = make(kinesis, 1)
    answer = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    answer["NextShardIterator"] = answer["ShardIterator"]

    def read_for_ever(answer):
        while answer["NextShardIterator"]:
            answer = kinesis.get_records(ShardIterator=answer["NextShardIterator"])

    with pytest.raises(TimeStandsStill, match="stop when there is nothing left"):
        read_for_ever(answer)


def test_latest_sees_only_what_comes_after_it(kinesis):
    """The start that loses records when a consumer begins with it."""
    (shard,) = make(kinesis, 1)
    put(kinesis, "k", b"before")
    start = kinesis.get_shard_iterator(StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="LATEST")
    put(kinesis, "k", b"after")
    assert data(kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]) == ["after"]


def test_a_shard_takes_its_records_per_second_and_no_more(lab, kinesis):
    """The second after, as many again; another shard is not concerned."""
    shards = make(kinesis, 2)
    accepted = []
    for _ in range(3):
        refused = [put_many(kinesis, BATCH)["FailedRecordCount"] for _ in range(3)]
        accepted.append(3 * BATCH - sum(refused))
        lab.clock.advance(1)
    assert accepted == [PER_SECOND] * 3
    full = put_many(kinesis, BATCH)["Records"][0]["ShardId"]
    (other,) = (s for s in shards if s["ShardId"] != full)
    put_many(kinesis, BATCH)
    with pytest.raises(kinesis.exceptions.ProvisionedThroughputExceededException):
        put(kinesis, "k")
    assert put(kinesis, "k", ExplicitHashKey=other["HashKeyRange"]["EndingHashKey"])["ShardId"] == other["ShardId"]


def test_a_shard_takes_its_bytes_per_second_with_the_keys_counted(kinesis):
    """Four records of a quarter of the limit fill it, key and data together."""
    make(kinesis, 1)
    quarter = fact("kinesis.shard.write_mib").value * MIB // 4
    fates = put_many(kinesis, 5, key="kk", data=b"x" * (quarter - 2))["Records"]
    assert ["ErrorCode" in fate for fate in fates] == [False] * 4 + [True]


def test_put_records_fails_in_part_and_says_which(kinesis):
    """The answer has one fate for each record, in the order of the request; the call itself succeeds."""
    make(kinesis, 2)
    put_many(kinesis, BATCH)
    put_many(kinesis, BATCH - 1)  # one place is left in the shard of "k"
    hot = put_many(kinesis, 1)["Records"][0]["ShardId"]
    cold = "0" if hot.endswith("1") else str(TOP)
    records = [{"PartitionKey": "k", "Data": b"x"}, {"PartitionKey": "k", "Data": b"y", "ExplicitHashKey": cold}]
    answer = kinesis.put_records(StreamName="clicks", Records=records * 2)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["FailedRecordCount"] == 2
    assert [fate.get("ErrorCode") for fate in answer["Records"]] == [
        "ProvisionedThroughputExceededException",
        None,
    ] * 2
    assert f"{hot} in stream clicks under account 123456789012" in answer["Records"][0]["ErrorMessage"]


def test_boto3_waits_and_tries_a_single_record_again_by_itself(lab, kinesis):
    """Its waits pass on the lab's clock, so the record gets through without the learner's help."""
    make(kinesis, 1)
    for _ in range(2):
        put_many(kinesis, BATCH)
    answer = lab.client("kinesis").put_record(StreamName="clicks", PartitionKey="k", Data=b"x")
    assert answer["ResponseMetadata"]["RetryAttempts"] >= 1
    assert lab.clock.elapsed > 0


def test_boto3_does_not_try_the_failed_records_of_a_batch_again(lab, kinesis):
    """The call succeeded, so the client sees no reason to; this is the trap of the lab."""
    make(kinesis, 1)
    client = lab.client("kinesis")
    answers = [put_many(client, BATCH) for _ in range(3)]
    assert [answer["FailedRecordCount"] for answer in answers] == [0, 0, 3 * BATCH - PER_SECOND]
    assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers] == [0, 0, 0]


def test_resending_without_waiting_is_stopped(kinesis):
    """On a clock that stands still a tight loop would never end."""
    make(kinesis, 1)
    for _ in range(2):
        put_many(kinesis, BATCH)

    def resend_for_ever():
        while put_many(kinesis, 1)["FailedRecordCount"]:
            pass

    with pytest.raises(TimeStandsStill, match="wait between two attempts"):
        resend_for_ever()


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([{"PartitionKey": "k", "Data": b"x"}] * (BATCH + 1), f"got {BATCH + 1} records, the limit is {BATCH}"),
        ([{"PartitionKey": "k", "Data": b"x" * MIB}], "the limit is 1048576"),
        ([{"PartitionKey": "k" * 257, "Data": b"x"}], "257 characters, the limit is 256"),
        ([{"PartitionKey": "k", "Data": b"x" * (MIB - 9)}] * 11, "the limit is 10485760"),
    ],
)
def test_a_batch_beyond_the_limits_is_refused_whole(kinesis, records, words):
    """Too many records, too large a record, too long a key, too large a request."""
    (shard,) = make(kinesis, 1)
    with pytest.raises(ClientError, match=words):
        kinesis.put_records(StreamName="clicks", Records=records)
    assert read(kinesis, shard["ShardId"])[0] == []


def test_a_new_stream_begins_with_full_buckets(lab, kinesis):
    """The limits belong to a shard, not to a name."""
    for _ in range(2):
        make(kinesis, 1)
        assert [put_many(kinesis, BATCH)["FailedRecordCount"] for _ in range(2)] == [0, 0]
        kinesis.delete_stream(StreamName="clicks")


def test_unpatched_moto_is_still_as_the_patch_expects():
    """Planted fault: without `like_aws` the parent's records move, and no limit holds.

    If this fails, moto has learned it: take the patch away.
    """
    with Sandbox() as sandbox:
        kinesis = sandbox.client("kinesis", config=ONE_TRY)
        (parent,) = make(kinesis, 1)
        put_many(kinesis, 3)
        kinesis.split_shard(StreamName="clicks", ShardToSplit=parent["ShardId"], NewStartingHashKey=str(2**127))
        kinesis_of_parent = kinesis.get_shard_iterator(
            StreamName="clicks", ShardId=parent["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        answer = kinesis.get_records(ShardIterator=kinesis_of_parent["ShardIterator"])
        assert answer["NextShardIterator"]
        assert sum(put_many(kinesis, BATCH)["FailedRecordCount"] for _ in range(3)) == 0
