"""The exercises of the lab of buying capacity.

Each is judged by counting, not by the formula that the learner may use: second by second, price by price,
interruption by interruption. What the hidden cases cost is made up; what AWS fixes comes from the ledger.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_right
from fractions import Fraction
from functools import cache
from numbers import Real
from random import Random

import pandas as pd

from awsbook.facts import fact
from awsbook.lab.checks import Exercise

HOUR_S = 3600
RUNS = 150  # drawn jobs a hidden case is judged by
TOLERANCE = 1.02  # how much dearer than the best of the grid an interval may be
MOST_WRITING = 4  # minutes of writing for a minute of work, beyond which an interval is not even tried
GRID = tuple(1.15**step for step in range(15, 52))  # minutes, from eight to about a thousand


def charged_s() -> Exercise:
    """`charged_s(runs)`: the seconds that are charged for the runs of one Linux instance.

    runs: a list of (start, end, who), two datetimes and "you" or "EC2" (which takes Spot Instances back).
    """

    def cases(rng):
        day = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
        lengths = [(20,), (60, 61), (5, 5, 5), (90, 3), (4000,), (86_400 + 300, 45), (7261, 30, 59, 3599)]
        for some in lengths + [tuple(rng.randrange(1, 9000) for _ in range(4)) for _ in range(4)]:
            yield (list(_laid_out(day, [(length, "you") for length in some], rng)),)
        for some in [
            [(1500, "EC2")],
            [(1500, "you"), (30, "EC2")],
            [(4200, "EC2"), (2400, "EC2"), (10, "you")],
            [(90_000, "EC2"), (3000, "you")],
        ]:
            yield (list(_laid_out(day, some, rng)),)

    def judge(runs, got):
        told = "; ".join(f"{start:%d %b %H:%M:%S} to {end:%d %b %H:%M:%S}, ended by {who}" for start, end, who in runs)
        expected = seconds_charged(runs)
        return "" if got == expected else f"{told}: expected {expected} s, got {got!r}"

    return Exercise("charged_s", cases, judge)


def seconds_charged(runs) -> int:
    """What the runs are charged for, each by itself."""
    least = fact("launch-types.billing.minimum_s").value
    free = fact("launch-types.billing.free_if_ec2_interrupts_within_s").value
    total = 0
    for start, end, who in runs:
        length = round((end - start).total_seconds())
        if not (who == "EC2" and length < free):
            total += max(least, length)
    return total


def mean_prices() -> Exercise:
    """`mean_prices(table, start, end)`: the mean price of each pool over the time from start to end, as a dict.

    table: one row a change, with `pool`, `at` (a moment) and `price`, newest first, as the CLI prints them. Every
    pool has a row at or before start, and none after end.
    """

    def cases(rng):
        for pools in (1, 1, 2, 3, 2, 3):
            start = pd.Timestamp("2026-05-04", tz="UTC") + pd.Timedelta(hours=rng.randrange(500))
            end = start + pd.Timedelta(hours=rng.randrange(100, 600))
            yield _changes(rng, pools, start, end), start, end

    def judge(table, start, end, got):
        try:
            told = {pool: float(price) for pool, price in dict(got).items()}
        except (TypeError, ValueError):
            return f"expected a dict of pools and prices, got {got!r}"
        expected = {pool: _mean_by_the_minute(rows, start, end) for pool, rows in table.groupby("pool")}
        if told.keys() != expected.keys():
            return f"expected the pools {', '.join(expected)}, got {', '.join(map(str, told)) or 'none'}"
        for pool, price in expected.items():
            if not math.isclose(told[pool], price, rel_tol=1e-6):
                rows = (table["pool"] == pool).sum()
                return f"{pool}, {rows} rows: expected ${price:.6f} an hour, got ${told[pool]:.6f}"
        return ""

    return Exercise("mean_prices", cases, judge)


def minutes_taken() -> Exercise:
    """`minutes_taken(work, every, write, restart, stops)`: the minute in which the job is done.

    work: minutes of computing. every: minutes of computing between two checkpoints. write: minutes to write one.
    restart: minutes from an interruption until a new instance goes on. stops: the minutes, since the job began, in
    which EC2 takes the instance; one that falls into a restart finds nothing to take. None falls on a whole minute.
    """

    def cases(rng):
        yield 600, 60, 5, 10, []
        yield 600, 60, 5, 10, [64.5]
        yield 600, 60, 5, 10, [64.5, 70.5, 200.5]
        yield 600, 600, 5, 10, [590.5]
        yield 100, 60, 1, 3, [99.5]
        for _ in range(12):
            every, work = rng.randrange(20, 200), rng.randrange(300, 2000)
            yield (
                work,
                every,
                rng.randrange(1, 12),
                rng.randrange(1, 30),
                draw_stops(rng, rng.randrange(150, 900), 4 * work),
            )

    def judge(work, every, write, restart, stops, got):
        expected = run(work, every, write, restart, stops)
        asked = f"work {work}, a checkpoint every {every} takes {write}, restart {restart}"
        met = [stop for stop in stops if stop < expected]
        return "" if got == expected else f"{asked}, stops at {met or 'none'}: expected {expected} minutes, got {got!r}"

    return Exercise("minutes_taken", cases, judge)


def best_interval() -> Exercise:
    """`best_interval(work, write, restart, between)`: minutes of computing between two checkpoints, for least cost.

    between: minutes between two interruptions, on average; the rest as for `minutes_taken`. The Spot price is the
    same at every hour, so the cheapest job is the one that is done first, on average.
    """

    def cases(rng):
        for write, between, work in ((2, 300, 1500), (6, 480, 2400), (10, 900, 3000), (1, 600, 1800), (5, 1200, 4000)):
            seed = rng.randrange(10**6)
            yield work, write, rng.randrange(3, 12), between + rng.randrange(60), seed

    def ask(answer, work, write, restart, between, _seed):
        return answer(work, write, restart, between)

    def judge(work, write, restart, between, seed, got):
        if isinstance(got, bool) or not isinstance(got, Real) or not 0 < got < math.inf:
            return f"expected minutes above 0, got {got!r}"
        if got * MOST_WRITING < write:  # following it would take too long, and its price is plain
            return f"with {write} minutes of writing for every {got:.2g} of work the job does little but write"
        histories = _histories(seed, between, work)
        least, best = _least(work, write, restart, histories)
        mine = _mean(work, got, write, restart, histories)
        asked = f"work {work}, writing takes {write}, restart {restart}, interruptions every {between} on average"
        if mine <= TOLERANCE * least:
            return ""
        return (
            f"{asked}: with a checkpoint every {got:.0f} minutes the job takes {mine:.0f} on average, "
            f"with one every {best:.0f} only {least:.0f}"
        )

    return Exercise("best_interval", cases, judge, ask)


def break_even() -> Exercise:
    """`break_even(on_demand, promised, upfront, years)`: from how many hours of use the promise is not dearer.

    on_demand, promised: $ per hour. upfront: $ at the start. The promise is charged for every hour of its years, used
    or not. The answer is the smallest whole number of hours of use, or None if even use in all hours does not pay.
    """

    def cases(rng):
        ledger = [fact(f"launch-types.price.{name}").value for name in ("on_demand", "standard_1y", "standard_3y")]
        yield ledger[0], ledger[1], 0, fact("launch-types.term.short_years").value
        yield ledger[0], ledger[2], 0, fact("launch-types.term.long_years").value
        yield 0.2, 0.21, 0, 1
        yield 0.1, 0.0, 1200, 1
        yield 0.1, 0.0, 1200, 3
        for _ in range(12):
            on_demand = round(rng.uniform(0.05, 3), 4)
            promised = round(on_demand * rng.uniform(0.2, 0.8), 5)
            years = rng.choice((1, 3))
            upfront = rng.choice((0, round(on_demand * term_h(years) * rng.uniform(0.05, 0.4), 2)))
            if (_bill(promised, upfront, years) / Fraction(str(on_demand))).denominator > 1:
                yield on_demand, promised, upfront, years

    def judge(on_demand, promised, upfront, years, got):
        expected = hours_to_break_even(on_demand, promised, upfront, years)
        asked = f"${on_demand} by the hour, ${promised} promised, ${upfront} upfront, years: {years}"
        return "" if got == expected and type(got) is not bool else f"{asked}: expected {expected} hours, got {got!r}"

    return Exercise("break_even", cases, judge)


def term_h(years: int) -> int:
    """The hours of a promise of so many years, as AWS counts them."""
    return years * fact("launch-types.term.one_year_s").value // HOUR_S


def hours_to_break_even(on_demand, promised, upfront, years):
    """The smallest whole number of hours; None if it is beyond the term."""
    hours = math.ceil(_bill(promised, upfront, years) / Fraction(str(on_demand)))
    return hours if hours <= term_h(years) else None


def run(work, every, write, restart, stops):
    """The minute in which the job is done. Follows it checkpoint by checkpoint."""
    now, saved, at = 0, 0, 0
    while True:
        piece = min(every, work - saved)
        last = saved + piece >= work
        ready = now + piece + (0 if last else write)
        while at < len(stops) and stops[at] < now:
            at += 1
        if at < len(stops) and stops[at] < ready:
            now, at = stops[at] + restart, at + 1
        elif last:
            return ready
        else:
            now, saved = ready, saved + piece


def mean_minutes(work, every, write, restart, between, seed=1) -> float:
    """The mean over RUNS drawn jobs; the same seed draws the same interruptions for every interval."""
    return _mean(work, every, write, restart, _histories(seed, between, work))


def draw_stops(rng: Random, between: float, until: float) -> list[float]:
    """Interruptions at random, so many minutes apart on average, at half minutes: no two things at once."""
    stops, now = [], 0.0
    while now < until:
        now += rng.expovariate(1 / between)
        stops.append(int(now) + 0.5)
    return sorted(set(stops))


def _histories(seed, between, work):
    """The interruptions of RUNS jobs."""
    return tuple(tuple(draw_stops(Random(f"{seed} {number}"), between, 20 * work)) for number in range(RUNS))


@cache
def _least(work, write, restart, histories):
    """(mean minutes, interval) of the best interval of the grid, by the same draws as the answer's."""
    tried = (every for every in GRID if every < work)
    return min((_mean(work, every, write, restart, histories), every) for every in tried)


