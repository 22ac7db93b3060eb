"""The Spot models: two markets, checkpoints against theory, pools against counting out."""

import math
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from awsbook.topics.launch_types.model_checkpoint import (
    Job,
    expected,
    expected_with_notice,
    pieces,
    simulate,
    young,
)
from awsbook.topics.launch_types.model_fleet import (
    STRATEGIES,
    Pool,
    allocate,
    chances,
    expected_loss,
    lost,
    make_pools,
    price_of,
    worst_loss,
)
from awsbook.topics.launch_types.model_market import bidding_prices, hold, reclaims, rises, smoothed_prices

# --- two markets

seeds = st.integers(0, 10**6)
maxima = st.floats(0.05, 12)


@given(seeds, st.integers(1, 400))
def test_prices_are_positive_bounded_and_the_same_for_the_same_seed(seed, hours):
    bidding, today = bidding_prices(hours, Random(seed)), smoothed_prices(hours, Random(seed))
    assert len(bidding) == len(today) == hours
    assert all(0 < price <= 10 for price in bidding)
    assert all(0.1 <= price <= 1 for price in today)
    assert bidding == bidding_prices(hours, Random(seed))


@given(seeds, maxima, maxima)
def test_a_higher_maximum_never_runs_fewer_hours(seed, one, other):
    prices = bidding_prices(300, Random(seed))
    low, high = sorted((one, other))
    assert hold(prices, low).running_h <= hold(prices, high).running_h


@given(seeds, maxima, st.floats(0, 7))
def test_holding_agrees_with_walking_hour_by_hour(seed, maximum, per_week):
    """Another road: a plain walk through the hours."""
    prices = bidding_prices(336, Random(seed))
    gone = reclaims(336, per_week, Random(seed + 1))
    stay = hold(prices, maximum, gone)
    running = price_stops = capacity_stops = 0
    cost, was = 0.0, False
    for hour, price in enumerate(prices):
        now = price <= maximum and hour not in gone
        running += now
        cost += price if now else 0
        if was and not now:
            price_stops += price > maximum
            capacity_stops += price <= maximum
        was = now
    assert (stay.running_h, stay.by_price, stay.by_capacity) == (running, price_stops, capacity_stops)
    assert math.isclose(stay.cost, cost)


@given(seeds, maxima, st.floats(0, 7))
def test_the_rises_of_a_series_know_how_often_it_interrupts(seed, maximum, per_week):
    for make in (bidding_prices, smoothed_prices):
        prices, gone = make(336, Random(seed)), reclaims(336, per_week, Random(seed + 1))
        stay = hold(prices, maximum, gone)
        assert rises(prices, gone).stops(maximum) == len(stay.interrupted_at)
        at_a_price = hold(prices, prices[100], gone)  # a maximum that is just reached does not stop it
        assert rises(prices, gone).stops(prices[100]) == len(at_a_price.interrupted_at)


@given(seeds, st.integers(1, 1007), st.floats(0, 7))
def test_fewer_weeks_are_the_first_of_more(seed, hours, per_week):
    for make in (bidding_prices, smoothed_prices):
        assert make(hours, Random(seed)) == make(1008, Random(seed))[:hours]
    long, short = (reclaims(each, per_week, Random(seed)) for each in (1008, hours))
    assert short == {hour for hour in long if hour < hours}


@given(seeds)
def test_today_the_default_maximum_never_interrupts_by_price(seed):
    assert hold(smoothed_prices(672, Random(seed)), 1.0).by_price == 0


def test_the_old_market_jumps_and_todays_does_not():
    """The shape the two are meant to have: the largest step between hours, over ten seeds."""

    def largest(make):
        return max(abs(b / a - 1) for seed in range(10) for a, b in pairwise(make(672, Random(seed))))

    assert largest(bidding_prices) > 2
    assert largest(smoothed_prices) < 0.15


