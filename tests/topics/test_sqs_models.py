"""SQS: AWS's own examples, closed forms, properties and planted faults."""

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.facts import fact
from awsbook.topics.sqs import model_letters as letters
from awsbook.topics.sqs.model_age import life
from awsbook.topics.sqs.model_charges import charge
from awsbook.topics.sqs.model_order import fifo_limit, out_of_order, work
from awsbook.topics.sqs.model_polling import bill, long, short
from awsbook.topics.sqs.model_queue import Rules, play
from awsbook.topics.sqs.model_scaling import erlang_c, follow, mean_wait, needed, watch


def value(key):
    return fact(f"sqs.{key}").value


# --- the queue


def test_quick_work_is_done_once():
    run = play((0, 5, 10), 2, 20, Rules(30), None, 200)
    assert [run.times(m) for m in range(3)] == [1, 1, 1]
    assert run.deleted == (20, 25, 40)


def test_slow_work_is_done_twice_and_only_the_newest_receipt_deletes():
    run = play((0,), 2, 40, Rules(30), None, 69)
    assert [(r.start, r.end) for r in run.receipts] == [(0, 40)]
    assert run.receipts[0].how == "late"
    assert run.deleted == (None,)


def test_alone_a_slow_consumer_still_deletes_after_its_timeout():
    run = play((0,), 1, 40, Rules(30), None, 200)
    assert run.deleted == (40,)
    assert run.times(0) == 1


def test_a_heartbeat_keeps_the_message_hidden():
    assert play((0,), 3, 170, Rules(30, heartbeat=True), None, 200).deleted == (170,)
    assert play((0,), 3, 170, Rules(30), None, 200).deleted == (None,)


@given(st.integers(5, 100), st.integers(1, 4))
def test_after_a_crash_the_rest_of_the_timeout_passes(timeout, crash):
    run = play((0,), 2, 5, Rules(timeout), crash, 300)
    assert run.deleted == (timeout + 5,)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=5), st.integers(1, 3), st.integers(1, 29), st.integers(0, 20))
def test_a_timeout_longer_than_the_work_never_doubles(sent, consumers, work_s, delay):
    run = play(tuple(sent), consumers, work_s, Rules(30, delay), None, 1000)
    assert all(run.times(m) == 1 for m in range(len(sent)))
    assert all(at >= came + delay + work_s for at, came in zip(run.deleted, sent, strict=True))


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="positive timeout"):
        play((0,), 1, 0, Rules(30), None, 10)
    with pytest.raises(ValueError, match="nothing negative"):
        life(-1, 0, 1, 1, False)
    with pytest.raises(ValueError, match="positive counts"):
        work(1, 0, 1, True, 1)
    with pytest.raises(ValueError, match="consumers and seconds"):
        short(1, 0, 1)
    with pytest.raises(ValueError, match="between 0 and 1"):
        charge(1, 2, 1, 0, 0, 0, 1)
    with pytest.raises(ValueError, match="target > 0"):
        needed(1, 1, 0, 1, 1)
    with pytest.raises(ValueError, match="positive"):
        fifo_limit(1, 0, 1, True, 300)
    with pytest.raises(ValueError, match="positive"):
        watch(1, 1, 1, 0, 1)
    with pytest.raises(ValueError, match="positive"):
        letters.receipts(0, 1, 1)


# --- dead letters and ages


@given(st.integers(1, 9))
def test_a_poisoned_message_is_received_as_often_as_the_limit_says(limit):
    state = letters.State("source")
    for _ in range(limit):
        for step in ("receive", "fail"):
            state, _, _ = letters.act(state, step, limit)
    assert (state.place, state.wasted) == ("source", limit)
    assert letters.act(state, "receive", limit)[0].place == "dlq"
    assert letters.receipts(1e6, 30, limit) == limit


@given(st.lists(st.sampled_from(["send", "receive", "fail", "fix", "redrive"]), max_size=20), st.integers(0, 3))
def test_no_sequence_of_steps_loses_the_message_or_passes_the_limit(steps, limit):
    state = letters.State()
    for step in steps:
        state, call, answer = letters.act(state, step, limit)
        assert call
        assert answer
        assert not limit or state.receives <= limit
    assert ("send" in steps) == (state.place != "nowhere")


def test_the_published_example_of_a_dead_letters_age_comes_out():
    spent, kept, left = (value(f"dlq.example_{k}") for k in ("spent", "retention", "left"))
    assert life(0, spent, kept, kept, fifo=False).in_dlq == left
    assert life(0, spent, kept, kept, fifo=True).in_dlq == kept


@given(st.floats(0, 1), st.floats(0, 14), st.integers(1, 14), st.integers(1, 14))
def test_fifo_never_leaves_less_time_in_the_dead_letter_queue(delay, failing, source, dlq):
    assert life(delay, failing, source, dlq, True).in_dlq >= life(delay, failing, source, dlq, False).in_dlq


