"""Load balancing, traffic: queues, checks, cookies, zones and draining against theory and brute force."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from awsbook.topics.load_balancing import model_draining as draining
from awsbook.topics.load_balancing import model_health as health
from awsbook.topics.load_balancing import model_queueing as queueing
from awsbook.topics.load_balancing import model_sticky as sticky
from awsbook.topics.load_balancing import model_zones as zones

# --- queues

WORK = queueing.Work(0.1)


def mean(values):
    return math.fsum(values) / len(values)


def measured(policy, rate, work, targets, runs=16, requests=8000):
    return mean(
        [
            mean(queueing.serve(policy, queueing.stream(rate, work, requests, random.Random(s)), targets, work.lame)
                 .latency)
            for s in range(runs)
        ]
    )  # fmt: skip


def theory(policy, rate, work, targets):
    if policy == "weighted_random":
        return queueing.random_latency(rate, work, targets)
    formula = queueing.round_robin_latency if policy == "round_robin" else queueing.one_line_latency
    return formula(rate, work.mean_s, targets)


@pytest.mark.parametrize("targets", [1, 4, 12])
@pytest.mark.parametrize("busy", [0.5, 0.7])
@pytest.mark.parametrize("policy", ["weighted_random", "round_robin", "one_line"])
def test_the_runs_agree_with_the_closed_forms(policy, busy, targets):
    """The known error: 16 runs of 8,000 requests come within 6 % of theory."""
    rate = busy * targets / WORK.mean_s
    assert measured(policy, rate, WORK, targets) == pytest.approx(theory(policy, rate, WORK, targets), rel=0.06)


@pytest.mark.parametrize("targets", [2, 4, 12])
@pytest.mark.parametrize("policy", ["weighted_random", "round_robin", "one_line"])
def test_short_runs_as_on_the_page_are_right_up_to_80_per_cent(policy, targets):
    """The known error: runs of 2,000 requests from an empty start come within 7 % of theory on average."""
    rate = 0.8 * targets / WORK.mean_s
    assert measured(policy, rate, WORK, targets, 40, 2000) == pytest.approx(
        theory(policy, rate, WORK, targets), rel=0.07
    )


@pytest.mark.parametrize("policy", [*queueing.POLICIES, "one_line"])
def test_what_comes_later_changes_nothing_for_the_first(policy):
    """So that the first requests of a run may be shown before the others are served."""
    long = queueing.stream(60, WORK, 120, random.Random(3))
    short = queueing.stream(60, WORK, 100, random.Random(3))
    # a fifth is left out: 24 of the one, 20 of the other
    first, whole = queueing.serve(policy, short, 4).latency[4:], queueing.serve(policy, long, 4).latency[:76]
    assert first == pytest.approx(whole)


def test_serving_in_parts_is_serving():
    came = queueing.stream(60, WORK, 1000, random.Random(1))
    runs = []

    def served():
        runs.append((yield from queueing.serving("round_robin", came, 4)))

    assert list(served()) == [i / 10 for i in range(1, 10)]
    assert runs == [queueing.serve("round_robin", came, 4)]


def test_short_runs_are_too_low_when_many_targets_are_nearly_full():
    """The known error: 12 targets at 90 %, where 2,000 requests end before the queues have grown."""
    rate = 0.9 * 12 / WORK.mean_s
    assert (
        0.7 < measured("weighted_random", rate, WORK, 12, 40, 2000) / theory("weighted_random", rate, WORK, 12) < 0.85
    )


def test_slow_requests_and_a_lame_target_agree_with_pollaczek_and_khinchine():
    work = queueing.Work(0.1, 0.1, 5, 1.5)
    rate = 0.4 * 4 / work.moments[0]
    assert measured("weighted_random", rate, work, 4) == pytest.approx(queueing.random_latency(rate, work, 4), rel=0.06)


def test_a_single_target_has_one_formula_by_three_roads():
    """M/M/1: work over idle share."""
    for formula in (queueing.round_robin_latency, queueing.one_line_latency):
        assert formula(7, 0.1, 1) == pytest.approx(0.1 / 0.3)
    assert queueing.random_latency(7, WORK, 1) == pytest.approx(0.1 / 0.3)


@given(st.integers(1, 20), st.floats(0.05, 0.95))
def test_one_line_beats_round_robin_which_beats_random(targets, busy):
    rate = busy * targets / 0.1
    line, turn = queueing.one_line_latency(rate, 0.1, targets), queueing.round_robin_latency(rate, 0.1, targets)
    assert 0.1 <= line <= turn * (1 + 1e-9)
    assert turn <= queueing.random_latency(rate, WORK, targets) * (1 + 1e-9)


def test_an_overloaded_group_waits_for_ever():
    assert math.isinf(queueing.one_line_latency(50, 0.1, 5))
    assert math.isinf(queueing.round_robin_latency(50, 0.1, 5))
    assert math.isinf(queueing.random_latency(30, replace(WORK, lame=2.0), 4))


@pytest.mark.parametrize(("targets", "busy"), [(4, 0.8), (8, 0.5)])
def test_least_outstanding_requests_lies_between_one_line_and_round_robin(targets, busy):
    """It has no closed form; it comes within 20 % of the best, and never reaches it."""
    rate = busy * targets / 0.1
    least = measured("least_outstanding_requests", rate, WORK, targets)
    assert queueing.one_line_latency(rate, 0.1, targets) < least < queueing.round_robin_latency(rate, 0.1, targets)
    assert least < 1.2 * queueing.one_line_latency(rate, 0.1, targets)


def by_hand(policy, came, targets, lame):
    """The independent road, without an event queue: when each target is free again, request after request.

    The recursions of Lindley, 1952 (a line each), and of Kiefer and Wolfowitz, 1955 (one line for all).
    """
    free, ends, latency = [0.0] * targets, [[] for _ in range(targets)], []
    for number, (now, work, dice) in enumerate(zip(came.at, came.works, came.dice, strict=True)):
        lengths = [sum(end > now for end in line) for line in ends]
        ties = [t for t in range(targets) if lengths[t] == min(lengths)]
        target = {
            "round_robin": number % targets,
            "weighted_random": int(dice * targets),
            "least_outstanding_requests": ties[int(dice * len(ties))],
            "one_line": free.index(min(free)),
        }[policy]
        free[target] = max(free[target], now) + work * (lame if target == 0 else 1)
        ends[target].append(free[target])
        latency.append(free[target] - now)
    return latency[len(latency) // 5 :]


@pytest.mark.parametrize("lame", [1.0, 1.5])
@pytest.mark.parametrize("policy", [*queueing.POLICIES, "one_line"])
def test_simpy_gives_what_the_recursion_gives(policy, lame):
    """To the request, for one and the same stream."""
    came = queueing.stream(30, queueing.Work(0.1, 0.1, 4), 600, random.Random(5))
    run = queueing.serve(policy, came, 5, lame)
    assert run.latency == pytest.approx(by_hand(policy, came, 5, lame))


def test_a_wrong_rule_is_noticed():
    """Planted fault: a random pick is not the least outstanding."""
    came = queueing.stream(30, WORK, 600, random.Random(5))
    run = queueing.serve("weighted_random", came, 4)
    assert run.latency != pytest.approx(by_hand("least_outstanding_requests", came, 4, 1.0))


@given(st.sampled_from([*queueing.POLICIES, "one_line"]), st.integers(1, 8), st.integers(1, 99))
@settings(max_examples=30)
def test_no_latency_is_below_its_work_and_every_request_is_served(policy, targets, seed):
    came = queueing.stream(20, WORK, 100, random.Random(seed))
    run = queueing.serve(policy, came, targets)
    assert len(run.latency) == 80
    assert all(got >= took - 1e-12 for got, took in zip(run.latency, came.works[20:], strict=True))


def test_littles_law_holds_on_average():
    """In flight, as arrivals find it, is the rate times the latency."""
    rate = 0.8 * 4 / 0.1
    runs = [queueing.serve("round_robin", queueing.stream(rate, WORK, 8000, random.Random(s)), 4) for s in range(10)]
    flight = mean([math.fsum(r.flight) for r in runs])
    assert flight == pytest.approx(rate * mean([mean(r.latency) for r in runs]), rel=0.06)


def test_a_quantile_is_a_value_of_the_list():
    assert queueing.quantile((3.0, 1.0, 2.0), 0.5) == 2.0
    assert queueing.quantile((3.0, 1.0, 2.0), 0.99) == 3.0


# --- health

rules = st.builds(
    health.Rules, st.integers(5, 300), st.integers(2, 120), st.integers(2, 10), st.integers(2, 10)
).filter(health.legal)


@given(rules, st.floats(0.001, 1), st.booleans())
def test_detection_lies_between_its_best_and_worst_phase(made, phase, hangs):
    breaks = phase * made.interval_s
    best, _, worst = health.detection(made, hangs)
    seen = health.course(made, breaks, 100 * made.interval_s, hangs)
    assert best - 1e-9 <= seen.out_at - breaks <= worst + 1e-9
    assert seen.exposed_s == pytest.approx(seen.out_at - breaks)


def test_the_mean_over_phases_is_the_mean_of_the_formula():
    made = health.Rules(30, 5, 2, 5)
    delays = [health.course(made, 30 * (i + 0.5) / 100, 9000, True).out_at - 30 * (i + 0.5) / 100 for i in range(100)]
    assert mean(delays) == pytest.approx(health.detection(made, True)[1])


@given(rules, st.floats(0.001, 1), st.floats(1, 3000), st.booleans())
def test_a_target_is_never_exposed_for_longer_than_it_is_broken(made, phase, lasts, hangs):
    seen = health.course(made, phase * made.interval_s, lasts, hangs)
    assert -1e-9 <= seen.exposed_s <= lasts + 1e-9
    assert seen.out_at <= seen.back_at
    if not math.isinf(seen.back_at):
        low, high = health.recovery(made)
        if seen.out_at <= phase * made.interval_s + lasts:
            assert low - 1e-9 <= seen.back_at - (phase * made.interval_s + lasts) <= high + 1e-9


@given(rules, st.floats(0.01, 1))
def test_a_higher_threshold_never_detects_sooner(made, phase):
    assume(made.unhealthy < 10)
    breaks, lasts = phase * made.interval_s, 50 * made.interval_s
    later = replace(made, unhealthy=made.unhealthy + 1)
    assert health.course(made, breaks, lasts, True).out_at <= health.course(later, breaks, lasts, True).out_at


def test_an_interval_no_greater_than_the_timeout_is_refused():
    with pytest.raises(ValueError, match="interval > timeout"):
        health.course(health.Rules(5, 5, 2, 2), 1, 10, False)


def test_all_broken_fails_open_and_a_part_fails_its_share():
    assert health.failed(100, 4, 4, 30, 600) == 60_000
    assert health.failed(100, 4, 1, 30, 600) == 750
    assert health.failed(100, 4, 0, 30, 600) == 0


@pytest.mark.parametrize(("chance", "row"), [(0.5, 2), (0.3, 3), (0.8, 5)])
def test_the_checks_until_a_row_agree_with_counting_them(chance, row):
    dice, counts = random.Random(1), []
    for _ in range(20_000):
        run, count = 0, 0
        while run < row:
            run = run + 1 if dice.random() < chance else 0
            count += 1
        counts.append(count)
    assert health.until_row(chance, row) == pytest.approx(mean(counts), rel=0.03)


def test_the_share_of_time_out_agrees_with_a_long_run():
    made, dice = health.Rules(10, 2, 2, 3), random.Random(2)
    miss, inside, row, out, steps = health.misses(1.5, 2), True, 0, 0, 300_000
    for _ in range(steps):
        bad = dice.random() < miss
        row = row + 1 if bad == inside else 0
        if row == (made.unhealthy if inside else made.healthy):
            inside, row = not inside, 0
        out += not inside
    assert health.flapping(made, 1.5, 1).out_share == pytest.approx(out / steps, rel=0.03)


@given(rules, st.floats(0.01, 10), st.integers(1, 10))
def test_shares_of_flapping_are_shares(made, answer, targets):
    seen = health.flapping(made, answer, targets)
    assert 0 <= seen.all_out <= seen.out_share <= 1
    assert seen.between_s >= made.unhealthy * made.interval_s * (1 - 1e-9)


# --- cookies


@given(st.integers(1, 300), st.floats(0, 2))
def test_the_rates_of_clients_sum_to_one_and_fall(clients, skew):
    shares = sticky.rates(clients, skew)
    assert math.fsum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)


@given(st.integers(1, 100), st.floats(0, 2), st.integers(1, 400))
def test_each_client_makes_its_share_of_the_requests_to_within_one(clients, skew, requests):
    shares = sticky.rates(clients, skew)
    owners = sticky.deal(shares, requests)
    assert len(owners) == requests
    assert all(abs(owners.count(client) - requests * share) <= 1 + 1e-9 for client, share in enumerate(shares))


def drawn(clients, skew, requests, seed, hours=3):
    return sticky.visits(sticky.deal(sticky.rates(clients, skew), requests), clients, hours, random.Random(seed))


def test_the_requests_come_evenly_over_the_run():
    """A third in each third, and the gaps of a client are as long as its share says: of 1,000 in 3 h, 10.8 s."""
    came = drawn(1, 0, 1000, 1)
    assert came.gaps[0] == math.inf
    assert mean(came.gaps[1:]) == pytest.approx(10.8, rel=0.05)
    assert all(count == pytest.approx(333, rel=0.15) for count in came.thirds)


plans = st.builds(
    sticky.Plan, st.sampled_from(["none", "lb_cookie", "app_cookie"]), st.integers(1, 604_800), st.floats(0, 1)
)
drawings = st.builds(drawn, st.integers(1, 100), st.floats(0, 2), st.just(300), st.integers(0, 99), st.floats(0.5, 12))


@given(plans, drawings, st.integers(2, 8))
@settings(max_examples=60)
def test_no_request_is_lost_or_goes_where_no_target_is(plan, came, targets):
    seen = sticky.follow(plan, came, targets)
    assert sum(map(sum, seen.parts)) == seen.requests == 300
    assert seen.parts[0][targets] == 0
    assert seen.parts[2][0] == 0
    assert 0 <= seen.lost <= seen.strangers <= 300
    assert seen.lost <= len(came.dice)


def request_by_request(plan, came, targets):
    """The independent road: each client has a clock, each cookie an end, and the balancer a list of who lives."""
    clock, jar, known, now = {}, {}, {}, 0
    parts, seen, lost = [[0] * (targets + 1) for _ in range(3)], 0, 0
    for number, (client, gap) in enumerate(zip(came.who, came.gaps, strict=True)):
        stage = (number >= came.thirds[0]) + (number >= came.thirds[0] + came.thirds[1])
        alive = [t for t in range(targets + 1) if (t < targets or stage) and (t or stage < 2)]
        clock[client] = clock[client] + gap if client in clock else 0.0
        target, ends = jar.get(client, (None, 0))
        if target not in alive or clock[client] >= ends:
            target = now if now in alive else alive[0]
            now = alive[(alive.index(target) + 1) % len(alive)]
        session = came.dice[client] < plan.logged
        if session and known.get(client, target) != target:
            seen += 1
            lost += known[client] not in alive
        known[client] = target
        if plan.kind == "lb_cookie" or (plan.kind == "app_cookie" and session):
            jar[client] = (target, clock[client] + plan.duration_s)
        parts[stage][target] += 1
    return parts, seen, lost


@given(plans, drawings, st.integers(2, 8))
@settings(max_examples=60)
def test_the_gaps_say_what_the_cookies_say(plan, came, targets):
    seen = sticky.follow(plan, came, targets)
    assert ([list(part) for part in seen.parts], seen.strangers, seen.lost) == request_by_request(plan, came, targets)


def test_without_stickiness_each_target_gets_its_turn():
    seen = sticky.follow(sticky.Plan("none", 60, 0), drawn(50, 1.5, 3000, 1), 4)
    first = seen.parts[0][:4]
    assert max(first) - min(first) <= 1


def test_a_cookie_that_never_expires_makes_strangers_only_at_the_death():
    seen = sticky.follow(sticky.Plan("lb_cookie", 604_800, 1), drawn(50, 1.0, 3000, 1), 4)
    assert seen.strangers == seen.lost > 0


def test_a_long_cookie_carries_at_least_the_busiest_client():
    """Its target has all its requests, so the unevenness is no less than the client's share allows."""
    seen = sticky.follow(sticky.Plan("lb_cookie", 604_800, 1), drawn(50, 1.5, 6000, 1), 4)
    assert sticky.uneven(seen.parts[0][:4]) >= 4 * sticky.rates(50, 1.5)[0] * 0.9


