"""The lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import hashlib
import time
from pathlib import Path

import nbformat
import pytest
from folded import assert_folded, solution

from awsbook.lab import Sandbox, kinesis_exercises
from awsbook.lab.checks import prove
from awsbook.lab.kinesis_engine import like_aws

NOTEBOOK = nbformat.read(Path(__file__).parents[2] / "labs" / "kinesis.ipynb", as_version=4)
CODE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]


@pytest.fixture
def lab():
    with Sandbox() as sandbox:
        sandbox.use(like_aws(sandbox.clock))
        yield sandbox


def md5(key):
    return int(hashlib.md5(key.encode()).hexdigest(), 16)


def shards_of(kinesis, stream):
    return kinesis.list_shards(StreamName=stream)["Shards"]


def is_open(shard):
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def owner(number, shards):
    for shard in shards:
        owned = shard["HashKeyRange"]
        if int(owned["StartingHashKey"]) <= number <= int(owned["EndingHashKey"]):
            return shard["ShardId"]


def other_hash(algorithm):
    def answer(key, shards):
        digest = hashlib.new(algorithm, key.encode()).digest()[:16]
        return owner(int.from_bytes(digest, "big"), filter(is_open, shards))

    return answer


def modulo(key, shards):
    still_open = list(filter(is_open, shards))
    return still_open[md5(key) % len(still_open)]["ShardId"]


def equal_ranges(key, shards):
    still_open = list(filter(is_open, shards))
    return still_open[md5(key) * len(still_open) // 2**128]["ShardId"]


WRONG_SHARD = {
    "hash modulo the number of shards": modulo,
    "ranges are always of equal width": equal_ranges,
    "a closed parent still takes records": lambda key, shards: owner(md5(key), shards),
    "SHA-256 instead of MD5": other_hash("sha256"),
    "the digest read from its other end": lambda key, shards: owner(
        int.from_bytes(hashlib.md5(key.encode()).digest(), "little"), filter(is_open, shards)
    ),
    "keys are not case-sensitive": lambda key, shards: owner(md5(key.lower()), filter(is_open, shards)),
    "keys are Latin-1": lambda key, shards: owner(
        int(hashlib.md5(key.encode("latin-1")).hexdigest(), 16), filter(is_open, shards)
    ),
    "the index instead of the id": lambda key, shards: md5(key) * len(shards) >> 128,
}


def middle(load, shard):
    owned = shard["HashKeyRange"]
    return (int(owned["StartingHashKey"]) + int(owned["EndingHashKey"])) // 2


WRONG_SPLIT = {
    "the middle of the range is the middle of the load": middle,
    "the middle of the range, as a fraction": lambda load, shard: middle(load, shard) + 0.5,
    "as many keys on each side": lambda load, shard: sorted(map(md5, load))[len(load) // 2],
    "always just before the hottest key": lambda load, shard: md5(max(load, key=load.get)),
    "always just after the hottest key": lambda load, shard: md5(max(load, key=load.get)) + 1,
    "keys lie in the order of their names": lambda load, shard: md5(sorted(load)[len(load) // 2]),
    "the range starts at zero for every shard": lambda load, shard: (
        (int(shard["HashKeyRange"]["EndingHashKey"]) - int(shard["HashKeyRange"]["StartingHashKey"])) // 2
    ),
}


def read_shard(kinesis, stream, shard_id, kind="TRIM_HORIZON"):
    start = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard_id, ShardIteratorType=kind)
    return [r["Data"] for r in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]]


def read_shards(choose, kind="TRIM_HORIZON"):
    def answer(kinesis, stream):
        chosen = choose(shards_of(kinesis, stream))
        return [data for shard in chosen for data in read_shard(kinesis, stream, shard["ShardId"], kind)]

    return answer


def read_for_ever(kinesis, stream, pause=0):
    came = []
    for shard in shards_of(kinesis, stream):
        at = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        at = at["ShardIterator"]
        while at:
            answer = kinesis.get_records(ShardIterator=at)
            came += [record["Data"] for record in answer["Records"]]
            at = answer.get("NextShardIterator")
            time.sleep(pause)
    return came


WRONG_READ = {
    "open shards hold everything": read_shards(lambda shards: filter(is_open, shards)),
    "closed shards hold everything": read_shards(lambda shards: [s for s in shards if not is_open(s)]),
    "children first": read_shards(reversed),
    "in the order of their ranges": read_shards(
        lambda shards: sorted(shards, key=lambda s: -int(s["HashKeyRange"]["StartingHashKey"]))
    ),
    "a new reader starts at LATEST": read_shards(list, "LATEST"),
    "the first shard is the stream": read_shards(lambda shards: shards[:1]),
    "children repeat what their parents held": read_shards(lambda shards: [*shards, *shards]),
    "an open shard ends": read_for_ever,
    "an open shard ends, if one waits": lambda kinesis, stream: read_for_ever(kinesis, stream, pause=1),
}


def batches(records, size=500):
    return [records[at : at + size] for at in range(0, len(records), size)]


def put(kinesis, stream, records):
    return kinesis.put_records(StreamName=stream, Records=records)


def no_look(kinesis, stream, records):
    for batch in batches(records):
        put(kinesis, stream, batch)


def a_pause_between(kinesis, stream, records):
    for batch in batches(records):
        put(kinesis, stream, batch)
        time.sleep(1)


def whole_batch_again(kinesis, stream, records):
    for batch in batches(records):
        while put(kinesis, stream, batch)["FailedRecordCount"]:
            time.sleep(1)


def the_last_ones_failed(kinesis, stream, records):
    for batch in batches(records):
        while batch:
            failed = put(kinesis, stream, batch)["FailedRecordCount"]
            batch = batch[len(batch) - failed :]
            if batch:
                time.sleep(1)


def failed_of(batch, answer):
    return [record for record, fate in zip(batch, answer["Records"], strict=True) if "ErrorCode" in fate]


def resend(wait, tries=10**9, size=500):
    def answer(kinesis, stream, records):
        for batch in batches(records, size):
            for _ in range(tries):
                batch = failed_of(batch, put(kinesis, stream, batch))
                if not batch:
                    break
                time.sleep(wait)

    return answer


WRONG_SEND = {
    "status 200 means stored": no_look,
    "a pause between batches is enough": a_pause_between,
    "the whole batch again": whole_batch_again,
    "the last ones are those that failed": the_last_ones_failed,
    "again at once": resend(0),
    "again after a millisecond": resend(0.001),
    "once more is enough": resend(0.1, tries=2),
    "all in one call": resend(1, size=10**9),
    "one record a call": resend(1, size=1),
}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("shard_of", WRONG_SHARD),
        ("split_point", WRONG_SPLIT),
        ("read_all", WRONG_READ),
        ("send_all", WRONG_SEND),
    ],
)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(lab, name, wrong):
    """The folded code is run as the learner would paste it."""
    prove(getattr(kinesis_exercises, name)(lab), solution(PROSE, name), wrong)


def test_the_notebook_says_what_to_do_when_a_cell_has_run_before(lab):
    kinesis = lab.client("kinesis")
    make = next(cell for cell in CODE if "create_stream" in cell)
    exec(make, {"kinesis": kinesis})
    with pytest.raises(kinesis.exceptions.ResourceInUseException):
        exec(make, {"kinesis": kinesis})
    assert any("`ResourceInUseException`" in text and "it has run before" in text for text in PROSE)


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in ("shard_of", "split_point", "read_all", "send_all"):
        assert_folded(PROSE, name)
