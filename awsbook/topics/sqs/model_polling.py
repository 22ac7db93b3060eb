"""Asking an almost empty queue: calls, empty answers, waiting and the bill."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Polling:
    """Per hour and consumer fleet; latency_s: mean from the send to the receipt."""

    calls: float
    empty: float
    latency_s: float

    @property
    def empty_share(self) -> float:
        return self.empty / self.calls if self.calls else 0.0


def short(per_hour: float, consumers: int, pause_s: float) -> Polling:
    """Consumers that ask every pause_s, evenly spread, and take one message a call.

    Rule: a call is empty if nothing came since the last one of the fleet; the messages come at random (Poisson).
    ValueError unless consumers and pause_s are positive. Leaves out: work time, batches, the short poll that misses
    a message because it asks only some servers.
    """
    _positive(consumers, pause_s)
    calls, gap = 3600 * consumers / pause_s, pause_s / consumers
    busy = min(1.0, per_hour / calls)
    # a message waits for the next call, half a gap on average, and behind those already there (M/D/1)
    behind = math.inf if busy >= 1 else busy * gap / (2 * (1 - busy))
    return Polling(calls, calls * (1 - busy), gap / 2 + behind)


def long(per_hour: float, consumers: int, wait_s: float) -> Polling:
    """Consumers that ask again at once, each call waiting up to wait_s for a message.

    Rule: the wait ends empty unless a message comes; each consumer gets its part of the Poisson messages, so a call
    brings one with chance 1 - exp(-rate x wait). Leaves out: work time, and the way to AWS and back.
    """
    _positive(consumers, wait_s)
    each = per_hour / 3600 / consumers  # messages/s
    if each == 0:
        return Polling(3600 * consumers / wait_s, 3600 * consumers / wait_s, 0.0)
    calls = per_hour / -math.expm1(-each * wait_s)
    return Polling(calls, calls - per_hour, 0.0)


def bill(calls: float, hours: float, million: float) -> float:
    """$ for `calls` an hour over `hours`, at `million` $ per million. Leaves out: the free requests."""
    return calls * hours * million / 1e6


def _positive(consumers, seconds):
    if consumers <= 0 or seconds <= 0:
        raise ValueError(f"need consumers and seconds above 0, got {consumers} and {seconds}")
