"""ElastiCache's models: published values, properties, other roads to the same number, planted faults."""

import math
import random
from collections import OrderedDict
from statistics import correlation, mean, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.facts import fact
from awsbook.topics.elasticache import model_patterns
from awsbook.topics.elasticache.engines import FEATURES, OFFERS, lacking
from awsbook.topics.elasticache.model_bill import Rates, bill
from awsbook.topics.elasticache.model_che import characteristic_time, che, curve, exact, hit_ratio, lru, settled, stray
from awsbook.topics.elasticache.model_patterns import PATTERNS, Cache, _missed_and_stale, run
from awsbook.topics.elasticache.model_requests import STEPS, Trace, picks, trace, zipf
from awsbook.topics.elasticache.model_ring import load_factor, modulo_moves, owned, owner, ring, ring_moves
from awsbook.topics.elasticache.model_sessions import STORES, _clicks, expires, held, sessions
from awsbook.topics.elasticache.model_stampede import herd, stampede
from awsbook.topics.elasticache.rates import RATES
from awsbook.topics.elasticache.views import CHE_PARTS, CHE_REQUESTS


def value(name):
    return fact(f"elasticache.{name}").value


# --- requests and patterns


@given(st.integers(1, 200), st.floats(0, 2))
def test_shares_add_up_to_one_and_fall(keys, skew):
    shares = zipf(keys, skew)
    assert math.fsum(shares) == pytest.approx(1)
    assert list(shares) == sorted(shares, reverse=True)


def test_the_guides_trips_are_what_a_miss_and_a_write_cost():
    """With cache and database both at 1 ms, a trip is a millisecond."""
    read, write = (Trace((0,), (writes,), (1.0,)) for writes in (False, True))
    assert run("lazy", read, Cache(9), 1, 1, 0).mean_ms == value("lazy.miss_trips")
    assert run("write", write, Cache(9), 1, 1, 0).mean_ms == value("write_through.write_trips")


def test_a_ttl_as_in_the_guide_ends_an_entry_at_that_second():
    ttl = value("ttl.example")
    for gap, hits in ((ttl - 1, 1), (ttl, 0)):
        keys = (0, *(1 + i for i in range(gap - 1)), 0)
        requests = Trace(keys, (False,) * len(keys), (1.0,) * len(keys))
        assert round(run("lazy", requests, Cache(10_000, ttl), 1, 1, 0).hits * len(keys)) == hits


@given(st.integers(1, 60), st.floats(0, 1.5), st.floats(0, 0.6), st.integers(0, 20), st.integers(1, 60))
@settings(max_examples=40)
def test_only_lazy_loading_alone_serves_stale_reads(keys, skew, writes, seed, room):
    requests = trace(keys, skew, writes, 200, seed)
    outcomes = {name: run(name, requests, Cache(room), 1, 20, 0) for name in PATTERNS}
    assert outcomes["none"].hits == outcomes["none"].stale == outcomes["write"].stale == outcomes["both"].stale == 0
    assert outcomes["none"].database == 1
    for made in outcomes.values():
        assert 0 <= made.stale <= made.hits <= 1
        assert 0 <= made.database <= 1


@given(st.integers(0, 30), st.floats(0, 0.5))
@settings(max_examples=30)
def test_lazy_loading_asks_the_database_for_every_write_and_every_miss(seed, writes):
    requests = trace(80, 0.9, writes, 400, seed)
    made = run("lazy", requests, Cache(20), 1, 20, 0)
    wrote = sum(requests.writes)
    assert made.database * 400 == pytest.approx(wrote + (1 - made.hits) * (400 - wrote))


def plain_lazy(requests, room, ttl):
    """Lazy loading once more, with lists and clocks instead of an ordered dict: (hits, stale)."""
    entries, changed, hits, stale = [], {}, 0, 0  # [key, loaded at, used at]
    for now, (key, write) in enumerate(zip(requests.keys, requests.writes, strict=True)):
        if write:
            changed[key] = now
            continue
        found = next((e for e in entries if e[0] == key and now - e[1] < ttl), None)
        if found:
            hits += 1
            stale += changed.get(key, -1) > found[1]
            found[2] = now
        else:
            entries = [e for e in entries if e[0] != key] + [[key, now, now]]
            if len(entries) > room:
                entries.remove(min(entries, key=lambda e: e[2]))
    return hits, stale


