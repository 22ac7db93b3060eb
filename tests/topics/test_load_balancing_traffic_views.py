"""Load balancing, traffic: every goal within reach, refusals in AWS's words, and the numbers that botocore states."""

import pytest
from elbv2_says import MODEL, assert_states

from awsbook.explore import Sketch
from awsbook.explore.explorable import Explorable
from awsbook.facts import fact
from awsbook.topics.load_balancing import views_traffic

BY_NAME = {name: made for name, made in vars(views_traffic).items() if isinstance(made, Explorable)}

REACH = [
    ("balance", 0, {"targets": 12, "load": 80, "slow": 0}),
    ("balance", 1, {"lame": 4.0, "load": 60, "slow": 0}),
    ("balance", 2, {"load": 10, "slow": 0}),
    ("health", 0, {"interval": 5, "timeout": 2}),
    ("health", 1, {"lasts": 20}),
    ("health", 2, {"broken": 4}),
    ("flapping", 0, {"answer": 0.5, "interval": 5, "timeout": 4, "unhealthy": 5}),
    ("flapping", 1, {"answer": 10.0}),
    ("flapping", 2, {"answer": 10.0, "targets": 2}),
    ("sticky", 0, {"clients": 100, "skew": 1.5}),
    ("sticky", 1, {"clients": 150, "skew": 0.0, "logged": 10, "kind": "app_cookie"}),
    ("sticky", 2, {"duration": 1}),
    ("cross_zone", 0, {"a": 1, "b": 10, "c": 10}),
    ("cross_zone", 1, {"a": 4, "b": 4}),
    ("cross_zone", 2, {"a": 0}),
    ("draining", 0, {"delay": 600, "polite": True}),
    ("draining", 1, {"delay": 30}),
    ("draining", 2, {"delay": 3600}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing))
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met
    assert not BY_NAME[name]().goals[goal].met


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (name, i) for name, made in BY_NAME.items() for i in range(len(made().goals))
    }


@pytest.mark.parametrize("name", ["health", "flapping"])
def test_an_interval_as_long_as_the_timeout_is_refused_in_awss_words(name):
    said = BY_NAME[name](interval=5, timeout=5).sentence
    assert "ValidationError: Health check interval must be greater than the timeout." in said


def test_the_long_computation_shows_its_first_requests_at_once_and_then_the_runs_there_are():
    views_traffic._runs.cache_clear()  # another test may have asked for the same setting
    came = list(BY_NAME["balance"].run(seed=7))
    shares = [one.share if isinstance(one, Sketch) else one for one in came]
    assert shares == sorted(shares)
    assert len(set(shares)) > 100
    assert (shares[0], max(shares) < 1) == (0, True)
    assert "the first 40 requests" in next(BY_NAME["balance"].run(seed=8)).view().sentence


def test_a_long_computation_that_was_left_is_taken_up_again():
    """And comes to the same end as one that was not."""
    views_traffic._runs.cache_clear()
    left = BY_NAME["balance"].run(seed=9)
    while not (isinstance(one := next(left), Sketch) and one.share == 2 / 5):
        pass
    again = next(BY_NAME["balance"].run(seed=9))
    assert again.share == 2 / 5
    assert "2 of 5 runs" in again.view().sentence
    taken_up = BY_NAME["balance"](seed=9)
    views_traffic._runs.cache_clear()
    assert BY_NAME["balance"](seed=9) == taken_up


def test_the_defaults_of_both_balancers_differ():
    assert "Cross-zone is on for this ALB" in BY_NAME["cross_zone"](lb="alb").sentence
    assert "Cross-zone is off for this NLB" in BY_NAME["cross_zone"](lb="nlb").sentence


def test_crossing_zones_costs_on_a_network_load_balancer_only():
    def bill(lb):
        rows = BY_NAME["cross_zone"](lb=lb, cross="true", a=3, b=3, c=3, gb=3000).table.rows
        return next(row[3] for row in rows if row[0] == "crossing zones")

    assert bill("alb") == "$0.00"
    assert bill("nlb") == f"${3000 * 2 / 3 * fact('load-balancing.zones.price_gb').value:.2f}"


def test_it_fails_open_only_if_it_noticed():
    noticed, unnoticed = (BY_NAME["health"](broken=4, lasts=lasts) for lasts in (300, 5))
    assert "fails open" in noticed.sentence
    assert "fails open" in noticed.figure["svg"]
    assert [goal.met for goal in noticed.goals[1:]] == [False, True]
    assert "they are never taken out. Users see errors for 5 s: 500 requests fail, 100 %" in unnoticed.sentence
    assert "fails open" not in unnoticed.figure["svg"]
    assert [goal.met for goal in unnoticed.goals[1:]] == [True, False]


