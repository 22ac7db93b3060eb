"""The exercises of the queues lab. Each is judged by what the engine does, not by a formula of ours.

Every function takes the open sandbox, with `sqs_engine.like_aws` in use, and returns the exercise.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import contextmanager, nullcontext
from numbers import Number

from awsbook.lab.checks import Endless, Exercise, is_blank, whole

QUEUE, DEAD = "hidden", "hidden-dead"
MOST_CALLS = 500  # a program that polls sensibly needs a tenth of that on the largest hidden queue
BATCH = 10  # messages that one call takes or hands out
TOO_LONG = 1.5  # a timeout beyond this share of the slowest batch makes everybody wait after a crash
ATTEMPTS = 3  # how often the hidden queue hands out a message before it counts as poison
HIDDEN_S, LONG_POLL_S = 10, 20  # the visibility timeout of the hidden queue; one long poll outlasts it


class TooManyCalls(Endless):
    """A program polls for ever."""


class Killed(BaseException):
    """The end of a worker's process. Not an Exception, because no program catches its own death."""


class Ledger:
    """The shop's book of charged orders. It outlives the workers, and asks no questions.

    Attributes: charges, how often each order was charged.
    """

    def __init__(self, clock, killed_at: int = 0):
        """killed_at: at this charge the process ends, right after the money is taken. 0 for never."""
        self.charges = Counter()
        self._clock, self._killed_at = clock, killed_at

    def __contains__(self, order: str) -> bool:
        return order in self.charges

    def charge(self, order: str, cents: int) -> None:
        """Takes the money. ValueError if the amount is none."""
        if not isinstance(cents, int) or cents <= 0:
            raise ValueError(f"order {order}: {cents!r} is not an amount")
        self._clock.advance(0.5)
        self.charges[order] += 1
        if self.charges.total() == self._killed_at:
            raise Killed


def visibility_timeout(lab) -> Exercise:
    """`visibility_timeout(usual, slowest, batch)`: the queue's timeout in whole seconds.

    usual, slowest: seconds of work for one message. batch: messages that a worker receives in one call and works off
    one after the other.
    """
    sqs = lab.client("sqs")

    def cases(rng):
        yield from [(4, 11, 10), (20, 45, 1), (2, 31, 2)]
        for _ in range(4):
            usual = rng.randrange(2, 30)
            yield usual, usual * rng.randrange(2, 7), rng.randrange(3, BATCH + 1)

    def judge(usual, slowest, batch, got):
        where = f"usual {usual} s, slowest {slowest} s, batch of {batch}"
        if whole(got) is None or got < 0:
            return f"{where}: expected a whole number of seconds, got {got!r}"
        got = whole(got)
        again = _handed_out_again(lab, sqs, got, slowest, batch)
        if again:
            return f"{where}, timeout {got} s: while the first worker was at message {again}, another got one of them"
        if got > TOO_LONG * slowest * batch:
            return (
                f"{where}: after a crash nobody sees the batch for {got} s, more than {TOO_LONG} times what is needed"
            )
        return ""

    return Exercise("visibility_timeout", cases, judge)


def drain(lab) -> Exercise:
    """`drain(sqs, queue, ledger)`: charges every order once, and leaves the queue empty."""
    sqs, calls = _counted_client(lab)

    def cases(rng):
        yield (_orders(rng, 3), [], 0)
        yield (_orders(rng, 14), ["no JSON at all"], 0)
        yield (_orders(rng, 6, sent_twice=3), ["[]"], 0)
        yield (_orders(rng, 12), [], 5)
        yield (_orders(rng, 15, sent_twice=4), ["?", json.dumps({"order": "o-0"}), _body("o-1", -5)], 8)

    def ask(answer, orders, poison, killed_at):
        calls.clear()
        queue, dead = _queue_with_dead_letters(sqs)
        _send(sqs, queue, [_body(order, 100 + at) for at, order in enumerate(orders)] + poison)
        ledger = Ledger(lab.clock, killed_at)
        try:
            returned = answer(sqs, queue, ledger)
        except Killed:
            returned = answer(sqs, queue, ledger)  # the machine starts the program again
        if is_blank(returned):
            return returned
        return ledger.charges, _take_all(sqs, dead), _waiting(sqs, queue)

    def judge(orders, poison, killed_at, got):
        charges, dead, left = got
        story = f"{len(set(orders))} orders in {len(orders)} messages, {len(poison)} poison, killed: {killed_at > 0}"
        never = set(orders) - set(charges)
        twice = [order for order, times in charges.items() if times > 1]
        if never or twice:
            return f"{story}: {len(never)} orders were never charged, {len(twice)} more than once"
        if left:
            return f"{story}: {left} messages are still in the queue"
        missing = Counter(poison) - dead
        extra = dead - Counter(poison)
        if missing or extra:
            found = f"{missing.total()} poison messages are missing there, {extra.total()} others lie there"
            return f"{story}: look into the dead-letter queue: {found}"
        return ""

    return Exercise("drain", cases, judge, ask)