@given(st.integers(0, 30), st.integers(1, 40), st.sampled_from([5, 50, math.inf]))
@settings(max_examples=30)
def test_lazy_loading_counted_by_another_road(seed, room, ttl):
    requests = trace(40, 0.8, 0.2, 300, seed)
    made = run("lazy", requests, Cache(room, ttl), 1, 20, 0)
    reads = 300 - sum(requests.writes)
    assert (round(made.hits * reads), round(made.stale * reads)) == plain_lazy(requests, room, ttl)


def plain_write_through(requests, room, ttl, fills):
    """Write-through once more, with an ordered dict: the moments of the reads that hit."""
    held, hits = OrderedDict(), []  # key: written or loaded at; the latest use last
    for now, (key, write) in enumerate(zip(requests.keys, requests.writes, strict=True)):
        at = held.pop(key, None)
        if not write and at is not None and now - at < ttl:
            hits.append(now)
            held[key] = at
        elif write or fills:
            held[key] = now
            if len(held) > room:
                held.popitem(last=False)
    return hits


@given(
    st.sampled_from(["write", "both"]), st.integers(0, 30), st.integers(1, 40), st.sampled_from([5, 50, math.inf]),
    st.integers(0, 100),
)  # fmt: skip
@settings(max_examples=40)
def test_write_through_counted_by_another_road(pattern, seed, room, ttl, warm):
    requests = trace(40, 0.8, 0.2, 300, seed)
    hits = sum(now >= warm for now in plain_write_through(requests, room, ttl, pattern == "both"))
    made = run(pattern, requests, Cache(room, ttl), 1, 20, warm)
    assert made.hits == hits / (300 - warm - sum(requests.writes[warm:]))


@given(st.sampled_from(list(PATTERNS)), st.integers(0, 30), st.floats(0, 30), st.floats(1, 100), st.integers(0, 250))
@settings(max_examples=40)
def test_the_p99_and_the_mean_are_those_of_all_times_in_order(pattern, seed, cache_ms, database_ms, warm):
    """The model sums each kind of request and looks at its slowest; here every single time is put in a list."""
    requests = trace(40, 0.8, 0.2, 300, seed)
    read_ms, write_ms = {"none": (0, 0), "lazy": (2, 0), "write": (1, 1), "both": (2, 1)}[pattern]
    fills, updates = PATTERNS[pattern]
    missed = set(_missed_and_stale(fills, updates, requests, Cache(20))[0])
    times = []
    for now in range(warm, 300):
        asks = requests.writes[now] or now in missed
        trips = (write_ms if requests.writes[now] else read_ms) if asks else 1
        times.append(trips * cache_ms + asks * requests.slowness[now] * database_ms)
    made = run(pattern, requests, Cache(20), cache_ms, database_ms, warm)
    assert made.mean_ms == pytest.approx(mean(times))
    assert made.p99_ms == pytest.approx(sorted(times)[math.ceil(0.99 * len(times)) - 1])


def test_a_write_through_that_forgets_to_write_is_noticed(monkeypatch):
    """Planted fault: then it is lazy loading, and stale."""
    monkeypatch.setitem(model_patterns.PATTERNS, "both", (True, False))
    assert run("both", trace(50, 1.0, 0.2, 500, 1), Cache(50), 1, 20, 0).stale > 0


def test_the_databases_time_has_mean_one():
    assert mean(trace(10, 0.0, 0.0, 20_000, 5).slowness) == pytest.approx(1, abs=0.02)
    assert mean(STEPS) == pytest.approx(1, abs=0.001)  # steps, so not quite


# --- hit ratio


