"""Load balancing, edge: requests on their way, whose status code it is, and which kind meets which needs."""

import math

import pytest
import simpy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from awsbook.facts import fact
from awsbook.topics.load_balancing import model_codes as codes
from awsbook.topics.load_balancing import model_flow as flows
from awsbook.topics.load_balancing import model_kinds as kinds

SETUP = flows.Setup(3, 2, 4, 10, 2, "one", 16, 90)


def changed(**more):
    return flows.run(flows.Setup(**{**vars(SETUP), **more}))


# --- requests on their way


@settings(max_examples=25)
@given(st.integers(2, 3), st.integers(1, 4), st.integers(1, 8), st.sampled_from(flows.BREAKS), st.integers(0, 60))
def test_every_request_comes_home_once(zones, each, rate, breaks, at):
    made = changed(zones=zones, each=each, rate=rate, breaks=breaks, breaks_at=at)
    assert len(made.requests) == rate * SETUP.lasts_s
    for request in made.requests:
        assert request.start < request.at_node < request.back
        assert -1 <= request.target < zones * each
        assert request.good or breaks != "nothing"


def test_without_a_failure_each_target_gets_the_same_share():
    made = changed(breaks="nothing", rate=6)
    counts = [sum(r.target == t for r in made.requests) for t in range(6)]
    assert max(counts) - min(counts) <= 3  # one for each node that counts its own turns


@settings(max_examples=25)
@given(st.integers(5, 30), st.integers(2, 5), st.integers(0, 50))
def test_a_target_is_out_at_the_check_that_the_arithmetic_names(interval, threshold, breaks_at):
    made = changed(interval_s=interval, threshold=threshold, breaks_at=breaks_at, lasts_s=300)
    first = math.ceil(breaks_at / interval) * interval  # the first check that finds it broken
    assert made.out_at[0] == first + (threshold - 1) * interval
    assert all(math.isinf(out) for out in made.out_at[1:])
    late = [r for r in made.requests if r.target == 0 and r.at_node > made.out_at[0]]
    assert late == []


def test_errors_are_the_share_of_a_target_while_it_is_broken_and_in_use():
    errors = []
    for rate in (4, 6, 8):
        for breaks_at in range(0, 60, 3):
            made = changed(rate=rate, breaks_at=breaks_at)
            exposed = made.out_at[0] - breaks_at
            errors.append(sum(not r.good for r in made.requests) - rate / 6 * exposed)
    assert all(abs(error) <= 2 for error in errors)  # the page says so: requests on their way, and turns of three nodes
    assert math.fsum(errors) / len(errors) == pytest.approx(1, abs=0.2)


def test_when_all_are_unhealthy_all_of_them_get_requests_and_fail():
    made = changed(breaks="all")
    late = [r for r in made.requests if r.start > max(made.out_at)]
    assert {r.target for r in late} == set(range(6))
    assert not any(r.good for r in late)


def test_a_lost_zone_leaves_dns_but_clients_hold_its_address_for_the_ttl():
    made = changed(breaks="zone", lasts_s=120)
    dead = [r for r in made.requests if r.target < 0]
    assert made.dns_out[0] == made.out_at[0] == 30
    assert max(r.start for r in dead) > made.dns_out[0] + 20
    assert max(r.start for r in dead) <= made.dns_out[0] + SETUP.ttl_s
    assert all(r.client % 3 == 0 for r in dead)


def test_a_zone_s_targets_alone_cost_less_than_the_zone_with_its_node():
    lost = {breaks: sum(not r.good for r in changed(breaks=breaks).requests) for breaks in flows.BREAKS}
    assert lost["nothing"] == 0 < lost["one"] < lost["targets"] < lost["zone"] < lost["all"]


def test_a_planted_fault_no_checks_at_all_is_noticed():
    never = changed(threshold=10_000)
    assert sum(not r.good for r in never.requests) > 3 * sum(not r.good for r in changed().requests)


