"""What the queues lab teaches, held against the engine it runs on: moto's internals may move under it."""

import json

import pytest
from botocore.exceptions import ClientError
from moto.sqs.constants import MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.models import DEDUPLICATION_TIME_IN_SECONDS

from awsbook.lab import Sandbox
from awsbook.lab.sqs_engine import like_aws
from awsbook.lab.throttle import TimeStandsStill

DAY = 24 * 3600


@pytest.fixture
def lab():
    with Sandbox() as sandbox:
        sandbox.use(like_aws(sandbox.clock))
        yield sandbox


@pytest.fixture
def sqs(lab):
    return lab.client("sqs")


@pytest.fixture
def queue(sqs):
    return make(sqs, "q", VisibilityTimeout="30")


@pytest.fixture
def fifo(sqs):
    return make(sqs, "q.fifo", FifoQueue="true", VisibilityTimeout="30")


def make(sqs, name, **attributes):
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def make_with_dead_letters(sqs, times):
    dead = make(sqs, "dead")
    policy = json.dumps({"deadLetterTargetArn": arn_of(sqs, dead), "maxReceiveCount": times})
    return make(sqs, "source", VisibilityTimeout="30", RedrivePolicy=policy), dead


def arn_of(sqs, queue):
    return sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def send(sqs, queue, *bodies, **more):
    for body in bodies:
        answer = sqs.send_message(QueueUrl=queue, MessageBody=body, **more)
    return answer


def report(sqs, fifo, body, group="g", **more):
    return send(sqs, fifo, body, MessageGroupId=group, **({"MessageDeduplicationId": body} | more))


def receive(sqs, queue, **more):
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"]} | more
    return sqs.receive_message(QueueUrl=queue, **asked).get("Messages", [])


def bodies(messages):
    return [message["Body"] for message in messages]


def delete(sqs, queue, message):
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def extend(sqs, queue, message, seconds):
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds)


