"""Consumers that follow the backlog, minute by minute, and the waiting line they ought to be."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from itertools import accumulate

import simpy


def needed(backlog: float, instances: int, target: float, least: int, most: int) -> int:
    """Instances that bring the backlog per instance to `target`: AWS's proportion, rounded up, within the group.

    Rule: EC2 Auto Scaling guide, scaling based on SQS. ValueError unless target > 0 and 1 <= least <= most.
    """
    if target <= 0 or not 1 <= least <= most:
        raise ValueError(f"need target > 0 and 1 <= least <= most, got {target}, {least}, {most}")
    per_instance = backlog / instances
    return max(least, min(most, math.ceil(instances * per_instance / target - 1e-9)))


@dataclass(frozen=True)
class Day:
    """By the minute, at its end: messages waiting, instances in service, how long the last to come will wait (s)."""

    backlog: tuple[float, ...]
    instances: tuple[int, ...]
    wait_s: tuple[float, ...]


def follow(load: tuple[float, ...], work_s: float, target: float, warm: int, most: int) -> Day:
    """A group that starts with what the first minute needs, under `load` (messages a minute).

    A new instance works after `warm` min.

    The group grows by the proportion at once and shrinks by one a minute, after `CALM` minutes below nine tenths of the
    target: a stand-in for AWS's alarms. Leaves out: chance (messages flow evenly), stopped work, metric delays.
    """
    first = math.ceil(load[0] * work_s / 60)
    backlog, running, calm, backlogs, sizes = 0.0, max(1, min(most, first)), 0, [], []
    total, coming = running, deque()  # total: those that are still to come, (minute, count), among them
    for minute, arrived in enumerate(load):
        if coming and coming[0][0] == minute:
            running += coming.popleft()[1]
        backlog = backlog + arrived - running * 60 / work_s
        if backlog < 0:
            backlog = 0.0
        backlogs.append(backlog)
        sizes.append(running)
        # asked only where it can be more: a day has many minutes, and a reader waits for them
        want = needed(backlog, total, target, 1, most) if backlog > total * target and total < most else total
        calm = calm + 1 if backlog / running < 0.9 * target else 0
        if want > total:
            coming.append((minute + 1 + warm, want - total))
            total = want
        elif calm >= CALM and running > 1 and not coming and arrived < (running - 1) * 60 / work_s:
            running -= 1
            total = running
    return Day(tuple(backlogs), tuple(sizes), _waits(load, backlogs, sizes, work_s))


CALM = 15  # minutes


def _waits(load, backlogs, sizes, work_s):
    """How long the last message of each minute waits (s), first in, first out; after the day its last size stays."""
    came = list(accumulate(load))
    served = [all - waiting for all, waiting in zip(came, backlogs, strict=True)]
    waits, then = [], 0  # then: the minute in which it is taken
    for minute, number in enumerate(came):
        then = max(then, minute + 1)
        while then < len(served) and served[then] < number:
            then += 1
        # those before it are all there already, so the minute's instances are busy until it is its turn
        last = (number - served[then - 1]) * work_s / sizes[min(then, len(sizes) - 1)]
        waits.append(60 * (then - 1 - minute) + last)
    return tuple(waits)


def erlang_c(load: float, servers: int) -> float:
    """Chance that a message must wait, for `load` erlangs and `servers`; 1 if load >= servers. Erlang, 1917."""
    if load >= servers:
        return 1.0
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return servers * blocked / (servers - load * (1 - blocked))


def mean_wait(rate: float, work_s: float, servers: int) -> float:
    """Mean wait in the queue (s) of M/M/c: rate in messages/s. math.inf if the servers cannot keep up."""
    load = rate * work_s
    return math.inf if load >= servers else erlang_c(load, servers) * work_s / (servers - load)


@dataclass(frozen=True)
class Watched:
    """One run. wait_s: mean in the queue, without the first fifth. Over the whole run: line, the mean number waiting;
    rate, messages/s; all_wait_s, the mean wait."""

    wait_s: float
    line: float
    rate: float
    all_wait_s: float


def watch(rate: float, work_s: float, servers: int, messages: int, seed: int) -> Watched:
    """Random messages at `rate` a second, random work of mean work_s, in SimPy, from an empty queue to an empty one.

    The line is measured apart from the waits, as an area over time, so that Little's law (line = rate x wait) is a
    test and not a definition. ValueError unless all are positive. Leaves out: polling, timeouts, failures.
    """
    if min(rate, work_s, servers, messages) <= 0:
        raise ValueError(f"need positive inputs, got {rate}, {work_s}, {servers}, {messages}")
    dice, env = random.Random(seed), simpy.Environment()
    line, waits, area, busy = deque(), [], [0.0, 0.0], 0

    def tally():
        area[0] += len(line) * (env.now - area[1])
        area[1] = env.now

    def begin():
        nonlocal busy
        busy += 1
        number, came = line.popleft()
        waits.append((number, env.now - came))
        # a callback, not a process for each message: a third of the time, and the page waits for it
        env.timeout(dice.expovariate(1 / work_s)).callbacks.append(end)

    def end(_):
        nonlocal busy
        busy -= 1
        if line:
            tally()
            begin()

    def source():
        for number in range(messages):
            yield env.timeout(dice.expovariate(rate))
            tally()
            line.append((number, env.now))
            if busy < servers:
                begin()

    env.process(source())
    env.run()
    warm = [wait for number, wait in waits if number >= messages // 5]
    whole = math.fsum(wait for _, wait in waits) / messages
    return Watched(math.fsum(warm) / len(warm), area[0] / env.now, messages / env.now, whole)
