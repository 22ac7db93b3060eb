"""SQS for the labs: moto's, with the behaviour of AWS where moto alone would teach something wrong.

    lab = open_sandbox()
    lab.use(like_aws(lab.clock))

Changed: a message is visible again in the moment its timeout ends, and at once if it is set to zero; a long poll waits
on the lab's clock, until a message is due or its time is up; a message past its retention is gone for every call, and
hides none behind it; a handle from an earlier receipt deletes nothing, and in a FIFO queue an expired one is refused; a
timeout is changed only while the message is in flight; a FIFO queue remembers a deduplication id after its message was
deleted, answers a duplicate with the first message's ids, and numbers its messages; a standard queue keeps no order.

A model: how far a standard queue strays from the order of sending is not published. Here it deals at random, seeded.

Left as moto has it, so do not teach it here: a standard queue never hands out a message twice within its timeout, a
short poll sees every message, counts are exact, no limit of messages in flight or per second, queue policies and the
ranges of CreateQueue are not enforced, StartMessageMoveTask is missing, what FIFO dead-letter queues do to a
message's age, batches of deletions with expired FIFO handles, deduplication by message group.

It stands on moto's private classes. `tests/lab/test_contract_sqs.py` holds every behaviour that is taught.
"""

from __future__ import annotations

import copy
import itertools
import math
import random
import string
from contextlib import ExitStack, contextmanager
from unittest.mock import patch
from weakref import WeakKeyDictionary

from moto.core.utils import unix_time_millis
from moto.sqs.constants import MAXIMUM_VISIBILITY_TIMEOUT
from moto.sqs.exceptions import InvalidParameterValue, ReceiptHandleIsInvalid, SQSException
from moto.sqs.models import DEDUPLICATION_TIME_IN_SECONDS, Message, Queue, SQSBackend, _filter_message_attributes

from awsbook.lab.throttle import Patience

_SAME_MS = 0.5  # times are floats of milliseconds, and adding them up strays by less than this
_DEDUPLICATION_CHARACTERS = set(string.ascii_letters + string.digits + string.punctuation)

_moto_get_queue = SQSBackend.get_queue
_moto_send = SQSBackend.send_message


@contextmanager
def like_aws(clock, seed: int = 42):
    """moto's SQS behaves as listed above, on the lab's clock, until the block ends.

    seed: of the order in which standard queues deal.
    """
    changes = [
        (Message, "visible", property(_is_visible)),
        (Message, "delayed", property(_is_delayed)),
        (SQSBackend, "get_queue", _get_queue),
        (SQSBackend, "receive_message", _receive(clock, Patience(lambda: clock.elapsed), random.Random(seed))),
        (SQSBackend, "change_message_visibility", _change_visibility),
        (SQSBackend, "send_message", _send(WeakKeyDictionary(), itertools.count(1))),
        (Queue, "delete_message", _delete),
        (Queue, "add_message", _add),
    ]
    with ExitStack() as undo:
        for owner, name, ours in changes:
            undo.enter_context(patch.object(owner, name, ours))
        yield


def _is_visible(message):
    """moto says no in the moment the timeout ends; on a clock that stands still this moment lasts."""
    return unix_time_millis() >= message.visible_at - _SAME_MS


def _is_delayed(message):
    return unix_time_millis() < message.delayed_until - _SAME_MS


def _in_flight(message):
    return message.approximate_receive_count > 0 and not message.visible


def _get_queue(backend, queue_name):
    """Every call comes through here, so that none sees a message that is too old; moto's receive alone looks."""
    queue = _moto_get_queue(backend, queue_name)
    oldest = unix_time_millis() - queue.message_retention_period * 1000
    queue._messages = [message for message in queue._messages if message.sent_timestamp > oldest + _SAME_MS]
    return queue


def _receive(clock, patience, draw):
    """moto waits in real time, on a clock that may stand still, and deals a standard queue in order."""

    def receive_message(
        backend, queue_name, count, wait_seconds_timeout, visibility_timeout, message_attribute_names=None
    ):
        until = unix_time_millis() + wait_seconds_timeout * 1000
        while True:
            queue = backend.get_queue(queue_name)
            dealt = _deal(queue, count, visibility_timeout, draw)
            if dealt or unix_time_millis() >= until - _SAME_MS:
                break
            _pass_time(clock, queue, until)
        if not dealt:
            patience.count_in_vain()
        copies = copy.deepcopy(dealt)  # to leave attributes out of the answer, and not out of the queue
        for message in copies:
            _filter_message_attributes(message, message_attribute_names or [])
        return copies

    return receive_message