class World:
    """The independent road: SimPy keeps the events in order, each target, node, client and request is a process."""

    def __init__(self, setup):
        self.setup, self.env, self.done = setup, simpy.Environment(), []
        self.broken, self.dead = flows.struck(setup)
        count = setup.zones * setup.each
        self.bad, self.out, self.dns_out = [[] for _ in range(count)], [math.inf] * count, [math.inf] * setup.zones
        self.address = [c % setup.zones for c in range(setup.clients)]
        self.turn = [z * setup.each for z in range(setup.zones)]
        # in this order, which decides what comes first where two fall on one moment
        for process in (*map(self.ask_dns, range(setup.clients)), *map(self.check, range(count)),
                        *map(self.check_node, range(setup.zones)), self.arrivals()):  # fmt: skip
            self.env.process(process)
        self.env.run(until=setup.lasts_s + 4 * setup.leg_s + 1)

    def is_down(self, what, among):
        return what in among and self.env.now >= self.setup.breaks_at

    def check(self, target):
        zone, each = target // self.setup.each, self.setup.each
        while True:
            if self.is_down(target, self.broken):
                self.bad[target].append(self.env.now)
                if len(self.bad[target]) == self.setup.threshold:
                    self.out[target] = self.env.now
                    if all(math.isfinite(out) for out in self.out[zone * each : (zone + 1) * each]):
                        self.dns_out[zone] = min(self.dns_out[zone], self.env.now)
            yield self.env.timeout(self.setup.interval_s)

    def check_node(self, node):
        missed = 0
        while missed < self.setup.threshold:
            missed += self.is_down(node, self.dead)
            if missed == self.setup.threshold:
                self.dns_out[node] = min(self.dns_out[node], self.env.now)
            yield self.env.timeout(self.setup.interval_s)

    def ask_dns(self, client):
        yield self.env.timeout(self.setup.ttl_s * client / self.setup.clients)
        while True:
            live = [z for z, out in enumerate(self.dns_out) if out > self.env.now] or range(self.setup.zones)
            if self.address[client] not in live:
                self.address[client] = live[client % len(live)]
            yield self.env.timeout(self.setup.ttl_s)

    def arrivals(self):
        for k in range(math.ceil(self.setup.rate * self.setup.lasts_s)):
            self.env.process(self.request(k % self.setup.clients))
            yield self.env.timeout(1 / self.setup.rate)

    def request(self, client):
        start, leg, node = self.env.now, self.setup.leg_s, self.address[client]
        yield self.env.timeout(leg)
        at_node = self.env.now
        if self.is_down(node, self.dead):
            self.done.append(flows.Request(start, client, node, -1, at_node, math.inf, at_node + leg, False))
            return
        serving = [t for t, out in enumerate(self.out) if out > at_node] or range(len(self.out))
        self.turn[node] += 1
        target = serving[self.turn[node] % len(serving)]
        yield self.env.timeout(leg)
        now, good = self.env.now, not self.is_down(target, self.broken)
        self.done.append(flows.Request(start, client, node, target, at_node, now, now + 2 * leg, good))


@settings(max_examples=60)
@given(
    st.builds(
        flows.Setup, st.integers(1, 3), st.integers(1, 4), st.integers(1, 10), st.integers(5, 30), st.integers(2, 5),
        st.sampled_from(flows.BREAKS), st.integers(0, 60), st.just(90),
    )
)  # fmt: skip
@example(flows.Setup(3, 2, 6, 10, 2, "zone", 0, 90))  # a client asks DNS in the moment in which the zone leaves it
@example(flows.Setup(2, 1, 6, 30, 2, "targets", 0, 90))
def test_simpy_gives_the_same_run(setup):
    """Request by request, to the last digit."""
    made, world = flows.run(setup), World(setup)
    assert list(made.requests) == sorted(world.done, key=lambda request: request.start)
    assert made.bad_checks == tuple(map(tuple, world.bad))
    assert (made.out_at, made.dns_out) == (tuple(world.out), tuple(world.dns_out))


def test_an_unknown_break_is_refused():
    with pytest.raises(ValueError, match="flood"):
        flows.struck(flows.Setup(**{**vars(SETUP), "breaks": "flood"}))


# --- status codes

CLOCKS = codes.Clocks(60, 0.5, 75, 120, 10)


def became(fault="nothing", **more):
    return codes.verdict(fault, codes.Clocks(**{**vars(CLOCKS), **more}))


