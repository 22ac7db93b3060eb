"""A queue that hides what it hands out: messages, consumers and the visibility timeout, event by event."""

from __future__ import annotations

from dataclasses import dataclass

import simpy


@dataclass(frozen=True)
class Rules:
    """visibility_s: hidden after each receipt. delay_s: hidden after the send. heartbeat: consumers ask for more."""

    visibility_s: float
    delay_s: float = 0
    heartbeat: bool = False


@dataclass(frozen=True)
class Receipt:
    """One hand-out of a message. Times in s; end: the work's end, or the crash; how: deleted, late or crashed."""

    message: int
    consumer: int
    start: float
    end: float
    how: str


@dataclass(frozen=True)
class Run:
    """What happened until the horizon: receipts by start, and for each message when it was deleted (None: never)."""

    receipts: tuple[Receipt, ...]
    deleted: tuple[float | None, ...]

    def times(self, message: int) -> int:
        """How often the message's work was done to its end."""
        return sum(r.message == message and r.how != "crashed" for r in self.receipts)


class _Queue:
    """The queue's state in one simulation: what is visible, and the last receipt of each message."""

    def __init__(self, env, sent, rules):
        self.env, self.rules = env, rules
        self.visible = simpy.Store(env)
        self.receipt, self.until, self.deleted = [0] * len(sent), [0.0] * len(sent), [None] * len(sent)
        for message, at in enumerate(sent):
            env.process(self._send(message, at + rules.delay_s))

    def _send(self, message, at):
        yield self.env.timeout(at)
        yield self.visible.put(message)

    def hand_out(self, message):
        """The receipt's number; the message comes back when its timeout ends, unless it is deleted."""
        self.receipt[message] += 1
        self.until[message] = self.env.now + self.rules.visibility_s
        self.env.process(self._come_back(message, self.receipt[message]))
        return self.receipt[message]

    def _come_back(self, message, receipt):
        while self.env.now < self.until[message]:
            yield self.env.timeout(self.until[message] - self.env.now)
        if self.deleted[message] is None and self.receipt[message] == receipt:
            yield self.visible.put(message)

    def delete(self, message, receipt):
        """Works with the newest receipt only."""
        if self.receipt[message] != receipt or self.deleted[message] is not None:
            return False
        self.deleted[message] = self.env.now
        if message in self.visible.items:
            self.visible.items.remove(message)
        return True


def _consumer(env, queue, number, work_s, crash_at, log):
    while True:
        message = yield queue.visible.get()
        start, receipt = env.now, queue.hand_out(message)
        end = start + work_s
        stop = min(end, crash_at) if crash_at is not None and crash_at > start else end
        beat = queue.rules.visibility_s / 2
        while queue.rules.heartbeat and env.now + beat < stop:
            yield env.timeout(beat)
            if queue.receipt[message] == receipt:
                queue.until[message] = env.now + queue.rules.visibility_s
        yield env.timeout(stop - env.now)
        if stop < end:
            log.append(Receipt(message, number, start, stop, "crashed"))
            return
        log.append(Receipt(message, number, start, end, "deleted" if queue.delete(message, receipt) else "late"))


def play(
    sent: tuple[float, ...], consumers: int, work_s: float, rules: Rules, crash_at: float | None, horizon: float
) -> Run:
    """Messages sent at `sent` (s), each worked on for work_s by whichever consumer asks first.

    crash_at: the moment in which the first consumer dies for good (None: never). A heartbeat renews the timeout at
    half of it. Rule: SQS API, ReceiveMessage and ChangeMessageVisibility; a deletion counts with the newest receipt.
    Work still under way at the horizon is not in the record. ValueError unless visibility_s, work_s and consumers
    are positive.
    Leaves out: the network, batches, duplicates that SQS makes by itself, the limit on messages in flight.
    """
    if min(rules.visibility_s, work_s, consumers) <= 0:
        raise ValueError(f"need positive timeout, work and consumers, got {rules.visibility_s}, {work_s}, {consumers}")
    env, log = simpy.Environment(), []
    queue = _Queue(env, sent, rules)
    for number in range(consumers):
        env.process(_consumer(env, queue, number, work_s, crash_at if number == 0 else None, log))
    env.run(until=horizon)
    log.sort(key=lambda r: (r.start, r.consumer))
    return Run(tuple(log), tuple(queue.deleted))