def test_app_cookie_for_all_is_lb_cookie_and_for_nobody_is_none():
    came = drawn(30, 1.0, 500, 3)

    def parts(kind, logged):
        return sticky.follow(sticky.Plan(kind, 600, logged), came, 3).parts

    assert parts("app_cookie", 1.0) == parts("lb_cookie", 1.0)
    assert parts("app_cookie", 0.0) == parts("none", 0.0)


# --- zones

counts = st.lists(st.integers(0, 10), min_size=1, max_size=4).map(tuple)


def value(key):
    from awsbook.facts import fact

    return fact(f"load-balancing.{key}").value


def test_the_published_example_of_two_zones_comes_out():
    made = (value("zones.example_small"), value("zones.example_large"))
    off, on = zones.spread(made, False), zones.spread(made, True)
    assert [100 * s for s in off.targets] == pytest.approx([value("zones.example_few"), value("zones.example_many")])
    assert [100 * s for s in on.targets] == pytest.approx([value("zones.example_on")] * 2)


@given(counts, st.booleans())
def test_the_shares_sum_to_one_if_there_is_a_target(targets, cross):
    made = zones.spread(targets, cross)
    whole = 1 if sum(targets) else 0
    assert math.fsum(made.nodes) == pytest.approx(whole)
    assert math.fsum(n * s for n, s in zip(targets, made.targets, strict=True)) == pytest.approx(whole)
    assert 0 <= made.crossing <= 1