@given(st.integers(2, 120), st.floats(0, 1.5), st.integers(1, 119))
@settings(max_examples=60)
def test_che_grows_with_the_cache_and_never_beats_keeping_the_best_keys(keys, skew, room):
    room = min(room, keys)
    shares = zipf(keys, skew)
    assert che(shares, room) <= math.fsum(shares[:room]) + 1e-6
    if room < keys:
        assert che(shares, room) <= che(shares, room + 1) + 1e-9


@given(st.integers(2, 300), st.integers(1, 299))
@settings(max_examples=40)
def test_with_keys_all_alike_the_hit_ratio_is_the_share_that_fits(keys, room):
    assert che(zipf(keys, 0.0), min(room, keys)) == pytest.approx(min(room, keys) / keys, abs=1e-5)


def test_the_characteristic_time_fills_the_cache():
    shares = zipf(200, 0.8)
    time = characteristic_time(shares, 40)
    assert math.fsum(1 - math.exp(-p * time) for p in shares) == pytest.approx(40, rel=1e-4)
    assert characteristic_time(shares, 200) == math.inf
    with pytest.raises(ValueError, match="room for one"):
        characteristic_time(shares, 0)


def test_the_curve_and_the_solver_agree():
    shares = zipf(200, 0.8)
    for room, ratio in curve(shares)[2:]:
        lower, upper = che(shares, max(1, math.floor(room))), che(shares, math.ceil(room))
        assert lower - 1e-6 <= ratio <= upper + 1e-6


@pytest.mark.parametrize(("skew", "bound"), [(0.0, 1e-5), (0.4, 0.002), (0.8, 0.006), (1.2, 0.015)])
def test_ches_error_against_the_exact_sum_over_eight_keys_stays_within_a_bound(skew, bound):
    shares = zipf(8, skew)
    worst = max(abs(che(shares, room) - exact(shares, room)) for room in range(1, 9))
    assert worst <= bound


def test_the_exact_sum_with_room_for_one_key_is_the_chance_of_a_repeat():
    shares = zipf(6, 1.0)
    assert exact(shares, 1) == pytest.approx(math.fsum(p * p for p in shares))
    assert exact(shares, 6) == pytest.approx(1)


def test_long_runs_of_lru_lie_within_half_a_point_of_che():
    """The chapter says so."""
    shares = zipf(500, 0.8)
    seen = mean(lru(picks(500, 0.8, 30_000, 2000 + i), 50, settled(shares, i))[0] for i in range(4))
    assert seen == pytest.approx(che(shares, 50), abs=0.005)


SETTLED = [(500, 50, 0.8), (500, 400, 0.8), (50, 25, 0.8), (1000, 10, 1.5)]  # keys, room, skew


def short_runs(keys, room, skew, start):
    """Eighty runs of three parts of the page's length, less Che's ratio: what each part gave, run by run."""
    shares, long = zipf(keys, skew), CHE_PARTS * CHE_REQUESTS
    runs = [lru(picks(keys, skew, long, 7000 + i), room, start(shares, i), CHE_PARTS) for i in range(80)]
    return [[part - che(shares, room) for part in parts] for parts in runs]


@pytest.mark.parametrize(("keys", "room", "skew"), SETTLED)
def test_short_runs_lean_to_no_side_and_nineteen_in_twenty_stray_no_further_than_said(keys, room, skew):
    off = [part for parts in short_runs(keys, room, skew, settled) for part in parts]
    said = stray(che(zipf(keys, skew), room), CHE_REQUESTS)
    assert abs(mean(off)) < 4 * (said / 2) / math.sqrt(len(off))
    assert sum(abs(one) <= said for one in off) >= 0.9 * len(off)


@pytest.mark.parametrize(("keys", "room", "skew"), SETTLED)
def test_the_parts_of_a_run_stray_each_on_its_own(keys, room, skew):
    """So that their spread is that of separate runs: 80 correlations of nothing lie within 0.22, 19 times in 20."""
    first, second, third = zip(*short_runs(keys, room, skew, settled), strict=True)
    assert all(abs(correlation(*two)) < 0.3 for two in ((first, second), (second, third), (first, third)))