def test_reclaims_come_as_often_as_asked():
    """A Poisson process with 2 a week over 400 weeks: 800 give or take four standard deviations."""
    hours = 400 * 168
    gone = reclaims(hours, 2, Random(5), gap_h=1.0)
    starts = sum(hour - 1 not in gone for hour in gone)
    assert 680 < starts < 900


def test_markets_refuse_what_makes_no_sense():
    for call in (
        lambda: bidding_prices(0, Random(1)),
        lambda: smoothed_prices(0, Random(1)),
        lambda: reclaims(10, -1, Random(1)),
        lambda: hold([0.3], 0),
    ):
        with pytest.raises(ValueError, match="need"):
            call()


# --- checkpoints

jobs = st.builds(
    Job,
    work=st.floats(1, 100),
    interval=st.floats(0.1, 30),
    checkpoint=st.floats(0.001, 0.3),
    restart=st.floats(0, 0.5),
    between=st.floats(3, 200),
)


@given(jobs)
def test_the_hours_add_up_to_dalys_formula(job):
    """Daly 2006: M exp(R/M) (exp(s/M) - 1) for each piece of s hours."""
    full, piece, last = pieces(job)
    daly = (
        job.between
        * math.exp(job.restart / job.between)
        * (full * math.expm1(piece / job.between) + math.expm1(last / job.between))
    )
    assert math.isclose(expected(job).total, daly, rel_tol=1e-6)


@given(jobs)
def test_a_job_never_takes_less_than_its_work_and_calmer_times_never_hurt(job):
    assert expected(job).total >= job.work
    assert expected(replace(job, between=2 * job.between)).total <= expected(job).total * (1 + 1e-9)
    assert expected_with_notice(job).lost == 0


@given(jobs)
def test_pieces_hold_all_the_work(job):
    full, piece, last = pieces(job)
    assert math.isclose(full * (piece - job.checkpoint) + last, job.work, rel_tol=1e-9)
    assert last <= job.interval * (1 + 1e-6)


JOB = Job(work=24, interval=2, checkpoint=1 / 30, restart=0.1, between=6)


@pytest.mark.parametrize(
    ("job", "most"),
    [
        (JOB, 0.01),
        (replace(JOB, interval=0.1), 0.01),
        (replace(JOB, interval=12), 0.05),
        (replace(JOB, between=1), 0.05),
    ],
)
def test_the_simulation_agrees_with_theory(job, most):
    """4,000 runs against the closed form, within four standard errors. Known error for a job that goes well: 1 %."""
    rng = Random(11)
    runs = [simulate(job, rng) for _ in range(4000)]
    mean = math.fsum(runs) / len(runs)
    error = abs(mean / expected(job).total - 1)
    spread = math.sqrt(math.fsum((run - mean) ** 2 for run in runs) / len(runs))
    assert error < 4 * spread / mean / math.sqrt(len(runs))
    assert error < most


@given(st.floats(0.002, 0.5), st.floats(5, 200))
@settings(max_examples=60)
def test_youngs_interval_costs_at_most_three_per_cent_more_than_the_best(checkpoint, between):
    """Known error of Young's rule, for checkpoints up to a tenth of the mean time between interruptions.

    The best is found by trying 400 intervals, for work in whole pieces (a cost an hour of work).
    """
    assume(checkpoint <= 0.1 * between)

    def an_hour(interval):
        return between * math.expm1((interval + checkpoint) / between) / interval

    best = min(an_hour(0.05 * between * 1.02**i * math.sqrt(checkpoint / between)) for i in range(400))
    assert an_hour(young(checkpoint, between)) <= 1.03 * best


def test_youngs_rule_without_the_two_is_noticed():
    """Planted fault: sqrt(checkpoint * between) is dearer than Young's rule."""
    job = replace(JOB, work=2400)
    wrong = math.sqrt(job.checkpoint * job.between)
    right = young(job.checkpoint, job.between)
    assert expected(replace(job, interval=wrong)).total > expected(replace(job, interval=right)).total


def test_a_hopeless_job_is_given_up():
    assert simulate(Job(50, 50, 0.01, 0, 1), Random(1)) == math.inf