@given(counts)
def test_cross_zone_is_even_and_never_worse(targets):
    assume(sum(targets))
    assert zones.spread(targets, True).worst == pytest.approx(1)
    assert zones.spread(targets, False).worst >= 1 - 1e-9


@given(counts, st.integers(0, 99))
@settings(max_examples=20)
def test_drawn_requests_agree_with_the_shares(targets, seed):
    """The independent road: pick a node, pick a target in its reach, 20,000 times."""
    assume(sum(targets))
    dice, crossed = random.Random(seed), 0
    homes = [zone for zone, n in enumerate(targets) for _ in range(n)]
    for _ in range(20_000):
        crossed += dice.randrange(len(targets)) != dice.choice(homes)
    assert zones.spread(targets, True).crossing == pytest.approx(crossed / 20_000, abs=0.02)


def test_a_balancer_that_forgets_the_zones_is_noticed():
    """Planted fault: without cross-zone the even share is the wrong answer."""
    assert zones.spread((2, 8), False).targets != pytest.approx((0.1, 0.1))


# --- draining

kinds = st.lists(
    st.builds(draining.Kind, st.just("x"), st.integers(0, 60), st.floats(0.1, 90_000)), min_size=1, max_size=3
).map(tuple)


@given(kinds, st.integers(0, 3600))
def test_every_request_is_finished_or_cut(made, delay):
    seen = draining.drain(made, delay)
    assert all(f + c == k.count for f, c, k in zip(seen.finished, seen.cut, made, strict=True))
    assert 0 <= seen.goes_s <= delay
    if any(seen.cut):
        assert seen.goes_s == delay


@given(kinds, st.integers(0, 3500), st.integers(0, 100))
def test_a_longer_delay_never_cuts_more(made, delay, more):
    assert sum(draining.drain(made, delay + more).cut) <= sum(draining.drain(made, delay).cut)


@given(st.integers(1, 400), st.floats(1, 9000), st.integers(0, 3600))
def test_the_count_agrees_with_the_share_of_the_length(count, length, delay):
    """Residual lives of equal requests are uniform, so delay / length of them finish, to within one."""
    seen = draining.drain((draining.Kind("x", count, length),), delay)
    assert seen.finished[0] == pytest.approx(count * min(1, delay / length), abs=1)


def test_a_delay_of_none_cuts_all():
    assert draining.drain((draining.Kind("page", 40, 0.5),), 0).cut == (40,)


def test_a_rolling_replacement_adds_up():
    assert draining.rolling(10, 300, 60) == 3600
