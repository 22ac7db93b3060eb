"""SQS: the ledger against the service model that botocore ships. A failure says what AWS changed."""

import re

import botocore.session
import pytest

from awsbook.facts import fact, ledger

MODEL = botocore.session.get_session().get_component("data_loader").load_service_model("sqs", "service-2")


def prose(shape_or_operation, member=None):
    thing = MODEL["operations"].get(shape_or_operation) or MODEL["shapes"][shape_or_operation]
    text = (thing["members"][member] if member else thing)["documentation"]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


SET = ("SetQueueAttributesRequest", "Attributes")


@pytest.mark.parametrize(
    ("key", "place", "pattern"),
    [
        ("visibility.default", SET, r"VisibilityTimeout – .*?Default: (\d+)"),
        ("visibility.max", ("ChangeMessageVisibilityRequest", "VisibilityTimeout"), r"0 to ([\d,]+)"),
        ("visibility.max_hours", ("ChangeMessageVisibility", None), r"maximum is (\d+) hours"),
        ("message.max_bytes", ("SendMessageRequest", "MessageBody"), r"or ([\d,]+) bytes"),
        ("message.max_size", ("SendMessageRequest", "MessageBody"), r"maximum size is (\d+) MiB"),
        ("retention.default_days", SET, r"MessageRetentionPeriod – .*?Default: [\d,]+ \((\d+) days\)"),
        ("retention.max_days", SET, r"MessageRetentionPeriod – .*?to [\d,]+ \((\d+) days\)"),
        ("delay.max", ("SendMessageRequest", "DelaySeconds"), r"Valid values: 0 to (\d+)"),
        ("delay.max_minutes", ("SendMessageRequest", "DelaySeconds"), r"Maximum: (\d+) minutes"),
        ("delay.default", SET, r"DelaySeconds – .*?Default: (\d+)"),
        ("in_flight.max", ("ChangeMessageVisibility", None), r"approximately ([\d,]+) in flight"),
        ("dlq.default_receives", SET, r"maxReceiveCount – .*?Default: (\d+)"),
        ("dlq.redrive_rate", ("StartMessageMoveTaskRequest", "MaxNumberOfMessagesPerSecond"), r"per second is (\d+)"),
        ("poll.max_wait", SET, r"ReceiveMessageWaitTimeSeconds – .*?0 to (\d+)"),
        ("poll.default_wait", SET, r"ReceiveMessageWaitTimeSeconds – .*?Default: (\d+)"),
        ("batch.max_messages", ("ReceiveMessage", None), r"\(up to (\d+)\)"),
        ("fifo.dedup_minutes", ("SendMessageRequest", "MessageDeduplicationId"), r"(\d+)-minute"),
    ],
)
def test_the_service_model_still_says_the_number(key, place, pattern):
    found = re.search(pattern, prose(*place))
    assert found, f"AWS no longer writes {pattern!r}"
    assert fact(f"sqs.{key}").value == int(found.group(1).replace(",", ""))


def test_every_fact_read_in_botocore_is_read_again_here():
    marks = next(m for m in test_the_service_model_still_says_the_number.pytestmark if m.name == "parametrize")
    again = {f"sqs.{case[0]}" for case in marks.args[1]}
    assert {key for key, one in ledger("sqs").items() if one.checked == "botocore"} == again


def test_units_of_the_same_limit_agree():
    assert fact("sqs.visibility.max").value == 3600 * fact("sqs.visibility.max_hours").value
    assert fact("sqs.delay.max").value == 60 * fact("sqs.delay.max_minutes").value
    assert fact("sqs.message.max_bytes").value == 2**20 * fact("sqs.message.max_size").value
    assert fact("sqs.fifo.batched").value == fact("sqs.fifo.calls").value * fact("sqs.batch.max_messages").value
    assert fact("sqs.latency.example_calls").value * fact("sqs.latency.example").value == 1000
