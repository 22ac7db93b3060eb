"""The explorables of the launch-types chapter: read facts, call the model, build the figure, say the sentence."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, lru_cache
from random import Random

from awsbook.explore import (
    Choice,
    ControlError,
    Goal,
    Slider,
    Table,
    Text,
    Toggle,
    View,
    explorable,
    words,
)
from awsbook.facts import fact

from . import charts
from .history import HistoryError, hold, parse
from .model_billing import BillingRules, charged_s
from .model_checkpoint import MAX_ATTEMPTS, Job, expected, expected_with_notice, simulate, young
from .model_commitment import MONTH_H, Offer, break_even_h, cheapest, host_rate, month_cost, spot_rate
from .model_fleet import STRATEGIES, allocate, expected_loss, lost, make_pools, price_of, worst_loss
from .model_market import bidding_prices, reclaims, rises, smoothed_prices
from .model_market import hold as hold_hours
from .model_plan import best_commitment, day
from .sample import synthetic_history


def _value(name):
    return fact(f"launch-types.{name}").value


ON_DEMAND = _value("price.on_demand")  # $ per hour, m6a.xlarge
BILLING = BillingRules(_value("billing.minimum_s"), _value("billing.free_if_ec2_interrupts_within_s"))
NOTICE_S = _value("spot.notice_s")
TYPICAL_DISCOUNT = _value("spot.typical_discount_low") / 100
LEAST_MAXIMUM = _value("spot.min_max_price")  # $ per hour; EC2 wants more than this
DEFAULT_MAXIMUM = _value("spot.default_max_price_share")  # % of On-Demand
WEEK_H = 168
SEEDS = range(1, 11)
SAMPLE = synthetic_history(ON_DEMAND, Random(7))


def _spread(numbers):
    """`3` or `2 to 5`."""
    low, high = min(numbers), max(numbers)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _hours(hours):
    """Hours, or that there are too many to matter."""
    return f"{words.num(float(hours))} h" if hours <= 10_000 else "more than 10,000 h"


# --- one run, charged -------------------------------------------------------------------------------------------


@explorable(
    "What one run is charged for",
    run_s=Slider("The run lasts", 20, min=1, max=7200, unit="s", log=True),
    ended_by=Choice("It ends because", "you", {"you": "you end it", "ec2": "Spot: EC2 takes it back"}),
    system=Choice("Billed", "second", {"second": "by the second", "hour": "by the hour (SUSE on Spot)"}),
    runs=Slider("Runs a day", 100, min=1, max=1000, log=True),
)
def one_run(run_s, ended_by, system, runs):
    setting = {"whole_hours": system == "hour", "ec2_interrupts": ended_by == "ec2"}
    charged = charged_s(run_s, BILLING, **setting)
    share = 1 - TYPICAL_DISCOUNT if ended_by == "ec2" else 1
    day = charged * runs * ON_DEMAND * share / 3600
    shown_s = 180 if run_s <= 120 else 7200
    lengths = sorted({s for s in (1, 59, 60, 61, 180, 600, 1800, 3599, 3600, 3601, 5400, 7199, 7200) if s <= shown_s})
    waste = max(0, charged - run_s)
    how = "You end" if ended_by == "you" else "EC2 takes back"
    return View(
        charts.charge(lengths, [charged_s(s, BILLING, **setting) for s in lengths], run_s, charged),
        f"{how} the run after {run_s:,} s and are charged for {charged:,} s; for {words.plural(runs, 'such run')} "
        f"a day that is {words.usd(day)}."
        if ended_by == "you"
        else f"{how} the run after {run_s:,} s and charges {charged:,} s; for {words.plural(runs, 'such run')} a day "
        f"that is {words.usd(day)} at the Spot price of this example.",
        Table(
            ("Quantity", "Value"),
            (
                ("Used", f"{run_s:,} s"),
                ("Charged", f"{charged:,} s"),
                ("Charged and not used", f"{waste:,} s"),
                ("Runs a day", f"{runs:,}"),
                ("Cost a day", words.usd(day)),
            ),
        ),
        (
            Goal("Pay for exactly the seconds you use", charged == run_s),
            Goal("Work for half an hour or more without being charged", charged == 0 and run_s >= 1800),
        ),
    )


# --- two worlds -------------------------------------------------------------------------------------------------


MOST_WEEKS = 6


@lru_cache(maxsize=10)
def _longest(seed):
    """Both markets over the most weeks. Hours are drawn one after the other, so fewer weeks are the first of these."""
    hours = MOST_WEEKS * WEEK_H
    return bidding_prices(hours, Random(seed)), smoothed_prices(hours, Random(1000 + seed))


def _market(seed, weeks):
    bidding, today = _longest(seed)
    return bidding[: weeks * WEEK_H], today[: weeks * WEEK_H]


@lru_cache(maxsize=64)
def _gone(seed, per_week):
    return reclaims(MOST_WEEKS * WEEK_H, per_week, Random(2000 + seed))


@lru_cache(maxsize=64)
def _lines(seed, weeks):
    bidding, today = _market(seed, weeks)
    return charts.price_line(bidding, 90), charts.price_line(today, 40)  # today's moves slowly


@lru_cache(maxsize=64)
def _bidding_rises(seed, weeks):
    return rises(_market(seed, weeks)[0])


@lru_cache(maxsize=64)
def _todays_rises(seed, weeks, per_week):
    return rises(_market(seed, weeks)[1], _gone(seed, per_week))


@explorable(
    "Two Spot markets (synthetic prices)",
    maximum=Slider("Maximum price", DEFAULT_MAXIMUM, min=10, max=1000, unit="% of On-Demand", log=True),
    reclaims_a_week=Slider("EC2 takes it back", 1, min=0, max=7, step=0.5, unit="times a week"),
    weeks=Slider("Weeks", 4, min=1, max=MOST_WEEKS),
    seed=Slider("Seed", 1, min=1, max=10),
)
def spot_market(maximum, reclaims_a_week, weeks, seed):
    share = maximum / 100
    bidding, today = _market(seed, weeks)
    stays = hold_hours(bidding, share), hold_hours(today, share, _gone(seed, reclaims_a_week))
    spreads = (
        _spread([_bidding_rises(other, weeks).stops(share) for other in SEEDS]),
        _spread([_todays_rises(other, weeks, reclaims_a_week).stops(share) for other in SEEDS]),
    )
    hours = weeks * WEEK_H
    rows = []
    for name, of in (
        ("Running hours", lambda s: f"{s.running_h:,} of {hours:,}"),
        ("Interruptions by price", lambda s: f"{s.by_price:,}"),
        ("Interruptions by capacity", lambda s: f"{s.by_capacity:,}"),
        ("Cost", lambda s: words.usd(s.cost * ON_DEMAND)),
        ("The same hours On-Demand", lambda s: words.usd(s.running_h * ON_DEMAND)),
        ("Saved", lambda s: words.percent(1 - s.cost / s.running_h) if s.running_h else "never ran"),
    ):
        rows.append((name, of(stays[0]), of(stays[1])))
    rows.append(("Interruptions, seeds 1 to 10", *spreads))
    stops = [stay.by_price + stay.by_capacity for stay in stays]
    return View(
        charts.two_worlds(_lines(seed, weeks), share, stays),
        f"With a maximum of {maximum:,} % of On-Demand, the bidding market interrupts {words.plural(stops[0], 'time')} "
        f"and runs {stays[0].running_h:,} of {hours:,} hours; today's interrupts {words.plural(stops[1], 'time')}, "
        f"{stays[1].by_price:,} of them by price, and runs {stays[1].running_h:,}. Prices are synthetic; interruptions "
        f"over ten seeds: {spreads[0]} then and {spreads[1]} today.",
        Table(("Quantity", "Bidding (before December 2017)", "Today"), tuple(rows)),
        (
            Goal("Bid so high that the old market never interrupts", stops[0] == 0 and stays[0].running_h == hours),
            Goal("Make today's market interrupt you by price", stays[1].by_price > 0),
            Goal("Run every hour of both worlds", all(stay.running_h == hours for stay in stays)),
        ),
    )


# --- checkpoints ------------------------------------------------------------------------------------------------


@cache
def _intervals():
    """Hours, 1 minute to a day, evenly by ratio."""
    return tuple(1440 ** (i / 40) / 60 for i in range(41))


@lru_cache(maxsize=32)
def _runs(job):
    return sorted(simulate(job, Random(seed)) for seed in range(1, 21))


@lru_cache(maxsize=32)
def _curve(work, checkpoint, restart, between, notice):
    """(minutes between checkpoints, hours until done on average)."""
    every = [i for i in _intervals() if i <= work]
    return [(60 * i, _on_average(Job(work, i, checkpoint, restart, between), notice).total) for i in every]


def _on_average(job, notice):
    return expected_with_notice(job) if notice else expected(job)


@explorable(
    "Work lost and work saved",
    interval_min=Slider("Checkpoint every", 480, min=5, max=1440, step=5, unit="min", log=True),
    checkpoint_s=Slider("Writing one takes", 60, min=5, max=900, step=5, unit="s", log=True),
    between_h=Slider("Between interruptions", 12, min=2, max=168, unit="h (mean)", log=True),
    work_h=Slider("Work of the job", 24, min=2, max=72, unit="h"),
    use_notice=Toggle("Save once more at the notice", False),
)
def checkpointing(interval_min, checkpoint_s, between_h, work_h, use_notice):
    job = Job(work_h, interval_min / 60, checkpoint_s / 3600, 0.1, between_h)
    fits = checkpoint_s <= NOTICE_S
    notice = use_notice and fits
    toll = _on_average(job, notice)
    bare = expected(replace(job, interval=work_h))
    best = young(job.checkpoint, job.between)
    at_best = _on_average(replace(job, interval=min(best, work_h)), notice)
    curve = _curve(work_h, job.checkpoint, job.restart, between_h, notice)
    runs = [hours for hours in _runs(job) if math.isfinite(hours)]
    never = f"some not after {MAX_ATTEMPTS} interruptions"
    ends = f"{words.num(runs[0])} to {words.num(runs[-1])} h" if len(runs) == 20 else never
    spot = toll.total * ON_DEMAND * (1 - TYPICAL_DISCOUNT)
    without = "without any, not even at the notice," if notice else "without any"
    said = (
        " A checkpoint written at the notice saves all work."
        if notice
        else f" The notice of {NOTICE_S:,} s is too short to write {checkpoint_s:,} s of checkpoint."
        if use_notice
        else ""
    )
    return View(
        charts.time_to_done(curve, (interval_min, toll.total), [] if notice else runs, 60 * best, work_h),
        f"A job of {work_h:,} h takes {_hours(toll.total)} on average and loses {_hours(toll.lost)} of work, "
        f"with a checkpoint every {interval_min:,} min; {without} it takes {_hours(bare.total)}. Young's rule "
        f"says every {words.num(60 * best)} min.{said}",
        Table(
            ("Quantity", "Value"),
            (
                ("Hours until done, on average", f"{_hours(toll.total)}"),
                ("of which work", f"{work_h:,} h"),
                ("of which writing checkpoints", f"{_hours(toll.checkpoints)}"),
                ("of which lost work, done again", f"{_hours(toll.lost)}"),
                ("of which restarts", f"{_hours(toll.restarts)}"),
                ("20 simulated runs without the notice", ends),
                ("Without any checkpoint", f"{_hours(bare.total)}"),
                ("Young's interval", f"{words.num(60 * best)} min"),
                ("Hours at Young's interval", f"{_hours(at_best.total)}"),
                ("Cost on Spot (example price)", words.usd(spot)),
                ("Cost On-Demand, never interrupted", words.usd(work_h * ON_DEMAND)),
                ("Notice", f"{NOTICE_S:,} s"),
            ),
        ),
        (
            Goal("Lose less than half an hour of work", toll.lost < 0.5),
            Goal("Come within 10 % of Young's interval", abs(60 * best - interval_min) <= 6 * best),
            Goal("Make Spot dearer than On-Demand", spot > work_h * ON_DEMAND),
        ),
    )  # fmt: skip


# --- pools ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _pools(count, seed):
    return make_pools(count, Random(seed))


@lru_cache(maxsize=256)
def _placed(count, seed, target, strategy, cheapest_pools):
    return allocate(_pools(count, seed), target, strategy, cheapest_pools)


@explorable(
    "How much one reclaim takes",
    strategy=Choice("Allocation strategy", "lowest-price", {name: name for name in STRATEGIES}),
    target=Slider("Instances", 20, min=2, max=60),
    pools=Slider("Pools allowed", 6, min=1, max=12),
    cheapest_pools=Slider("Pools to use (lowest-price)", 1, min=1, max=6),
    taken=Slider("Taken of a pool", 100, min=10, max=100, step=10, unit="%"),
    seed=Slider("Seed", 1, min=1, max=10),
)
def reclaim(strategy, target, pools, cheapest_pools, taken, seed):
    made, share = _pools(pools, seed), taken / 100
    counts = _placed(pools, seed, target, strategy, cheapest_pools)
    placed = sum(counts)
    hit = counts.index(max(counts))
    after = [n - lost(n, share) if i == hit else n for i, n in enumerate(counts)]
    worst = worst_loss(counts, share)
    mean = expected_loss(made, counts, share)
    rows, spreads = [], {}
    for name in STRATEGIES:
        theirs = _placed(pools, seed, target, name, cheapest_pools)
        every = [worst_loss(_placed(pools, other, target, name, cheapest_pools), share) for other in SEEDS]
        spreads[name] = _spread(every)
        rows.append(
            (name, f"{sum(theirs):,}", f"{sum(n > 0 for n in theirs):,}", words.usd(price_of(made, theirs) * ON_DEMAND),
             f"{worst_loss(theirs, share):,}", words.num(float(expected_loss(made, theirs, share))), spreads[name])
        )  # fmt: skip
    cost, low = (price_of(made, c) for c in (counts, allocate(made, target, "lowest-price", 1)))
    short = "" if placed == target else "EC2 has no capacity for the rest. "
    return View(
        charts.pool_bars([p.name for p in made], counts, after, [p.price for p in made]),
        f"{strategy} puts {placed:,} of {target:,} instances into {words.plural(sum(n > 0 for n in counts), 'pool')} "
        f"for {words.usd(cost * ON_DEMAND)} an hour; a reclaim of the fullest pool takes {worst:,}, one somewhere in "
        f"these pools {words.num(float(mean))} on average. {short}Pools and prices are synthetic; over ten seeds the "
        f"worst is {spreads[strategy]}.",
        Table(
            (
                "Strategy",
                "Placed",
                "Pools",
                "Cost an hour",
                "Worst reclaim takes",
                "On average",
                "Worst, seeds 1 to 10",
            ),
            tuple(rows),
        ),
        (
            Goal("Lose at most a quarter of the fleet to the worst reclaim", worst * 4 <= placed == target),
            Goal(
                "Lose at most half, for at most 20 % more than the lowest price",
                worst * 2 <= placed == target and cost <= 1.2 * low,
            ),
            Goal("Ask for more than these pools have", placed < target),
        ),
    )


# --- a month ----------------------------------------------------------------------------------------------------


CONVERTIBLE_OVER_STANDARD = {  # no copy of today's Convertible price was found, so the ratio of 2019
    1: ("price2019.m5_convertible_1y_month", "price2019.m5_standard_1y_month"),
    3: ("price2019.m5_convertible_3y_month", "price2019.m5_standard_3y_month"),
}


def offers_for(years, discount, redone, on_host):
    standard = _value({1: "price.standard_1y", 3: "price.standard_3y"}[years])
    over, under = CONVERTIBLE_OVER_STANDARD[years]
    convertible = _value(over) / _value(under)
    plan = (Offer("Compute Savings Plan", _value("price.compute_plan_1y"), True),) if years == 1 else ()
    return (
        Offer("On-Demand", ON_DEMAND, False),
        Offer("Standard Reserved", standard, True),
        Offer("Convertible (estimate)", standard * convertible, True),
        *plan,
        Offer("Spot", spot_rate(ON_DEMAND, discount / 100, redone / 100), False, True),
        Offer("Own server (stand-in)", host_rate(_value("price.bare_metal"), on_host), False),
    )


@explorable(
    "Which way of paying is cheapest",
    hours=Slider("Hours of work a month", 200, min=0, max=MONTH_H, unit="h"),
    term=Choice("Commitment", "1", {"1": "1 year", "3": "3 years"}),
    interruptible=Toggle("The work may be interrupted", False),
    discount=Slider("Spot discount", _value("spot.typical_discount_low"), min=0,
                    max=_value("spot.max_discount"), unit="%", source="launch-types.spot.max_discount"),
    redone=Slider("Work done twice on Spot", 10, min=0, max=200, step=5, unit="%"),
    on_host=Slider("Instances on your server", 12, min=1, max=_value("price.instances_per_server"),
                   source="launch-types.price.instances_per_server"),
)  # fmt: skip
def month(hours, term, interruptible, discount, redone, on_host):
    offers = offers_for(int(term), discount, redone, on_host)
    on_demand = offers[0]
    open_to_you = [o for o in offers if interruptible or not o.can_be_taken_away]
    best = cheapest(open_to_you, hours)
    rows = []
    for offer in offers:
        turn = break_even_h(offer, on_demand) if offer.committed else None
        beats = (
            f"from {words.num(turn)} h" if offer.committed
            else "-" if offer is on_demand
            else "always" if offer.rate < on_demand.rate
            else "the same" if offer.rate == on_demand.rate
            else "never"
        )  # fmt: skip
        rows.append((offer.name, f"${offer.rate:.5f}", words.usd(month_cost(offer, hours)), beats))
    standard = break_even_h(offers[1], on_demand)
    worked = words.plural(hours, "hour")
    instead = "" if best is on_demand else f", against {words.usd(month_cost(on_demand, hours))} On-Demand"
    spot, server = (next(o for o in offers if o.name.startswith(name)) for name in ("Spot", "Own server"))
    return View(
        charts.months(
            [o.name for o in offers], [(month_cost(o, 0), month_cost(o, MONTH_H)) for o in offers], MONTH_H, hours
        ),
        f"For {worked} a month the cheapest is {best.name} at {words.usd(month_cost(best, hours))}{instead}. "
        f"A Standard Reserved Instance pays from {words.num(standard)} hours on.",
        Table(("Way of paying", "$ per hour", f"{worked} a month", "Beats On-Demand"), tuple(rows)),
        (
            Goal("Make a commitment the cheapest for work that may not be interrupted",
                 best.committed and not interruptible),
            Goal("Make Spot dearer than On-Demand", spot.rate > ON_DEMAND),
            Goal("Fill your server until an hour on it costs no more than On-Demand", server.rate <= ON_DEMAND),
        ),
    )  # fmt: skip


# --- a promise of dollars


@explorable(
    "How much to promise",
    commitment=Slider("You promise", 1.5, min=0, max=4, step=0.01, unit="$ per hour"),
    night=Slider("Instances at night", 4, min=0, max=12),
    busy=Slider("Instances in busy hours", 16, min=0, max=24),
    busy_h=Slider("Busy hours a day", 8, min=0, max=24, unit="h"),
)
def savings_plan(commitment, night, busy, busy_h):
    plan = _value("price.compute_plan_1y")
    first = 12 - (busy_h + 1) // 2
    counts = [busy if first <= hour < first + busy_h else night for hour in range(24)]
    bills = day(counts, ON_DEMAND, plan, commitment)
    total, unused, overflow = (math.fsum(getattr(b, of) for b in bills) for of in ("total", "unused", "overflow"))
    plain = math.fsum(counts) * ON_DEMAND
    total, plain = round(total, 9), round(plain, 9)  # two roads to one bill differ by the dust of their sums
    best = best_commitment(counts, ON_DEMAND, plan)
    least = math.fsum(b.total for b in day(counts, ON_DEMAND, plan, best))
    verdict = "saves" if total <= plain else "wastes"
    return View(
        charts.plan_day(bills, [n * ON_DEMAND for n in counts]),
        f"A Compute Savings Plan of ${commitment:.2f} an hour makes the day cost {words.usd(total)}, against "
        f"{words.usd(plain)} without it: it {verdict} {words.usd(abs(plain - total))}. {words.usd(unused)} of the "
        f"promise go unused.",
        Table(
            ("Quantity", "A day"),
            (
                ("Promise", f"${commitment:.2f} an hour"),
                ("With the plan", words.usd(total)),
                ("Without it", words.usd(plain)),
                ("The difference", words.usd(abs(plain - total))),
                ("Promise unused", words.usd(unused)),
                ("On-Demand on top", words.usd(overflow)),
                ("Cheapest promise", f"${best:.3f} an hour"),
                ("The day at the cheapest promise", words.usd(least)),
            ),
        ),
        (
            Goal("Leave nothing of a promise unused", commitment > 0 and unused < 0.005),
            Goal("Come within 1 % of the cheapest day, with a promise", commitment > 0 and total <= 1.01 * least),
        ),
    )


# --- your own data ----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _read(text):
    return parse(text)


@explorable(
    "A Spot price history (synthetic until you open yours)",
    history=Text("History: JSON of the AWS CLI (this one is synthetic)", SAMPLE, max_chars=2_000_000, rows=6,
                 accept=".json"),
    maximum=Slider("Maximum price", ON_DEMAND, min=LEAST_MAXIMUM, max=100, step=0.0001, unit="$ per hour", log=True),
    on_demand=Slider("On-Demand price of the type", ON_DEMAND, min=0.001, max=100, step=0.0001, unit="$ per hour",
                     log=True),
)  # fmt: skip
def spot_history(history, maximum, on_demand):
    try:
        read = _read(history)
    except HistoryError as error:
        raise ControlError(f"history: {error}") from None
    synthetic = any(series.synthetic for series in read.series)
    helds = [hold(series.points, read.end, maximum) for series in read.series]
    rows = []
    for series, held in zip(read.series, helds, strict=True):
        saved = words.percent(1 - held.cost / (held.running_h * on_demand)) if held.running_h else "-"
        rows.append(
            (series.name, words.num((read.end - series.points[0][0]) / 86_400), f"{held.changes:,}",
             f"${held.mean:.4f}",
             f"{words.num(float(held.running_h))} of {words.num(float(held.hours))}", f"{held.interruptions:,}",
             words.usd(held.cost), saved)
        )  # fmt: skip
    best = min(range(len(helds)), key=lambda i: (-helds[i].running_h, helds[i].mean))
    calm, held = read.series[best], helds[best]
    days = (read.end - read.start) / 86_400
    left = f" {words.plural(read.left_out, 'pool')} more in the file are not shown." if read.left_out else ""
    if maximum <= LEAST_MAXIMUM:
        left += f" EC2 refuses this maximum (InvalidParameterValue): it has to be more than ${LEAST_MAXIMUM}."
    named = "Synthetic history, made for this book: " if synthetic else "Your history: "
    return View(
        charts.history_lines(read, maximum),
        f"{named}{words.plural(len(read.series), 'pool')} over {words.num(days)} days. At a maximum of ${maximum:.4f} "
        f"an hour, {calm.name} would run {words.num(held.running_h)} of {words.num(held.hours)} hours for "
        f"{words.usd(held.cost)}, with {words.plural(held.interruptions, 'interruption')} by price.{left}",
        Table(
            ("Pool", "Days", "Changes", "Mean price", "Hours run", "Interruptions by price", "Cost", "Saved"),
            tuple(rows),
        ),
        (
            Goal("Set a maximum that some pool exceeds", any(h.running_h < h.hours for h in helds)),
            Goal("Open a history of your own", not synthetic),
        ),
    )