@given(st.integers(0, 30), st.integers(1, 40), st.integers(1, 4))
@settings(max_examples=30)
def test_lru_counted_by_another_road(seed, room, parts):
    requests, start = picks(40, 0.8, 240, seed), settled(zipf(40, 0.8), seed)
    held, hits = list(start[:room]), []  # the latest used first
    for key in requests:
        hits.append(key in held)
        held = [key, *(other for other in held if other != key)][:room]
    size = 240 // parts
    assert lru(requests, room, start, parts) == [sum(hits[i * size : (i + 1) * size]) / size for i in range(parts)]


def test_a_start_from_the_most_popular_keys_is_noticed():
    """Planted fault: a large cache then hits a point too much, and the page would call it chance."""
    off = [parts[0] for parts in short_runs(500, 400, 0.8, lambda shares, _: tuple(range(len(shares))))]
    said = stray(che(zipf(500, 0.8), 400), CHE_REQUESTS)
    assert mean(off) > 4 * (said / 2) / math.sqrt(len(off))


def test_a_settled_start_holds_each_order_as_often_as_the_exact_sum_says():
    """With room for one key, the key that was used last is held with its own share."""
    shares = zipf(4, 1.0)
    first = [settled(shares, seed)[0] for seed in range(2000)]
    assert all(first.count(key) / 2000 == pytest.approx(shares[key], abs=0.05) for key in range(4))


def test_a_start_that_cannot_fill_the_cache_is_refused():
    with pytest.raises(ValueError, match="need 3 keys"):
        lru(picks(5, 1.0, 10, 1), 3, (0, 1))


def test_a_cache_that_drops_the_newest_is_noticed():
    """Planted fault: not LRU any more, and far from the formula."""
    kept, hits = list(range(449, 499)), 0
    for key in picks(500, 0.8, 5000, 3):
        if key in kept:
            hits += 1
        else:
            kept[-1] = key
    assert abs(hits / 5000 - che(zipf(500, 0.8), 50)) > 0.1


def test_a_time_of_zero_hits_nothing():
    assert hit_ratio(zipf(5, 1.0), 0.0) == 0


# --- stampede


def test_the_herd_of_one_hot_key_is_one_plus_rate_times_time():
    """One expiry in each run (the entry outlives the rest), many seeds, against the closed form."""
    rate, rebuild = 60, 0.5
    seen = [len(stampede(1, rate, 6.0, rebuild, 0.0, False, 9.0, seed).starts_s) for seed in range(300)]
    # all that come while the query runs, and the one that began it: Poisson, so the mean's error is known
    assert mean(seen) == pytest.approx(herd(rate, rebuild), abs=4 * math.sqrt(rate * rebuild / 300))


@given(st.integers(1, 20), st.floats(10, 100), st.floats(0, 0.5), st.integers(0, 50))
@settings(max_examples=30)
def test_with_a_lock_no_key_is_asked_for_twice_at_once(keys, rate, jitter, seed):
    made = stampede(keys, rate, 3.0, 0.4, jitter, True, 10.0, seed)
    assert made.peak <= keys
    assert list(made.starts_s) == sorted(made.starts_s)


def plain_stampede(keys, rate, ttl_s, rebuild_s, jitter, lock, horizon_s, dice):
    """Every request of every key, hits as well, one after another: (queries, waited, at once at worst)."""
    until = [ttl_s * (1 + jitter * dice.uniform(-1, 1)) for _ in range(keys)]
    back = [None] * keys
    now, starts, waited = dice.expovariate(rate), [], 0
    while now < horizon_s:
        key = dice.randrange(keys)
        if back[key] is not None and now >= back[key]:
            until[key], back[key] = back[key] + ttl_s * (1 + jitter * dice.uniform(-1, 1)), None
        if back[key] is not None and lock:
            waited += 1
        elif back[key] is not None or now >= until[key]:
            starts.append(now)
            back[key] = back[key] or now + rebuild_s
        now += dice.expovariate(rate)
    return len(starts), waited, max((sum(s <= t < s + rebuild_s for s in starts) for t in starts), default=0)