def _mean(work, every, write, restart, histories):
    return sum(run(work, every, write, restart, stops) for stops in histories) / len(histories)


def _bill(promised, upfront, years):
    return Fraction(str(promised)) * term_h(years) + Fraction(str(upfront))


def _laid_out(start, lengths, rng):
    for length, who in lengths:
        end = start + datetime.timedelta(seconds=length)
        yield start, end, who
        start = end + datetime.timedelta(seconds=rng.randrange(60, 40_000))


def _changes(rng, pools, start, end):
    rows = []
    minutes = int((end - start).total_seconds() // 60)
    for number in range(pools):
        pool, price = f"us-east-1{'abc'[number]} synthetic.large Linux/UNIX", rng.uniform(0.02, 0.09)
        when = [-rng.randrange(2000, 9000), -rng.randrange(1, 1500)]
        when += rng.sample(range(1, minutes), rng.randrange(3, 9))
        busy = rng.randrange(1, minutes - 40)  # a day that speaks often is heard too often by a mean of rows
        when += rng.sample(range(busy, busy + 40), 8)
        for minute in sorted(set(when)):
            dear = 2.5 if busy <= minute < busy + 40 else rng.uniform(0.8, 1.25)
            rows.append((pool, start + pd.Timedelta(minutes=minute), round(price * dear, 4)))
    rows.sort(key=lambda row: row[1], reverse=True)
    return pd.DataFrame(rows, columns=["pool", "at", "price"])


def _mean_by_the_minute(rows, start, end):
    """The price is asked at every minute, and the answers are averaged; all moments are whole minutes."""
    ordered = rows.sort_values("at")
    moments, prices = [at.timestamp() for at in ordered["at"]], list(ordered["price"])
    asked = range(round(start.timestamp()), round(end.timestamp()), 60)
    return math.fsum(prices[bisect_right(moments, second) - 1] for second in asked) / len(asked)