def deduplication_id(lab) -> Exercise:
    """`deduplication_id(event)`: the same text for each attempt to send one event, another for each other event.

    event: a dictionary with order, line and step, which name the event, and attempt and sent_at, which do not.
    """
    sqs = lab.client("sqs")

    def cases(rng):
        yield (_events(["o-1"], [1], ["placed"]),)
        yield (_events(["o-1", "o-2"], [1, 2, 3], ["placed", "paid", "shipped"]),)
        yield (_events(["7", "71"], [1, 11], ["placed", "paid"]),)
        yield (_events(["Müller 4", "Møller 4", "Muller 4"], [1], ["placed", "paid"]),)
        yield (_events([f"shop/{rng.randrange(10**6)}" for _ in range(15)], [1, 2], ["paid"]),)
        reference = "-".join(str(rng.randrange(10**6)) for _ in range(30))
        yield (_events([reference, f"{reference}-b"], [1], ["placed", "paid"]),)

    def ask(answer, events):
        queue = _fresh(sqs, f"{QUEUE}.fifo", FifoQueue="true")
        for attempt in (1, 2):  # each event twice, and each attempt says when it was made
            for event in events:
                with _python_started_again(answer) if attempt == 2 else nullcontext():
                    text = answer(event | {"attempt": attempt, "sent_at": lab.clock.now.isoformat()})
                if is_blank(text):
                    return text
                sqs.send_message(
                    QueueUrl=queue,
                    MessageBody=json.dumps(event),
                    MessageGroupId=f"line-{event['line']}",
                    MessageDeduplicationId=text,
                )
                lab.clock.advance(1)
        return _take_all(sqs, queue)

    def judge(events, got):
        sent = Counter(map(json.dumps, events))
        lost, twice = (sent - got).total(), (got - sent).total()
        one = events[0]
        like = (
            f"{len(events)} events such as {one['order'][:20]!r}, line {one['line']}, {one['step']!r}, "
            "each sent twice, before and after the site was started again"
        )
        return f"{like}: {lost} never arrived, {twice} arrived twice" if lost or twice else ""

    return Exercise("deduplication_id", cases, judge, ask)


def workers(lab) -> Exercise:
    """`workers(sqs, queue, seconds, within, most)`: how many workers empty the queue in time, from 1 to `most`.

    seconds: one message keeps a worker busy for so long. within: seconds in which all that waits now must be done.
    """
    sqs = lab.client("sqs")

    def cases(rng):
        # waiting, in flight, delayed, seconds, within, most
        yield from [(0, 0, 0, 5, 60, 8), (30, 0, 0, 10, 60, 20), (31, 0, 0, 10, 60, 20), (20, 12, 0, 5, 30, 30)]
        yield from [(20, 0, 9, 20, 50, 40), (30, 3, 3, 30, 30, 12)]
        for _ in range(3):
            seconds = rng.randrange(3, 25)
            yield rng.randrange(8, 40), rng.randrange(9), rng.randrange(9), seconds, seconds * 2 + rng.randrange(40), 25

    def ask(answer, waiting, in_flight, delayed, seconds, within, most):
        return answer(sqs, _filled(sqs, waiting, in_flight, delayed), seconds, within, most)

    def judge(waiting, in_flight, delayed, seconds, within, most, got):
        story = (
            f"{waiting} messages wait, {in_flight} are in flight, {delayed} are delayed, each takes {seconds} s, "
            f"to be done within {within} s, at most {most} workers"
        )
        if not 1 <= (whole(got) or 0) <= most:
            return f"{story}: expected a whole number from 1 to {most}, got {got!r}"
        got = whole(got)
        if got < most and not _done_in_time(lab, sqs, waiting, got, seconds, within):
            return f"{story}: {got} workers did not get it done"
        if got > 1 and _done_in_time(lab, sqs, waiting, got - 1, seconds, within):
            return f"{story}: you said {got} workers, and fewer get it done"
        return ""

    return Exercise("workers", cases, judge, ask)