@pytest.mark.parametrize("lock", [False, True])
@pytest.mark.parametrize(("keys", "jitter"), [(1, 0.0), (1, 0.4), (8, 0.4)])
def test_to_leave_out_the_requests_that_hit_changes_no_mean(keys, jitter, lock):
    setting = (keys, 30, 4.0, 0.7, jitter, lock, 12.0)
    made = [stampede(*setting, seed) for seed in range(150)]
    short = [(len(one.starts_s), one.waited, one.peak) for one in made]
    plain = [plain_stampede(*setting, random.Random(seed)) for seed in range(1000, 1150)]
    for here, there in zip(zip(*short, strict=True), zip(*plain, strict=True), strict=True):
        error = math.sqrt((variance(here) + variance(there)) / 150)
        assert abs(mean(here) - mean(there)) <= 4 * error


def test_jitter_spreads_keys_written_together():
    together, apart = (mean(stampede(40, 200, 10, 0.5, j, True, 30, s).peak for s in range(5)) for j in (0, 0.5))
    assert apart < together / 3


def test_jitter_alone_does_nothing_for_one_hot_key():
    plain, jittered = (mean(stampede(1, 100, 10, 0.5, j, False, 30, s).peak for s in range(20)) for j in (0, 0.5))
    assert jittered == pytest.approx(plain, rel=0.15)


# --- nodes


def test_the_guides_examples_of_moved_keys_come_out():
    nodes = value("modulo.example_nodes")
    assert 100 * modulo_moves(nodes - 1, nodes) == pytest.approx(value("modulo.example_moved"))
    assert 100 * modulo_moves(1, 2) == value("modulo.best_case")
    rings = mean(ring_moves(nodes, 60, seed) for seed in range(40))
    assert 100 * rings == pytest.approx(value("ring.example_moved"), abs=1)


@given(st.integers(1, 12), st.integers(1, 12))
def test_modulo_counted_key_by_key_over_a_period(before, after):
    period = before * after
    moved = sum(h % before != h % after for h in range(period))
    assert modulo_moves(before, after) == pytest.approx(moved / period)


@given(st.integers(2, 30))
def test_modulo_is_the_closed_form_in_both_directions(nodes):
    assert modulo_moves(nodes - 1, nodes) == modulo_moves(nodes, nodes - 1) == pytest.approx((nodes - 1) / nodes)


@given(st.integers(2, 8), st.integers(1, 20), st.integers(0, 20))
@settings(max_examples=30)
def test_on_the_ring_a_key_moves_only_to_or_from_the_last_node(nodes, points, seed):
    before, after = ring(nodes, points, seed), ring(nodes - 1, points, seed)
    dice = random.Random(seed)
    for hashed in (dice.random() for _ in range(50)):
        old = owner(before, hashed)
        assert old == nodes - 1 or old == owner(after, hashed)
    assert math.fsum(owned(before, nodes)) == pytest.approx(1)


@given(st.integers(2, 20), st.integers(1, 60), st.integers(0, 50))
@settings(max_examples=30)
def test_what_moves_is_what_the_last_node_owns(larger, points, seed):
    assert ring_moves(larger, points, seed) == pytest.approx(owned(ring(larger, points, seed), larger)[-1])


def test_the_arcs_agree_with_counting_hashed_keys():
    circle = ring(5, 20, 3)
    dice = random.Random(1)
    counts = [0] * 5
    for _ in range(20_000):
        counts[owner(circle, dice.random())] += 1
    for count, arc in zip(counts, owned(circle, 5), strict=True):
        assert count / 20_000 == pytest.approx(arc, abs=0.015)


def test_the_load_after_a_loss_counts_the_misses():
    assert load_factor(0.9, 0.9) == pytest.approx(9.1)
    assert load_factor(0.9, 0.0) == pytest.approx(1)
    with pytest.raises(ValueError, match="hit ratio"):
        load_factor(1.0, 0.5)