def _deal(queue, count, visibility_timeout, draw):
    """Up to `count` messages, now in flight; those received too often go to the dead-letter queue instead."""
    locked = {message.group_id for message in queue._messages if _in_flight(message)} if queue.fifo_queue else set()
    due = [message for message in queue.messages if message.group_id not in locked or not queue.fifo_queue]
    if not queue.fifo_queue:
        draw.shuffle(due)
    dealt = []
    for message in due:
        if len(dealt) == count:
            break
        if _received_too_often(queue, message):
            queue._messages.remove(message)
            queue.dead_letter_queue._messages.append(message)
            continue
        message.mark_received(visibility_timeout=visibility_timeout)
        message.received_at = unix_time_millis()
        dealt.append(message)
    return dealt


def _received_too_often(queue, message):
    if queue.dead_letter_queue is None or not queue.redrive_policy:
        return False
    return message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]


def _pass_time(clock, queue, until):
    """Moves the clock to the next moment at which a message may be due, at most to `until`."""
    now = unix_time_millis()
    moments = [max(message.visible_at, message.delayed_until) for message in queue._messages]
    then = min([moment for moment in moments if moment > now + _SAME_MS] + [until])
    clock.advance(max(1, math.ceil(round(then - now, 2))) / 1000)


def _owner(queue, receipt_handle):
    for message in queue._messages:
        if message.had_receipt_handle(receipt_handle):
            return message
    raise ReceiptHandleIsInvalid()


def _expired(receipt_handle):
    return InvalidParameterValue(
        f"Value {receipt_handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    )


def _delete(queue, receipt_handle):
    """moto deletes with any handle that the message ever had."""
    if receipt_handle in queue.deleted_messages:
        return
    message = _owner(queue, receipt_handle)
    newest = receipt_handle == message.receipt_handle
    if queue.fifo_queue and not (newest and _in_flight(message)):
        raise _expired(receipt_handle)
    if newest:
        queue._messages.remove(message)
        queue.deleted_messages.update(message.all_receipt_handles)


def _change_visibility(backend, queue_name, receipt_handle, visibility_timeout):
    """moto changes with any handle, at any time, and counts the longest timeout from the sending."""
    message = _owner(backend.get_queue(queue_name), receipt_handle)
    if receipt_handle != message.receipt_handle:
        raise _expired(receipt_handle)
    if not _in_flight(message):
        raise SQSException("MessageNotInflight", "The message referred to isn't in flight.")
    since = (unix_time_millis() - message.received_at) / 1000
    if since + int(visibility_timeout) > MAXIMUM_VISIBILITY_TIMEOUT:
        raise InvalidParameterValue(
            f"Value {visibility_timeout} for parameter VisibilityTimeout is invalid. Reason: Total "
            f"VisibilityTimeout for the message is beyond the limit [{MAXIMUM_VISIBILITY_TIMEOUT} seconds]"
        )
    message.change_visibility(visibility_timeout)


def _add(queue, message):
    """moto finds duplicates here, and only among messages that are still in the queue."""
    if not queue.fifo_queue:
        queue._messages.append(message)


def _send(remembered, numbers):
    """remembered: by queue, the first message of each deduplication id."""

    def send_message(backend, queue_name, message_body, *arguments, **named):
        message = _moto_send(backend, queue_name, message_body, *arguments, **named)
        queue = backend.get_queue(queue_name)
        if not queue.fifo_queue:
            return message
        _check_deduplication_id(message.deduplication_id)
        firsts = remembered.setdefault(queue, {})
        first = firsts.get(message.deduplication_id)
        if first and message.sent_timestamp - first.accepted_at < DEDUPLICATION_TIME_IN_SECONDS * 1000:
            return copy.copy(first)  # a copy, because a batch writes its entry's id on it
        message.accepted_at = message.sent_timestamp
        message.sequence_number = f"{next(numbers):020}"
        firsts[message.deduplication_id] = message
        queue._messages.append(message)
        return message

    return send_message


def _check_deduplication_id(text):
    """moto takes anything."""
    if not set(text) <= _DEDUPLICATION_CHARACTERS:
        raise InvalidParameterValue(
            f"Value {text} for parameter MessageDeduplicationId is invalid. Reason: MessageDeduplicationId can only "
            "include alphanumeric and punctuation characters."
        )