def counts(sqs, queue):
    """Waiting, in flight, delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return [int(found[name]) for name in names]


def test_a_received_message_is_hidden_until_its_timeout_ends(lab, sqs, queue):
    """And is back in that very moment, with its count one higher and a new handle."""
    send(sqs, queue, "m")
    (first,) = receive(sqs, queue)
    lab.clock.advance(29.999)
    assert receive(sqs, queue) == []
    assert counts(sqs, queue) == [0, 1, 0]
    lab.clock.advance(0.001)
    assert counts(sqs, queue) == [1, 0, 0]
    (second,) = receive(sqs, queue)
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert [m["Attributes"]["ApproximateReceiveCount"] for m in (first, second)] == ["1", "2"]


def test_a_deleted_message_never_comes_back(lab, sqs, queue):
    """Deleting it once more is no error."""
    send(sqs, queue, "m")
    (message,) = receive(sqs, queue)
    delete(sqs, queue, message)
    delete(sqs, queue, message)
    lab.clock.advance(DAY)
    assert receive(sqs, queue) == []
    assert counts(sqs, queue) == [0, 0, 0]


def test_an_older_handle_deletes_nothing(lab, sqs, queue):
    """The call succeeds all the same; the newest handle works."""
    send(sqs, queue, "m")
    (first,) = receive(sqs, queue)
    lab.clock.advance(30)
    (second,) = receive(sqs, queue)
    delete(sqs, queue, first)
    assert counts(sqs, queue) == [0, 1, 0]
    delete(sqs, queue, second)
    assert counts(sqs, queue) == [0, 0, 0]


def test_a_late_worker_may_delete_as_long_as_nobody_else_received(lab, sqs, queue):
    """Its handle is still the newest one."""
    send(sqs, queue, "m")
    (message,) = receive(sqs, queue)
    lab.clock.advance(300)
    delete(sqs, queue, message)
    assert counts(sqs, queue) == [0, 0, 0]


def test_a_made_up_handle_is_refused(sqs, queue):
    """It belongs to no message."""
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=queue, ReceiptHandle="made up")


def test_a_heartbeat_counts_from_its_own_call(lab, sqs, queue):
    """As often as one likes, for hours."""
    send(sqs, queue, "m")
    (message,) = receive(sqs, queue)
    for _ in range(100):
        lab.clock.advance(29)
        assert receive(sqs, queue) == []
        extend(sqs, queue, message, 30)
    lab.clock.advance(30)
    assert bodies(receive(sqs, queue)) == ["m"]


def test_a_timeout_of_zero_gives_the_message_back_at_once(sqs, queue):
    """On a clock that stands still."""
    send(sqs, queue, "m")
    (message,) = receive(sqs, queue)
    extend(sqs, queue, message, 0)
    assert bodies(receive(sqs, queue)) == ["m"]


def test_only_a_message_in_flight_can_be_extended(lab, sqs, queue):
    """And only by whoever received it last."""
    send(sqs, queue, "m")
    (first,) = receive(sqs, queue)
    lab.clock.advance(30)
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        extend(sqs, queue, first, 30)
    receive(sqs, queue)
    with pytest.raises(ClientError, match="receipt handle has expired"):
        extend(sqs, queue, first, 30)


def test_a_heartbeat_has_an_end_that_counts_from_the_receipt(lab, sqs, queue):
    """Time in the queue before it does not count."""
    longest = DAY // 2
    send(sqs, queue, "m")
    lab.clock.advance(DAY)
    (message,) = receive(sqs, queue)
    extend(sqs, queue, message, longest)
    lab.clock.advance(1)
    with pytest.raises(ClientError, match="beyond the limit"):
        extend(sqs, queue, message, longest)


def test_a_delayed_message_is_seen_when_it_is_due(lab, sqs, queue):
    """Until then it is counted apart."""
    send(sqs, queue, "m", DelaySeconds=50)
    lab.clock.advance(49.999)
    assert receive(sqs, queue) == []
    assert counts(sqs, queue) == [0, 0, 1]
    lab.clock.advance(0.001)
    assert bodies(receive(sqs, queue)) == ["m"]


@pytest.mark.parametrize(("wait", "calls"), [(20, 3), (10, 5), (1, 50)])
def test_a_long_poll_waits_on_the_lab_s_clock_until_a_message_is_due(lab, sqs, queue, wait, calls):
    """No call takes real time, and none comes late."""
    send(sqs, queue, "m", DelaySeconds=50)
    began = lab.clock.elapsed
    asked = 1
    while not receive(sqs, queue, WaitTimeSeconds=wait):
        asked += 1
    assert (asked, lab.clock.elapsed - began) == (calls, pytest.approx(50, abs=0.01))


def test_a_long_poll_at_an_empty_queue_ends_when_its_time_is_up(lab, sqs, queue):
    """With nothing."""
    assert receive(sqs, queue, WaitTimeSeconds=20) == []
    assert lab.clock.elapsed == pytest.approx(20, abs=0.01)


def test_a_program_that_polls_without_waiting_is_told_so(sqs, queue):
    """On a clock that stands still it would poll for ever."""
    with pytest.raises(TimeStandsStill):  # noqa: PT012, the loop is what must end
        while not receive(sqs, queue):
            pass


def test_a_poisoned_message_moves_after_its_last_attempt(lab, sqs):
    """It is handed out as often as the policy says, and no time more."""
    source, dead = make_with_dead_letters(sqs, 3)
    send(sqs, source, "poison", "good")
    seen = []
    for _ in range(5):
        for message in receive(sqs, source):
            seen.append(message["Body"])
            if message["Body"] == "good":
                delete(sqs, source, message)
        lab.clock.advance(30)
    assert sorted(seen) == ["good", "poison", "poison", "poison"]
    assert counts(sqs, source) == [0, 0, 0]
    assert bodies(receive(sqs, dead)) == ["poison"]


def test_a_dead_letter_keeps_its_age(lab, sqs):
    """Three days in the source leave one of four in the dead-letter queue."""
    source, dead = make_with_dead_letters(sqs, 1)
    send(sqs, source, "poison")
    lab.clock.advance(3 * DAY)
    receive(sqs, source)
    lab.clock.advance(30)
    assert receive(sqs, source) == []
    assert counts(sqs, dead) == [1, 0, 0]
    lab.clock.advance(DAY)
    assert counts(sqs, dead) == [0, 0, 0]
    assert receive(sqs, dead) == []


def test_the_engine_has_no_move_task(sqs):
    """If this fails, moto has learned it: the lab need not move dead letters by hand any more."""
    with pytest.raises(NotImplementedError):
        sqs.start_message_move_task(SourceArn=arn_of(sqs, make(sqs, "dead")))


def test_a_message_past_its_retention_is_gone(lab, sqs, queue):
    """Also if it is in flight; a younger one behind it is not hidden."""
    send(sqs, queue, "old", "old too")
    receive(sqs, queue, MaxNumberOfMessages=1, VisibilityTimeout=DAY // 2)
    lab.clock.advance(3 * DAY)
    send(sqs, queue, "young")
    lab.clock.advance(DAY)
    assert counts(sqs, queue) == [1, 0, 0]
    assert bodies(receive(sqs, queue)) == ["young"]


def test_a_longer_retention_holds_from_when_it_is_set(lab, sqs, queue):
    """For messages that are there already, too."""
    send(sqs, queue, "m")
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"MessageRetentionPeriod": str(14 * DAY)})
    lab.clock.advance(5 * DAY)
    assert bodies(receive(sqs, queue)) == ["m"]


def test_a_standard_queue_keeps_no_order_and_loses_nothing():
    """It deals at random, and in the same way in every run."""

    def dealt():
        with Sandbox() as lab:
            lab.use(like_aws(lab.clock))
            sqs = lab.client("sqs")
            queue = make(sqs, "q")
            send(sqs, queue, *"abcdefgh")
            return bodies(receive(sqs, queue))

    assert dealt() != sorted(dealt()) == list("abcdefgh")
    assert dealt() == dealt()


def test_a_fifo_queue_keeps_the_order_of_a_group(lab, sqs, fifo):
    """Also of messages that come back."""
    for body in "abcdef":
        report(sqs, fifo, body)
    assert bodies(receive(sqs, fifo, MaxNumberOfMessages=3)) == ["a", "b", "c"]
    lab.clock.advance(30)
    assert bodies(receive(sqs, fifo)) == list("abcdef")


def test_a_group_with_a_message_in_flight_is_locked_and_others_are_not(sqs, fifo):
    """Until that message is deleted."""
    for body in ("a1", "a2", "b1"):
        report(sqs, fifo, body, group=body[0])
    (held,) = receive(sqs, fifo, MaxNumberOfMessages=1)
    assert held["Body"] == "a1"
    assert bodies(receive(sqs, fifo)) == ["b1"]
    assert receive(sqs, fifo) == []
    delete(sqs, fifo, held)
    assert bodies(receive(sqs, fifo)) == ["a2"]


@pytest.mark.parametrize("deleted", [True, False])
@pytest.mark.parametrize(("after", "messages"), [(0, 1), (240, 1), (299, 1), (300, 2), (360, 2)])
def test_a_repetition_is_dropped_for_five_minutes(lab, sqs, fifo, deleted, after, messages):
    """Whether or not the first message is still there; the answer names the first message."""
    first = report(sqs, fifo, "m")
    if deleted:
        (message,) = receive(sqs, fifo)
        delete(sqs, fifo, message)
    lab.clock.advance(after)
    second = report(sqs, fifo, "m")
    assert sum(counts(sqs, fifo)) == messages - deleted
    same = [first[name] == second[name] for name in ("MessageId", "SequenceNumber")]
    assert same == [messages == 1] * 2


def test_the_five_minutes_count_from_the_message_that_was_accepted(lab, sqs, fifo):
    """A repetition does not prolong them."""
    report(sqs, fifo, "m")
    for _ in range(2):
        lab.clock.advance(150)
        report(sqs, fifo, "m")
    assert sum(counts(sqs, fifo)) == 2


def test_one_deduplication_id_counts_in_the_whole_queue(sqs, fifo):
    """In another group, and with another body, too; a second queue knows nothing of it."""
    report(sqs, fifo, "one", group="a", MessageDeduplicationId="same")
    report(sqs, fifo, "other", group="b", MessageDeduplicationId="same")
    assert bodies(receive(sqs, fifo)) == ["one"]
    other = make(sqs, "other.fifo", FifoQueue="true")
    report(sqs, other, "one", MessageDeduplicationId="same")
    assert bodies(receive(sqs, other)) == ["one"]


def test_content_based_deduplication_looks_at_the_body(sqs):
    """The same body is the same message."""
    fifo = make(sqs, "content.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("a", "a", "b"):
        send(sqs, fifo, body, MessageGroupId="g")
    assert bodies(receive(sqs, fifo)) == ["a", "b"]


def test_a_batch_with_a_repetition_answers_each_entry(sqs, fifo):
    """Both by their own id, with the same message."""
    entry = {"MessageBody": "m", "MessageGroupId": "g", "MessageDeduplicationId": "m"}
    answer = sqs.send_message_batch(QueueUrl=fifo, Entries=[entry | {"Id": "one"}, entry | {"Id": "two"}])
    assert [told["Id"] for told in answer["Successful"]] == ["one", "two"]
    assert len({told["MessageId"] for told in answer["Successful"]}) == 1
    assert counts(sqs, fifo) == [1, 0, 0]


def test_sequence_numbers_grow(sqs, fifo):
    """As numbers and as text, and the receiver sees them."""
    sent = [report(sqs, fifo, body)["SequenceNumber"] for body in "abcdefghijkl"]
    assert sent == sorted(sent, key=int) == sorted(sent)
    assert [m["Attributes"]["SequenceNumber"] for m in receive(sqs, fifo)] == sent[:10]


@pytest.mark.parametrize("text", ["Müller", "two words", "tab\t"])
def test_a_deduplication_id_takes_plain_characters_only(sqs, fifo, text):
    """Refused, and nothing is sent."""
    with pytest.raises(ClientError, match="alphanumeric"):
        report(sqs, fifo, "m", MessageDeduplicationId=text)
    assert counts(sqs, fifo) == [0, 0, 0]


def test_a_fifo_queue_refuses_an_expired_handle(lab, sqs, fifo):
    """Even before somebody else has received the message."""
    report(sqs, fifo, "m")
    (message,) = receive(sqs, fifo)
    lab.clock.advance(30)
    with pytest.raises(ClientError, match="receipt handle has expired"):
        delete(sqs, fifo, message)


def test_a_topic_copies_into_each_queue_that_its_filter_lets_through(lab, sqs):
    """Raw delivery leaves the envelope away."""
    sns = lab.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    everything, some = make(sqs, "everything"), make(sqs, "some")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, everything))
    narrow = {"FilterPolicy": json.dumps({"country": ["CH", "GB"]}), "RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, some), Attributes=narrow)
    for country in ("FR", "CH", "GB", "ch"):
        attribute = {"country": {"DataType": "String", "StringValue": country}}
        sns.publish(TopicArn=topic, Message=f"to {country}", MessageAttributes=attribute)
    sns.publish(TopicArn=topic, Message="to nowhere")
    assert sorted(bodies(receive(sqs, some))) == ["to CH", "to GB"]
    envelopes = [json.loads(body) for body in bodies(receive(sqs, everything))]
    assert sorted(envelope["Message"] for envelope in envelopes) == ["to CH", "to FR", "to GB", "to ch", "to nowhere"]


def test_unpatched_moto_is_still_as_the_patch_expects():
    """Planted faults: without `like_aws` all of this is wrong.

    If this fails, moto has learned something: take that part of the patch away.
    """
    with Sandbox() as lab:
        sqs = lab.client("sqs")
        queue, fifo = make(sqs, "q", VisibilityTimeout="30"), make(sqs, "q.fifo", FifoQueue="true")
        send(sqs, queue, "m")
        (message,) = receive(sqs, queue)
        lab.clock.advance(30)
        assert receive(sqs, queue) == [], "visible in the moment its timeout ends"
        lab.clock.advance(0.001)
        receive(sqs, queue)
        delete(sqs, queue, message)
        assert counts(sqs, queue) == [0, 0, 0], "an older handle deletes nothing"

        send(sqs, queue, "old")
        lab.clock.advance(4 * DAY)
        send(sqs, queue, "young")
        assert receive(sqs, queue) == [], "a message too old hides none behind it"

        first = report(sqs, fifo, "m")
        assert report(sqs, fifo, "m")["MessageId"] != first["MessageId"], "a duplicate is answered with the first id"
        delete(sqs, fifo, receive(sqs, fifo)[0])
        report(sqs, fifo, "m")
        assert bodies(receive(sqs, fifo)) == ["m"], "the id is remembered after the message was deleted"


def test_the_engine_s_limits_are_those_that_botocore_describes(sqs):
    """moto's constants, which the patch uses, against the words of the service's own model."""
    model = sqs.meta.service_model
    sending = model.operation_model("SendMessage").input_shape.members["MessageDeduplicationId"].documentation
    assert f"{DEDUPLICATION_TIME_IN_SECONDS // 60}-minute deduplication interval" in sending
    assert "even after the message is received and deleted" in sending
    changing = model.operation_model("ChangeMessageVisibility").input_shape.members["VisibilityTimeout"].documentation
    assert f"<code>{MAXIMUM_VISIBILITY_TIMEOUT}</code>" in changing