def test_a_verdict_after_the_repair_sends_nothing_to_broken_targets():
    late = BY_NAME["health"](broken=4, lasts=60)
    assert "fails open" in late.sentence
    assert not late.goals[2].met


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("health", {"broken": 2}, "They are out after 63.5 s, and get requests again 2.48 min after their repair."),
        ("draining", {"pages": 0, "uploads": 1, "sockets": 0}, "Of 1 request in flight 1 finishes and 0 are cut."),
        ("draining", {"delay": 0, "pages": 0, "uploads": 1, "sockets": 0}, "0 finish and 1 is cut. The instance may go "
                                                                           "after 0 s"),
    ],
)  # fmt: skip
def test_one_and_many_are_told_apart(name, setting, said):
    assert said in BY_NAME[name](**setting).sentence


def test_a_removal_of_the_delay_cuts_all_in_the_table():
    assert ("all", "76", "0", "76") in BY_NAME["draining"](delay=0).table.rows


GROUP, BALANCER, CREATE = ("TargetGroupAttribute", "Key"), ("LoadBalancerAttribute", "Key"), "CreateTargetGroupInput"
RESULTS = r"TCP, TCP_UDP, UDP, TLS, HTTP or HTTPS, the default is (\d+)"


@pytest.mark.parametrize(
    ("key", "place", "pattern"),
    [
        ("algorithm.default", GROUP, r"load_balancing.algorithm.type .*?The default is (\w+)"),
        ("algorithm.least", GROUP, r"(least_outstanding_requests)"),
        ("algorithm.random", GROUP, r"(weighted_random)"),
        ("slow_start.min", GROUP, r"slow_start.duration_seconds .*?range is (\d+)"),
        ("slow_start.max", GROUP, r"slow_start.duration_seconds .*?range is \d+-(\d+)"),
        ("health.interval.default", (CREATE, "HealthCheckIntervalSeconds"), r"HTTP or HTTPS, the default is (\d+)"),
        ("health.timeout.api_http", (CREATE, "HealthCheckTimeoutSeconds"), r"protocol of HTTP, the default is (\d+)"),
        ("health.timeout.tcp", (CREATE, "HealthCheckTimeoutSeconds"), r"TLS or HTTPS, the default is (\d+)"),
        ("health.unhealthy.default", (CREATE, "UnhealthyThresholdCount"), r"HTTP or HTTPS, the default is (\d+)"),
        ("health.healthy.default", (CREATE, "HealthyThresholdCount"), r"HTTP or HTTPS, the default is (\d+)"),
        ("health.minimum", GROUP, r"unhealthy_state_routing.minimum_healthy_targets.count .*?The default is (\d+)"),
        ("sticky.min", GROUP, r"stickiness.lb_cookie.duration_seconds .*?range is (\d+) second"),
        ("sticky.max", GROUP, r"stickiness.lb_cookie.duration_seconds .*?1 week \((\d+) seconds\)"),
        ("sticky.default", GROUP, r"stickiness.lb_cookie.duration_seconds .*?default value is 1 day \((\d+) seconds\)"),
        ("sticky.default_days", GROUP, r"stickiness.lb_cookie.duration_seconds .*?default value is (\d+) day"),
        ("zones.alb_default", BALANCER, r"default for Application Load Balancers is (true), and can't be changed"),
        ("zones.nlb_default", BALANCER, r"default for Network Load Balancers and Gateway Load Balancers is (\w+)"),
        ("zones.dns_minimum", GROUP, r"dns_failover.minimum_healthy_targets.count .*?The default is (\d+)"),
        ("drain.default", GROUP, r"deregistration_delay.timeout_seconds .*?default value is (\d+)"),
        ("drain.min", GROUP, r"deregistration_delay.timeout_seconds .*?range is (\d+)-"),
        ("drain.max", GROUP, r"deregistration_delay.timeout_seconds .*?range is \d+-(\d+)"),
    ],
)
def test_the_service_model_still_says_the_number(key, place, pattern):
    assert_states(key, place, pattern)


@pytest.mark.parametrize(
    ("key", "member"),
    [
        ("health.interval", "HealthCheckIntervalSeconds"),
        ("health.timeout", "HealthCheckTimeoutSeconds"),
        ("health.threshold", "UnhealthyThresholdCount"),
        ("health.threshold", "HealthyThresholdCount"),
    ],
)
def test_the_service_model_still_has_the_bounds(key, member):
    shape = MODEL["shapes"][MODEL["shapes"][CREATE]["members"][member]["shape"]]
    assert shape["min"] == fact(f"load-balancing.{key}.min").value
    assert shape["max"] == fact(f"load-balancing.{key}.max").value


def test_units_of_the_same_limit_agree():
    assert fact("load-balancing.sticky.max").value == 86_400 * fact("load-balancing.sticky.max_days").value
    assert fact("load-balancing.sticky.default").value == 86_400 * fact("load-balancing.sticky.default_days").value