def _handed_out_again(lab, sqs, timeout, slowest, batch):
    """Which message of the batch the worker was at when another worker was handed one of them. 0 for never."""
    queue = _fresh(sqs, QUEUE, VisibilityTimeout=str(timeout))
    _send(sqs, queue, [str(n) for n in range(batch)])
    mine = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=BATCH)["Messages"]
    for at, message in enumerate(mine, 1):
        lab.clock.advance(slowest - 0.001)  # the other worker asks just before the first one is done
        if sqs.receive_message(QueueUrl=queue).get("Messages"):
            return at
        lab.clock.advance(0.001)
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return 0


def _orders(rng, count, sent_twice=0):
    """Names of orders, some of them twice: their producer heard no answer, and sent again."""
    orders = [f"o-{rng.randrange(10**6)}" for _ in range(count)]
    return orders + orders[:sent_twice]


def _body(order, cents):
    return json.dumps({"order": order, "cents": cents})


def _events(orders, lines, steps):
    return [{"order": order, "line": line, "step": step} for order in orders for line in lines for step in steps]


@contextmanager
def _python_started_again(answer):
    """Where the answer was written, `hash` says of a text what it might say in the next run of Python."""
    names = getattr(answer, "__globals__", {})
    if "hash" in names:  # one of the learner's own
        yield
        return
    names["hash"] = lambda thing: hash(thing) if isinstance(thing, Number) else hash(("another run", thing))
    try:
        yield
    finally:
        del names["hash"]


def _counted_client(lab):
    """A client, and the list in which it notes its calls."""
    sqs, calls = lab.client("sqs"), []

    def count_call(**_):
        calls.append(1)
        if len(calls) > MOST_CALLS:
            raise TooManyCalls(f"more than {MOST_CALLS} calls: stop when a long poll brings nothing any more")

    sqs.meta.events.register("before-call.sqs", count_call)
    return sqs, calls


def _fresh(sqs, name, **attributes):
    for url in sqs.list_queues(QueueNamePrefix=name).get("QueueUrls", []):
        if url.endswith(f"/{name}"):
            sqs.delete_queue(QueueUrl=url)
    return sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def _queue_with_dead_letters(sqs):
    dead = _fresh(sqs, DEAD)
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": ATTEMPTS})
    return _fresh(sqs, QUEUE, RedrivePolicy=redrive, VisibilityTimeout=str(HIDDEN_S)), dead


def _send(sqs, queue, bodies, **more):
    for at in range(0, len(bodies), BATCH):
        entries = [{"Id": str(n), "MessageBody": body} | more for n, body in enumerate(bodies[at : at + BATCH])]
        sqs.send_message_batch(QueueUrl=queue, Entries=entries)


def _take(sqs, queue, count):
    """Up to `count` messages, by as many calls as that needs. They stay in flight."""
    taken = []
    while len(taken) < count:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=min(BATCH, count - len(taken)))
        if "Messages" not in answer:
            break
        taken += answer["Messages"]
    return taken


def _delete(sqs, queue, messages):
    for at in range(0, len(messages), BATCH):
        batch = messages[at : at + BATCH]
        entries = [{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(batch)]
        sqs.delete_message_batch(QueueUrl=queue, Entries=entries)


def _take_all(sqs, queue):
    """The bodies of a queue's messages, which it loses."""
    bodies = Counter()
    while messages := _take(sqs, queue, BATCH):
        bodies.update(message["Body"] for message in messages)
        _delete(sqs, queue, messages)
    return bodies


def _waiting(sqs, queue):
    """Messages that are in the queue, in flight or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(map(int, sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values()))


def _filled(sqs, waiting, in_flight, delayed):
    queue = _fresh(sqs, QUEUE, VisibilityTimeout="600")
    _send(sqs, queue, [str(n) for n in range(in_flight)])
    _take(sqs, queue, in_flight)
    _send(sqs, queue, [str(n) for n in range(waiting)])
    _send(sqs, queue, [str(n) for n in range(delayed)], DelaySeconds=600)
    return queue


def _done_in_time(lab, sqs, waiting, number, seconds, within):
    """Whether `number` workers work off what waits: each takes a message, is busy, deletes it, takes the next."""
    queue = _filled(sqs, waiting, 0, 0)
    for _ in range(within // seconds):
        messages = _take(sqs, queue, number)
        lab.clock.advance(seconds)
        _delete(sqs, queue, messages)
    return not _waiting(sqs, queue)
