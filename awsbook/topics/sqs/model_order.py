"""Who works on what, in which order: a standard queue beside FIFO with message groups."""

from __future__ import annotations

import random
from dataclasses import dataclass

import simpy


@dataclass(frozen=True)
class Job:
    """One message worked on. number: its place in the order of sending; times in s."""

    number: int
    group: int
    consumer: int
    start: float
    end: float


def work(messages: int, groups: int, consumers: int, fifo: bool, seed: int) -> tuple[Job, ...]:
    """All messages wait at time 0, message i in group i % groups; works of 1 to 5 s are drawn. Jobs by start.

    FIFO: a group has one message in flight, and gives them in order. Standard: a receipt takes one of the three
    oldest, by chance: an example of ours, AWS promises best effort. ValueError unless all counts are positive.
    Leaves out: timeouts, crashes, batches.
    """
    if min(messages, groups, consumers) <= 0:
        raise ValueError(f"need positive counts, got {messages}, {groups} and {consumers}")
    dice = random.Random(seed)
    took = [1 + 4 * dice.random() for _ in range(messages)]
    env, waiting, busy, jobs = simpy.Environment(), list(range(messages)), set(), []
    news = [env.event()]

    def pick():
        if not fifo:
            return dice.choice(waiting[:3]) if waiting else None
        return next((i for i in waiting if i % groups not in busy), None)

    def consumer(name):
        while waiting:
            number = pick()
            if number is None:
                yield news[0]
                continue
            waiting.remove(number)
            busy.add(number % groups)
            start = env.now
            yield env.timeout(took[number])
            busy.discard(number % groups)
            jobs.append(Job(number, number % groups, name, start, env.now))
            news[0].succeed()
            news[0] = env.event()

    for name in range(consumers):
        env.process(consumer(name))
    env.run()
    return tuple(sorted(jobs, key=lambda j: (j.start, j.consumer)))


def out_of_order(jobs: tuple[Job, ...]) -> int:
    """Messages that end although an earlier one of their group has not ended yet."""
    count, latest = 0, {}  # group: when the last of those seen so far ends
    for job in sorted(jobs, key=lambda j: j.number):
        before = latest.get(job.group, job.end)
        count += before > job.end
        latest[job.group] = max(before, job.end)
    return count


@dataclass(frozen=True)
class Throughput:
    """Messages a second. served: of those asked; limit: what the queue takes; why: what limits."""

    served: float
    limit: float
    why: str


def fifo_limit(asked: float, batch: int, partitions: int, high: bool, calls: float) -> Throughput:
    """What a FIFO queue takes for one action, with `calls` a second (for a queue, or in high throughput a partition).

    batch: messages a call. Each partition has the groups that hash to it. ValueError for a negative or zero input.
    Leaves out: the Region's own quota for high throughput, and batches that mix groups and so split.
    """
    if min(asked, batch, partitions, calls) <= 0:
        raise ValueError(f"need positive inputs, got {asked}, {batch}, {partitions}, {calls}")
    limit = calls * batch * (partitions if high else 1)
    return Throughput(min(asked, limit), limit, "partitions" if high else "the queue")