@pytest.mark.parametrize("call", [lambda: modulo_moves(0, 1), lambda: ring_moves(1, 5, 1)])
def test_too_few_nodes_are_refused(call):
    with pytest.raises(ValueError, match=r"nodes? or more"):
        call()


# --- sessions, bill, engines


def test_clicks_that_come_too_late_follow_the_formula():
    made = sessions("cache", 1000, 4, 20, 10, True, 240, 1)
    assert made.expired / made.clicks == pytest.approx(expires(20, 10), abs=0.02)
    assert made.elsewhere == 0


def test_without_stickiness_a_session_is_found_on_one_instance_in_n():
    made = sessions("instance", 400, 5, 1e9, 10, False, 240, 2)
    assert made.elsewhere / made.clicks == pytest.approx(1 - 1 / 5, abs=0.01)


def test_a_sticky_balancer_loses_the_users_of_the_lost_instance_once_each():
    made = sessions("sticky", 400, 4, 1e9, 5, True, 240, 3)
    assert made.elsewhere == 100
    assert sessions("sticky", 400, 4, 1e9, 5, False, 240, 3).elsewhere == 0


@given(st.sampled_from(STORES), st.integers(1, 6), st.floats(1, 40), st.booleans(), st.integers(0, 50))
@settings(max_examples=40)
def test_sessions_looked_for_by_another_road(store, instances, ttl, lost, seed):
    """Each instance, and the cache, as a dict of sessions: user -> when last seen. Noon empties instance 0."""
    made, expired, without = sessions(store, 12, instances, ttl, 10, lost, 120, seed), 0, []
    for user, (times, places) in enumerate(_clicks(12, 10, 120, seed)):
        own, noon = user % instances, False
        shelves = [{} for _ in range(instances)]
        shelves[own][user] = 0.0
        for now, place in zip(times, places, strict=True):
            if lost and not noon and now >= 60:
                noon = True
                if store != "cache":
                    shelves[0].clear()
            lands = int(instances * place) if store == "instance" else own
            late = now - max(times[: times.index(now)], default=0.0) >= ttl
            if late or user not in shelves[lands]:
                expired += late
                without.append(now)
            for shelf in shelves:
                shelf.pop(user, None)
            shelves[lands][user] = now
    assert (made.expired, made.elsewhere, list(made.without)) == (expired, len(without) - expired, without)
    assert made.clicks == sum(len(times) for times, _ in _clicks(12, 10, 120, seed))


@given(st.floats(1, 200), st.floats(1, 60))
def test_sessions_held_and_sessions_expired_are_two_sides_of_one_chance(ttl, pause):
    assert held(100, ttl, pause) / 100 + expires(ttl, pause) == pytest.approx(1)


def test_an_unknown_store_is_refused():
    with pytest.raises(ValueError, match="instance, sticky, cache"):
        sessions("disk", 1, 1, 1, 1, False, 1, 1)


def test_valkey_costs_about_a_third_less_than_redis_as_aws_says():
    """The ledger's prices and its published saving come from different pages; they must agree to a point."""
    saving = value("price.valkey_saving") / 100
    assert RATES["Valkey"].gb_hour / RATES["Redis OSS"].gb_hour == pytest.approx(1 - saving, abs=0.01)
    assert RATES["Valkey"].million_ecpu / RATES["Redis OSS"].million_ecpu == pytest.approx(1 - saving, abs=0.01)


def test_a_month_is_added_up_by_hand():
    made = bill(0.5, 10, 2.0, Rates(0.1, 0.5, 1.0), 730, 1)
    assert made.data == pytest.approx(73)
    assert made.requests == pytest.approx(10 * 3600 * 730 * 2 / 1e6 * 0.5)
    assert made.total == made.data + made.requests
    with pytest.raises(ValueError, match="nothing negative"):
        bill(-1, 0, 0, Rates(1, 1, 1), 730, 1)


def test_each_feature_says_yes_or_no_for_each_offer():
    assert all(len(has) == len(OFFERS) for _, has in FEATURES.values())
    assert lacking([]) == {offer: [] for offer in OFFERS}
    with pytest.raises(KeyError):
        lacking(["speed"])
