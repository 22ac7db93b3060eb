"""Requests spread over targets that work on one at a time: the queues that form, and what theory says of them.

Time and events are SimPy's; for three of the four rules the mean latency has a closed form, too.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass

import simpy


@dataclass(frozen=True)
class Work:
    """What a request asks of a target.

    mean_s: of ordinary ones, in s, random (exponential). slow_share: share (0 to 1) of slow ones; slow_times: how many
    times longer those take on average. lame: how many times longer the first target takes for anything.
    """

    mean_s: float
    slow_share: float = 0.0
    slow_times: float = 1.0
    lame: float = 1.0

    @property
    def moments(self) -> tuple[float, float]:
        """Mean (s) and mean square (s2) of the work on a healthy target."""
        mixed = [(1 - self.slow_share, self.mean_s), (self.slow_share, self.slow_times * self.mean_s)]
        return math.fsum(p * m for p, m in mixed), math.fsum(2 * p * m * m for p, m in mixed)


@dataclass(frozen=True)
class Stream:
    """One drawn stream of requests. at: arrivals (s); works: on a healthy target (s); dice: 0 to 1, one a request."""

    at: tuple[float, ...]
    works: tuple[float, ...]
    dice: tuple[float, ...]


def stream(rate: float, work: Work, requests: int, chance: random.Random) -> Stream:
    """Random arrivals at `rate` a second, random works. ValueError unless rate and requests are positive."""
    if rate <= 0 or requests <= 0:
        raise ValueError(f"need a positive rate and positive requests, got {rate} and {requests}")
    now, at, works, dice = 0.0, [], [], []
    draw, log = chance.random, math.log
    for _ in range(requests):
        now -= log(1 - draw()) / rate
        at.append(now)
        mean = work.mean_s * (work.slow_times if draw() < work.slow_share else 1)
        works.append(-log(1 - draw()) * mean)
        dice.append(draw())
    return Stream(tuple(at), tuple(works), tuple(dice))


@dataclass(frozen=True)
class Run:
    """What one policy made of a stream. latency: of each request, waiting and work (s); flight: mean number of
    requests in flight at each target, as every eighth request finds them; one_line has one, a target's even share."""

    latency: tuple[float, ...]
    flight: tuple[float, ...]


LOOK = 8  # every eighth request looks how many are in flight
PART = 100  # requests: a reader who has moved on waits for no more than these
POLICIES = ("weighted_random", "round_robin", "least_outstanding_requests")


class Line:
    """Requests in order of arrival before `workers`, each of which works on one at a time.

    workers: how many times longer each takes, 1 for a healthy target. Of several idle ones the longest idle begins.
    """

    def __init__(self, env: simpy.Environment, workers: list[float]):
        self.env, self.idle, self.waiting = env, deque(workers), deque()
        self.flight, self.latency = 0, []

    def take(self, work: float) -> None:
        self.flight += 1
        self.waiting.append((work, self.env.now))
        if self.idle:
            self._begin()

    def _begin(self):
        slow, (work, came) = self.idle.popleft(), self.waiting.popleft()
        # a callback, not a process for each request: a third of the time, and the page waits for it
        self.env.timeout(work * slow, (slow, came)).callbacks.append(self._end)

    def _end(self, done):
        slow, came = done.value
        self.flight -= 1
        self.latency.append((came, self.env.now - came))
        self.idle.append(slow)
        if self.waiting:
            self._begin()


def serve(policy: str, came: Stream, targets: int, lame: float = 1.0) -> Run:
    """The stream through one of POLICIES, or "one_line": a single line from which each free target takes the first.

    A target works on one request at a time, in order; `lame` slows the first target. weighted_random here has equal
    weights. Ties of least outstanding requests go to one of them by chance: AWS publishes no rule. The first fifth is
    left out of the latency, as the queues are empty at the start. ValueError for an unknown policy.
    Rule: ALB guide, routing algorithms. Leaves out: several load balancer nodes that each see their own requests,
    targets that work on many requests at once, connections, retries and timeouts.
    """
    parts = serving(policy, came, targets, lame)
    while True:
        try:
            next(parts)
        except StopIteration as end:
            return end.value


def serving(policy: str, came: Stream, targets: int, lame: float = 1.0) -> Generator[float, None, Run]:
    """`serve`, in parts: yields the share of the requests that have come, 0 to 1."""
    if policy not in (*POLICIES, "one_line") or targets < 1:
        raise ValueError(f"need one of {POLICIES} or one_line and a target, got {policy!r} and {targets}")
    env, slow = simpy.Environment(), [lame] + [1.0] * (targets - 1)
    lines = [Line(env, slow)] if policy == "one_line" else [Line(env, [times]) for times in slow]
    looks, skip = [], len(came.at) // 5

    def source():
        for i, (at, work, dice) in enumerate(zip(came.at, came.works, came.dice, strict=True)):
            yield env.timeout(at - env.now)
            if i % LOOK == 0 and i >= skip:
                looks.append([line.flight for line in lines])
            lines[_pick(policy, i, dice, lines)].take(work)

    env.process(source())
    for i in range(PART, len(came.at), PART):
        env.run(until=came.at[i])
        yield i / len(came.at)
    env.run()
    served = sorted(one for line in lines for one in line.latency)
    share = len(lines) / targets / len(looks)
    return Run(tuple(s for _, s in served[skip:]), tuple(share * sum(seen) for seen in zip(*looks, strict=True)))


def _pick(policy, number, dice, lines):
    if policy == "round_robin":
        return number % len(lines)
    if policy != "least_outstanding_requests":
        return int(dice * len(lines))
    flights = [line.flight for line in lines]
    least = min(flights)
    ties = [t for t, n in enumerate(flights) if n == least]
    return ties[int(dice * len(ties))]


def quantile(values: tuple[float, ...], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


# --- what theory says of the mean latency (s); math.inf where a queue only grows


def random_latency(rate: float, work: Work, targets: int) -> float:
    """weighted_random: each target is M/G/1. Pollaczek and Khinchine, 1930 and 1932. rate: of all requests, per s."""
    mean, square = work.moments
    each = rate / targets

    def one(times):
        busy = each * mean * times
        return math.inf if busy >= 1 else mean * times + each * square * times**2 / (2 * (1 - busy))

    return (one(work.lame) + (targets - 1) * one(1.0)) / targets


def round_robin_latency(rate: float, mean_s: float, targets: int) -> float:
    """round_robin with exponential work: each target is E_n/M/1, since it gets every n-th arrival.

    With sigma the root below 1 of sigma = (n r / (n r + 1 - sigma))^n, r the busy share, the mean latency is
    mean_s / (1 - sigma). Kleinrock, Queueing Systems I, 1975, ch. 6.
    """
    busy = rate * mean_s / targets
    if busy >= 1:
        return math.inf
    low, high = 0.0, 1.0 - 1e-12
    for _ in range(60):  # the difference changes sign once below 1
        middle = (low + high) / 2
        if (targets * busy / (targets * busy + 1 - middle)) ** targets > middle:
            low = middle
        else:
            high = middle
    return mean_s / (1 - low)


def one_line_latency(rate: float, mean_s: float, targets: int) -> float:
    """One line for all, exponential work: M/M/n by Erlang C, 1917."""
    load = rate * mean_s
    if load >= targets:
        return math.inf
    blocked = 1.0
    for n in range(1, targets + 1):
        blocked = load * blocked / (n + load * blocked)
    waits = targets * blocked / (targets - load * (1 - blocked))
    return mean_s + waits * mean_s / (targets - load)