# AWS's ALB guide, troubleshooting: what the load balancer sends, and what counts it
GUIDE = [
    ("none", 503, "HTTPCode_ELB_503_Count"), ("rst", 502, "HTTPCode_ELB_502_Count"),
    ("closes", 502, "HTTPCode_ELB_502_Count"), ("garbled", 502, "HTTPCode_ELB_502_Count"),
    ("drained", 502, "HTTPCode_ELB_502_Count"), ("drops", 504, "HTTPCode_ELB_504_Count"),
    ("silent", 408, "HTTPCode_ELB_4XX_Count"), ("malformed", 400, "HTTPCode_ELB_4XX_Count"),
    ("trace", 405, "HTTPCode_ELB_4XX_Count"), ("waf", 403, "HTTPCode_ELB_4XX_Count"),
    ("hops", 463, "HTTPCode_ELB_4XX_Count"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "status", "metric"), GUIDE)
def test_the_guide_s_codes_are_the_load_balancer_s_and_counted_as_such(fault, status, metric):
    got = became(fault)
    assert (got.status, got.maker, got.metrics[0]) == (status, codes.BALANCER, metric)


def test_a_target_s_500_is_counted_on_the_target_s_side_only():
    got = became("error")
    assert (got.status, got.maker, got.metrics) == (500, codes.TARGET, ("HTTPCode_Target_5XX_Count",))


def test_a_group_whose_targets_are_all_unhealthy_answers_and_an_empty_one_does_not():
    assert (became("unhealthy").status, became("none").status) == (200, 503)


@given(st.floats(0.1, 300), st.integers(1, 4000), st.integers(1, 600))
def test_the_first_clock_to_ring_decides(answer, idle, client):
    got = became(answer=answer, idle=idle, client=client)
    assert got.after == min(answer, idle, client)
    assert got.status == {answer: 200, idle: 504, client: 460}[got.after] or answer in (idle, client) or idle == client
    assert got.seen == (got.status != 460)


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_a_kept_connection_is_safe_when_the_load_balancer_closes_first(keep, idle):
    got = became("stale", keep_alive=keep, idle=idle)
    assert got.status == (502 if keep <= idle else 200)


def test_dropped_packets_end_at_the_connection_timeout_or_with_the_client():
    assert became("drops").after == fact("load-balancing.edge.connect_timeout").value
    assert (became("drops", client=3).status, became("drops").reached) == (460, False)


def test_only_four_codes_have_a_metric_of_their_own():
    own = {s for s in range(400, 600) if str(s) in codes.metric(s, codes.BALANCER)}
    assert own == {500, 502, 503, 504}


def test_unknown_faults_and_clocks_at_zero_are_refused():
    for fault, more in (("fire", {}), ("nothing", {"idle": 0})):
        with pytest.raises(ValueError, match="known fault"):
            became(fault, **more)


# --- kinds


def fits(*needs):
    return {kind.name for kind in kinds.fitting(frozenset(needs))}


def test_the_textbook_choices_come_out():
    assert fits("front", "path") == {"ALB", "N+A"}
    assert fits("front", "udp") == fits("front", "udp", "static") == {"NLB"}
    assert fits("front", "path", "static") == {"N+A"}
    assert fits("appliance") == {"GWLB"}
    assert fits("front", "plain") == {"CLB"}
    assert fits("path", "through") == set()
    assert fits("function") == {"ALB", "N+A"}


@given(st.sets(st.sampled_from(kinds.NEEDS)), st.sampled_from(kinds.NEEDS))
def test_one_more_need_never_makes_a_kind_fit(needs, more):
    assert fits(*needs, more) <= fits(*needs)


def test_every_need_is_met_by_some_kind_and_every_kind_lacks_something():
    assert all(fits(need) for need in kinds.NEEDS)
    assert all(kind.lacks and set(kind.lacks) <= set(kinds.NEEDS) for kind in kinds.KINDS)


def test_an_unknown_need_is_refused():
    with pytest.raises(ValueError, match="teleport"):
        kinds.missing(kinds.KINDS[0], frozenset({"teleport"}))