def test_a_job_of_no_work_is_refused():
    with pytest.raises(ValueError, match="times > 0"):
        Job(0, 1, 1, 0, 1)


# --- pools

fleets = st.tuples(st.integers(1, 12), seeds, st.integers(0, 80), st.integers(1, 6))


@given(fleets, st.sampled_from(sorted(STRATEGIES)))
def test_no_pool_gives_more_than_it_has_and_nothing_is_left_unasked(fleet, strategy):
    count, seed, target, cheapest = fleet
    pools = make_pools(count, Random(seed))
    counts = allocate(pools, target, strategy, cheapest)
    assert all(0 <= n <= pool.spare for n, pool in zip(counts, pools, strict=True))
    assert sum(counts) == min(target, sum(pool.spare for pool in pools))


@given(fleets)
def test_nothing_is_cheaper_than_lowest_price_and_nothing_spreads_wider_than_diversified(fleet):
    count, seed, target, _ = fleet
    pools = make_pools(count, Random(seed))
    low = price_of(pools, allocate(pools, target, "lowest-price"))
    flat = worst_loss(allocate(pools, target, "diversified"), 1.0)
    for strategy in STRATEGIES:
        counts = allocate(pools, target, strategy)
        assert price_of(pools, counts) >= low - 1e-9
        assert worst_loss(counts, 1.0) >= flat


@given(st.integers(1, 6), seeds, st.integers(1, 12), st.sampled_from(sorted(STRATEGIES)))
@settings(max_examples=40)
def test_the_expected_loss_agrees_with_counting_every_tenth_of_a_reclaim(count, seed, target, strategy):
    """Another road: 4,000 drawn reclaims, within five standard errors."""
    pools = make_pools(count, Random(seed))
    counts = allocate(pools, target, strategy)
    rng = Random(seed)
    draws = [lost(counts[i], 0.5) for i in rng.choices(range(count), chances(pools), k=4000)]
    mean = sum(draws) / len(draws)
    spread = math.sqrt(sum((d - mean) ** 2 for d in draws) / len(draws))
    assert abs(mean - expected_loss(pools, counts, 0.5)) <= 5 * spread / math.sqrt(len(draws)) + 0.02


@given(fleets)
def test_levels_are_what_comes_of_placing_one_instance_after_the_other(fleet):
    """Another road to the two strategies that look at the fleet as it fills."""
    count, seed, target, _ = fleet
    pools = make_pools(count, Random(seed))
    for strategy, wanted in (("diversified", lambda n, spare: -n), ("capacity-optimized", lambda n, spare: spare - n)):
        counts = [0] * count
        for _ in range(target):
            free = [i for i in range(count) if counts[i] < pools[i].spare]
            if free:
                counts[max(free, key=lambda i: wanted(counts[i], pools[i].spare))] += 1
        assert allocate(pools, target, strategy) == counts


def test_each_strategy_picks_the_pools_it_is_named_for():
    pools = (Pool("A", 0.3, 10), Pool("B", 0.4, 50), Pool("C", 0.5, 60), Pool("D", 0.35, 12))
    assert allocate(pools, 8, "lowest-price") == [8, 0, 0, 0]
    assert allocate(pools, 8, "lowest-price", 2) == [4, 0, 0, 4]
    assert allocate(pools, 8, "diversified") == [2, 2, 2, 2]
    assert allocate(pools, 8, "capacity-optimized") == [0, 0, 8, 0]
    assert allocate(pools, 8, "price-capacity-optimized") == [0, 8, 0, 0]


def test_a_strategy_that_forgets_capacity_is_noticed():
    """Planted fault: the cheapest of all pools is not the cheapest of the deep ones."""
    pools = (Pool("A", 0.3, 10), Pool("B", 0.4, 50))
    assert allocate(pools, 8, "price-capacity-optimized") != allocate(pools, 8, "lowest-price")


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ValueError, match="lowest-price"):
        allocate(make_pools(2, Random(1)), 5, "cheapest")
    with pytest.raises(ValueError, match="count"):
        make_pools(0, Random(1))
