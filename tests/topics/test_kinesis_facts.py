"""Kinesis: the ledger against the service models that botocore ships. A failure says what AWS changed."""

import re

import botocore.session
import pytest

from awsbook.facts import fact, ledger

LOADER = botocore.session.get_session().get_component("data_loader")


def model(service):
    return LOADER.load_service_model(service, "service-2")


def prose(service, operation=None, shape=None, member=None):
    found = model(service)
    thing = found["operations"][operation] if operation else found["shapes"][shape]
    if member:
        thing = thing["members"][member]
    return re.sub(r"<[^>]+>", "", thing["documentation"])


def number(pattern, text):
    found = re.search(pattern, text)
    assert found, f"AWS no longer writes {pattern!r}"
    words = {"five": 5, "ten": 10}
    said = found.group(1).replace(",", "")
    return words.get(said) or int(said)


@pytest.mark.parametrize(
    ("key", "operation", "pattern"),
    [
        ("shard.write_mib", "CreateStream", r"maximum data write total of (\d+) MiB per second"),
        ("shard.putrecord_says_mib", "PutRecord", r"maximum data write total of (\d+) MiB per second"),
        ("shard.write_records", "CreateStream", r"writes up to ([\d,]+) records per second"),
        ("shard.read_mib", "CreateStream", r"maximum data read total of (\d+) MiB per second"),
        ("shard.read_calls", "GetRecords", r"limit of (\w+) transactions per second per shard"),
        ("fan_out.mib", "RegisterStreamConsumer", r"up to (\d+) MiB per second for every shard"),
        ("fan_out.max_consumers", "RegisterStreamConsumer", r"Provisioned streams, you can register up to (\d+)"),
        (
            "fan_out.max_consumers_advantage",
            "RegisterStreamConsumer",
            r"Advantage streams, you can register up to (\d+)",
        ),
        ("batch.max_mib", "PutRecords", r"limit of (\d+) MiB for the entire request"),
        ("retention.default_hours", "PutRecord", r"accessible for (\d+) hours"),
        ("retention.max_hours", "IncreaseStreamRetentionPeriod", r"period is (\d+) hours"),
        ("retention.max_days", "IncreaseStreamRetentionPeriod", r"hours \((\d+) days\)"),
        ("hash.bits", "PutRecord", r"to (\d+)-bit integer values"),
        ("iterator.expires", "GetShardIterator", r"expires (\d+) minutes"),
        ("reshard.max_updates", "UpdateShardCount", r"more than (\w+) times per rolling 24-hour"),
    ],
)
def test_the_operation_still_says_the_number(key, operation, pattern):
    assert fact(f"kinesis.{key}").value == number(pattern, prose("kinesis", operation))


@pytest.mark.parametrize(
    ("key", "shape", "trait", "per"),
    [
        ("shard.read_call_records", "GetRecordsInputLimit", "max", 1),
        ("batch.max_records", "PutRecordsRequestEntryList", "max", 1),
        ("record.key_max", "PartitionKey", "max", 1),
        ("record.max_mib", "MaxRecordSizeInKiB", "max", 1024),
        ("record.default_max_mib", "MaxRecordSizeInKiB", "min", 1024),
    ],
)
def test_the_range_of_the_shape_is_the_number(key, shape, trait, per):
    assert fact(f"kinesis.{key}").value * per == model("kinesis")["shapes"][shape][trait]


def test_firehose_still_buffers_by_these_defaults():
    for key, member in (("buffer_s", "IntervalInSeconds"), ("buffer_mib", "SizeInMBs")):
        text = prose("firehose", shape="BufferingHints", member=member)
        assert fact(f"kinesis.firehose.{key}").value == number(r"default value is (\d+)", text)


def test_the_metrics_of_the_chapter_are_those_of_the_service():
    assert model("kinesis")["shapes"]["MetricsName"]["enum"] == [
        "IncomingBytes", "IncomingRecords", "OutgoingBytes", "OutgoingRecords",
        "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded", "IteratorAgeMilliseconds", "ALL",
    ]  # fmt: skip


def test_aws_still_contradicts_itself_about_putrecord():
    """The chapter tells of it: PutRecord says 10 MiB per second where the others say 1. If mended, mend the chapter."""
    assert "total of 10 MiB per second" in prose("kinesis", "PutRecord")
    assert "total of 1 MB per second" in prose("kinesis", "PutRecords")


def test_on_demand_streams_may_ignore_the_partition_key():
    assert model("kinesis")["shapes"]["RecordDistributionStrategy"]["enum"] == ["AUTO", "USER_PARTITION_KEY"]
    text = prose("kinesis", shape="CreateStreamInput", member="RecordDistributionStrategy")
    assert "only supported for streams that use the on-demand capacity mode" in text


def test_every_botocore_fact_names_where_it_was_read():
    checked = [one for one in ledger("kinesis").values() if one.checked == "botocore"]
    assert len(checked) >= 20
    assert all(one.how.startswith(("kinesis ", "firehose ")) for one in checked)