# --- polling


def brute_short(per_hour, consumers, pause, hours, seed):
    """Counts calls one by one: the independent road."""
    dice, gap = random.Random(seed), pause / consumers
    at, line, waits, empty, calls = dice.expovariate(per_hour / 3600), [], [], 0, int(hours * 3600 / gap)
    for call in range(1, calls + 1):
        while at <= call * gap:
            line.append(at)
            at += dice.expovariate(per_hour / 3600)
        if line:
            waits.append(call * gap - line.pop(0))
        else:
            empty += 1
    return empty / calls, math.fsum(waits) / len(waits)


@pytest.mark.parametrize(("rate", "consumers", "pause"), [(60, 10, 1.0), (200, 1, 10.0), (500, 4, 20.0)])
def test_short_polling_agrees_with_counting_the_calls(rate, consumers, pause):
    empty, wait = brute_short(rate, consumers, pause, 100, 1)
    made = short(rate, consumers, pause)
    assert made.empty_share == pytest.approx(empty, abs=0.01)
    assert made.latency_s == pytest.approx(wait, rel=0.05)


def test_long_polling_agrees_with_counting_the_calls():
    dice, now, calls, empty = random.Random(2), 0.0, 0, 0
    while now < 3600 * 400:
        gap, calls = dice.expovariate(60 / 3600), calls + 1
        now += min(gap, 20)
        empty += gap > 20
    made = long(60, 1, 20)
    assert made.calls == pytest.approx(calls / 400, rel=0.01)
    assert made.empty_share == pytest.approx(empty / calls, abs=0.01)


@given(st.just(0.0) | st.floats(0.01, 600), st.integers(1, 50), st.integers(1, 20))
def test_long_polling_calls_at_least_once_a_message_and_once_a_wait(rate, consumers, wait):
    made = long(rate, consumers, wait)
    assert made.calls >= max(rate, 3600 * consumers / wait) - 1e-6
    assert made.calls - made.empty == pytest.approx(rate, abs=1e-6)


def test_a_bill_is_added_up_by_hand():
    assert bill(1_000_000, 2, 0.4) == pytest.approx(0.8)


# --- order


@given(st.integers(1, 20), st.integers(1, 6), st.integers(1, 6), st.integers(1, 500))
@settings(max_examples=50)
def test_fifo_keeps_each_group_in_order_and_one_at_a_time(messages, groups, consumers, seed):
    jobs = work(messages, groups, consumers, True, seed)
    assert out_of_order(jobs) == 0
    assert sorted(j.number for j in jobs) == list(range(messages))
    for group in range(groups):
        mine = sorted((j for j in jobs if j.group == group), key=lambda j: j.number)
        assert all(a.end <= b.start for a, b in pairwise(mine))


def test_one_group_takes_as_long_as_one_consumer():
    """Little helps: six consumers, one group."""
    assert max(j.end for j in work(18, 1, 6, True, 3)) == pytest.approx(max(j.end for j in work(18, 1, 1, True, 3)))


def test_a_standard_queue_with_many_consumers_is_noticed_as_out_of_order():
    """Planted fault: what FIFO forbids must be seen."""
    assert all(out_of_order(work(18, 1, 4, False, seed)) > 0 for seed in range(20))


def test_the_published_limits_of_fifo_come_out():
    calls, batch = value("fifo.calls"), value("batch.max_messages")
    assert fifo_limit(1e6, 1, 9, False, calls).limit == calls
    assert fifo_limit(1e6, batch, 9, False, calls).limit == value("fifo.batched")
    assert fifo_limit(1e6, batch, 1, True, value("fifo.partition_calls")).limit == value("fifo.batched")


# --- scaling


def test_the_published_example_of_the_backlog_comes_out():
    target = value("scaling.example_latency") / value("scaling.example_work")
    assert target == value("scaling.example_target")
    want = needed(value("scaling.example_messages"), value("scaling.example_instances"), target, 1, 99)
    assert want - value("scaling.example_instances") == value("scaling.example_added")


def test_a_wrong_target_is_noticed():
    """Planted fault: the queue's length as target gives another answer than AWS's example."""
    target = value("scaling.example_messages") / value("scaling.example_latency")
    want = needed(value("scaling.example_messages"), value("scaling.example_instances"), target, 1, 99)
    assert want - value("scaling.example_instances") != value("scaling.example_added")


