"""Load balancing, edge: every goal within reach, tables that say what the models say, and botocore's numbers."""

import re

import botocore.session
import pytest

from awsbook.facts import fact
from awsbook.topics.load_balancing import views_edge

REACH = [
    ("flow", 0, {"interval": 5, "each": 3, "breaks_at": 20, "time": 90.0}),
    ("flow", 1, {"breaks": "zone", "time": 90.0}),
    ("flow", 2, {"breaks": "all", "time": 60.0}),
    ("codes", 0, {"answer": 90.0}),
    ("codes", 1, {"fault": "stale", "keep": 75}),
    ("codes", 2, {"answer": 90.0, "client": 30}),
    ("kinds", 0, {"path": False, "static": True}),
    ("kinds", 1, {"static": True}),
    ("kinds", 2, {"through": True}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH)
def test_every_goal_is_within_reach(name, goal, setting):
    assert getattr(views_edge, name)(**setting).goals[goal].met


def cells(view):
    return {row[0]: row[1:] for row in view.table.rows}


def test_the_targets_columns_add_up_to_all():
    view = views_edge.flow(breaks="zone", time=70.0)
    rows = cells(view)
    for column in (1, 2):
        assert sum(int(row[column]) for name, row in rows.items() if name != "all") == int(rows["all"][column])
    assert rows["node a"][2] != "0"


def test_the_picture_has_a_cross_for_an_error_and_never_too_many_dots():
    for breaks in views_edge.BREAKS:
        svg = views_edge.flow(breaks=breaks, time=40.0, rate=10, each=4).figure["svg"]
        assert svg.count("<circle") + svg.count("scale(") <= 60
        assert ("scale(" in svg) == (breaks in ("zone", "all"))  # 20 s after the break the others are mended


def test_the_moment_is_drawn_from_one_run():
    views_edge._flow.cache_clear()
    for tenth in range(20):
        views_edge.flow(time=tenth / 2)
    assert views_edge._flow.cache_info().misses == 1


def test_every_kind_that_does_not_fit_says_why():
    for row in views_edge.kinds(static=True, udp=True).table.rows:
        assert (row[1] == "yes") == (row[2] == "-")


def test_a_client_that_left_is_said_to_see_nothing():
    assert "access log" in views_edge.codes(answer=90.0, client=30).sentence


@pytest.mark.parametrize(
    "fault", ["nothing", "unhealthy", "stale", "error", "none", "drops", "rst", "malformed", "waf"]
)
def test_a_kept_connection_closes_only_on_a_target_that_is_asked(fault):
    met = cells(views_edge.codes(fault=fault, keep=5))["now and then"][0]
    assert met.startswith("502") == (fault in ("nothing", "unhealthy", "stale", "error"))
    assert cells(views_edge.codes(fault=fault, keep=75))["now and then"] == ("-",)


# --- botocore


def said(service, shape, member):
    model = botocore.session.get_session().get_service_model(service)
    return re.sub(r"<[^>]+>", "", model.shape_for(shape).members[member].documentation)


def value(key):
    return fact(f"load-balancing.edge.{key}").value


def test_botocore_states_the_idle_timeout():
    text = said("elbv2", "LoadBalancerAttribute", "Key")
    low, high, default = re.search(
        r"idle_timeout\.timeout_seconds - .*?range is (\d+)-(\d+) seconds\. The default is (\d+)", text
    ).groups()
    assert (int(low), int(high), int(default)) == tuple(value(f"idle_timeout.{k}") for k in ("min", "max", "default"))


def test_botocore_states_the_protocols():
    text = said("elbv2", "CreateListenerInput", "Protocol")

    def named(pattern):
        return ", ".join(re.findall(r"[A-Z_]+", re.search(pattern, text)[1]))

    assert named(r"Application Load Balancers, the supported protocols are (.*?)\.") == value("alb_protocols")
    assert named(r"Network Load Balancers, the supported protocols are (.*?)\.") == value("nlb_protocols")
    assert value("gwlb_protocol") in said("elbv2", "CreateTargetGroupInput", "Protocol")
    assert ", ".join(re.findall(r"\b[A-Z]{3,5}\b", said("elb", "Listener", "Protocol"))) == value("clb_protocols")


def test_botocore_states_the_zones_an_elastic_ip_and_the_target_types():
    words = {"two": 2}
    subnets = said("elbv2", "CreateLoadBalancerInput", "SubnetMappings")
    assert words[re.search(r"at least (\w+) Availability Zones", subnets)[1]] == value("alb_zones")
    application, rest = subnets.split("[Network Load Balancers]")
    assert "can't specify Elastic IP" in application
    assert "one Elastic IP address per subnet" in rest
    model = botocore.session.get_session().get_service_model("elbv2")
    assert set(model.shape_for("TargetTypeEnum").enum) == {"instance", "ip", "lambda", "alb"}
    assert set(model.shape_for("LoadBalancerTypeEnum").enum) == {"application", "network", "gateway"}
