"""Health checks: how long a dead target still gets requests, and how often a living one is taken out."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """The checks of a target group. interval_s, timeout_s in s; unhealthy, healthy: results in a row that decide."""

    interval_s: float
    timeout_s: float
    unhealthy: int
    healthy: int


@dataclass(frozen=True)
class Check:
    """One check. start, end in s; good: its result, known at `end`."""

    start: float
    end: float
    good: bool


@dataclass(frozen=True)
class Course:
    """One failure. checks in order; out_at, back_at (s): when the target stops and starts to get requests again,
    math.inf for never; exposed_s: how long it was broken and got requests."""

    checks: tuple[Check, ...]
    out_at: float
    back_at: float
    exposed_s: float


def legal(rules: Rules) -> bool:
    """AWS refuses an interval that is not greater than the timeout (ValidationError)."""
    return rules.interval_s > rules.timeout_s


def course(rules: Rules, breaks: float, lasts: float, hangs: bool) -> Course:
    """Checks start at 0, interval, 2 x interval ...; the target is broken from `breaks` on for `lasts` s.

    A check is good or bad as the target is at its start. hangs: a bad one ends with the timeout; else at once.
    ValueError for rules that AWS refuses, or times below 0. Rule: ALB guide, health checks for target groups.
    Leaves out: several nodes that check on their own, passive checks of a Network Load Balancer, requests in flight.
    """
    if not legal(rules) or breaks < 0 or lasts < 0:
        raise ValueError(f"need interval > timeout and times of 0 or more, got {rules}, {breaks}, {lasts}")
    mended = breaks + lasts
    checks, row, out, back, k = [], 0, math.inf, math.inf, 0
    while math.isinf(back) and not (math.isinf(out) and k * rules.interval_s >= mended + rules.interval_s):
        start = k * rules.interval_s
        good = not breaks <= start < mended
        checks.append(Check(start, start + (rules.timeout_s if hangs and not good else 0), good))
        awaited = good != math.isinf(out)  # bad ones while in, good ones while out
        row = row + 1 if awaited else 0
        if math.isinf(out) and row == rules.unhealthy:
            out, row = checks[-1].end, 0
        elif row == rules.healthy and not math.isinf(out):
            back = checks[-1].end
        k += 1
    exposed = max(0.0, min(out, mended) - breaks) + max(0.0, mended - max(back, breaks))
    return Course(tuple(checks), out, back, exposed)


def detection(rules: Rules, hangs: bool) -> tuple[float, float, float]:
    """Seconds from the break until the target is out, if it stays broken: best, mean and worst phase.

    Best: it breaks right before a check; worst: right after one. The mean is over all phases.
    """
    best = (rules.unhealthy - 1) * rules.interval_s + (rules.timeout_s if hangs else 0)
    return best, best + rules.interval_s / 2, best + rules.interval_s


def recovery(rules: Rules) -> tuple[float, float]:
    """Seconds from the repair until it gets requests again: best and worst phase."""
    return (rules.healthy - 1) * rules.interval_s, rules.healthy * rules.interval_s


def failed(rate: float, targets: int, broken: int, exposed_s: float, lasts: float) -> float:
    """Requests that fail, at `rate` a second over all targets, when `broken` of them break at the same moment.

    All broken: the load balancer fails open and sends to all of them, so errors last as long as the failure.
    ValueError unless 0 <= broken <= targets and targets > 0.
    """
    if targets < 1 or not 0 <= broken <= targets:
        raise ValueError(f"need 0 <= broken <= targets, got {broken} and {targets}")
    return rate * lasts if broken == targets else rate * broken / targets * exposed_s


# --- a living target whose check is slow sometimes


def misses(answer_s: float, timeout_s: float) -> float:
    """Share of checks that answer after the timeout: answers are random (exponential) with mean answer_s."""
    return math.exp(-timeout_s / answer_s) if answer_s > 0 else 0.0


def until_row(chance: float, row: int) -> float:
    """Checks on average until `row` in a row happen that each have `chance`. Feller, Probability Theory I, XIII.7.

    math.inf for chance 0. ValueError unless 0 <= chance <= 1 and row >= 1.
    """
    if not 0 <= chance <= 1 or row < 1:
        raise ValueError(f"need a chance from 0 to 1 and a row of 1 or more, got {chance} and {row}")
    if chance == 1:
        return float(row)
    power = chance**row
    return (1 / power - 1) / (1 - chance) if power > 0 else math.inf


@dataclass(frozen=True)
class Flapping:
    """A living target. miss: share of bad checks; between_s: in service until taken out (s, mean); out_s: out until
    back (s, mean); out_share: share of time out; all_out: chance that all targets are out at a given moment."""

    miss: float
    between_s: float
    out_s: float
    out_share: float
    all_out: float


def flapping(rules: Rules, answer_s: float, targets: int) -> Flapping:
    """How often a living target is taken out, if checks miss independently of each other.

    ValueError as in `until_row`. Leaves out: that a target taken out gets no requests and recovers, that the others
    then get more and slow down, and slow spells that hit several checks or targets at once: then it is worse.
    """
    miss = misses(answer_s, rules.timeout_s)
    inside, outside = until_row(miss, rules.unhealthy), until_row(1 - miss, rules.healthy)
    share = 0.0 if math.isinf(inside) else 1.0 if math.isinf(outside) else outside / (inside + outside)
    return Flapping(miss, inside * rules.interval_s, outside * rules.interval_s, share, share**targets)