@given(st.floats(0, 1000), st.floats(0.1, 5), st.integers(0, 10), st.integers(1, 50))
def test_the_group_stays_within_its_size_and_no_message_is_lost(load, work_s, warm, most):
    day = follow((load,) * 120, work_s, 60 / work_s, warm, most)
    assert all(1 <= instances <= most for instances in day.instances)
    capacity = sum(instances * 60 / work_s for instances in day.instances)
    assert 120 * load - day.backlog[-1] <= capacity + 1e-6


@given(st.lists(st.sampled_from([10.0, 300.0, 1500.0]), min_size=30, max_size=30), st.integers(0, 10),
       st.sampled_from([3, 200]))  # fmt: skip
def test_the_wait_is_that_of_the_last_to_come_by_first_in_first_out(load, warm, most):
    """Against a count of who is served when, in steps of a second."""
    day = follow(tuple(load), 1.0, 60.0, warm, most)
    came, served = [0.0], [0.0]
    for arrived, running in zip(load, day.instances, strict=True):
        for _ in range(60):
            came.append(came[-1] + arrived / 60)
            served.append(min(came[-1], served[-1] + running))
    for minute, wait in enumerate(day.wait_s):
        start = 60 * (minute + 1)
        end = next((t for t in range(start, len(served)) if served[t] >= came[start] - 1e-6), None)
        assert wait > 60 * (len(load) - minute) - 61 if end is None else abs(end - start - wait) <= 1


def test_an_instance_that_joins_shortens_the_wait():
    """Thirty messages wait for one instance, and two more are there for the next minute."""
    assert follow((0.0, 90.0, 0.0), 1.0, 10.0, 0, 3).wait_s[1] == 10
    assert follow((0.0, 90.0, 0.0), 1.0, 10.0, 0, 1).wait_s[1] == 30


def test_erlang_c_for_one_server_is_its_load_and_for_two_the_known_form():
    assert erlang_c(0.7, 1) == pytest.approx(0.7)
    load = 1.2
    assert erlang_c(load, 2) == pytest.approx(load**2 / (2 + load))
    assert erlang_c(3, 3) == 1
    assert math.isinf(mean_wait(3, 1, 3))


@pytest.mark.parametrize(("servers", "busy"), [(1, 0.5), (4, 0.8), (4, 0.9), (12, 0.9)])
def test_the_runs_agree_with_erlang_c(servers, busy):
    """The known error: 48 runs of 5,000 messages come within a tenth of the closed form, or two hundredths of work."""
    runs = [watch(servers * busy, 1.0, servers, 5000, seed) for seed in range(48)]
    mean = math.fsum(r.wait_s for r in runs) / len(runs)
    assert mean == pytest.approx(mean_wait(servers * busy, 1.0, servers), rel=0.10, abs=0.02)


@pytest.mark.parametrize("busy", [0.5, 0.8, 0.95])
def test_littles_law_holds_in_every_run(busy):
    """The line is an area under time, the wait a mean over messages: two roads to one number."""
    for seed in range(10):
        run = watch(4 * busy, 1.0, 4, 2000, seed)
        assert run.line == pytest.approx(run.rate * run.all_wait_s, rel=1e-9)


# --- twice


def test_the_window_of_fifo_ends_at_its_end():
    window = value("fifo.dedup_minutes") * 60
    assert charge(500, 1, window - 1, 0, window, 0, 1).dropped == 500
    assert charge(500, 1, window - 1, 0, window, 0, 1).double == 0
    assert charge(500, 1, window, 0, window, 0, 1).double == 500


def test_double_charges_follow_the_shares():
    made = charge(20_000, 0.02, 90, 0.01, 0, 0, 1)
    assert made.double == pytest.approx(600, rel=0.15)


def test_the_two_kinds_of_copy_do_not_hang_together():
    """A table of 45 s stops a copy only where both befell: one after 60 s is charged, one 30 s later is not."""
    made = charge(20_000, 0.3, 90, 0.4, 0, 45, 1)
    assert made.copies == pytest.approx(20_000 * (0.3 + 0.4), rel=0.02)
    assert made.copies - made.double == pytest.approx(20_000 * 0.3 * 0.4, rel=0.05)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.integers(0, 1000))
def test_a_higher_share_only_adds_copies(one, other, fixed, seed):
    low, high = sorted((one, other))
    assert charge(200, low, 90, fixed, 0, 0, seed).copies <= charge(200, high, 90, fixed, 0, 0, seed).copies
    assert charge(200, fixed, 90, low, 0, 0, seed).copies <= charge(200, fixed, 90, high, 0, 0, seed).copies


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 1200), st.integers(10, 1200))
def test_a_table_never_makes_it_worse(resend, redeliver, remember, after):
    with_table = charge(200, resend, after, redeliver, 0, remember, 7)
    assert with_table.double <= charge(200, resend, after, redeliver, 0, 0, 7).double == with_table.copies
    if remember > 1200:
        assert with_table.double == 0
