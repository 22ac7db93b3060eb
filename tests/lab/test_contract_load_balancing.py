"""What the load balancers' lab teaches, held against HAProxy, moto and our translation between them."""

from collections import Counter

import pytest

from awsbook.lab.engines import find

if find("haproxy") is None:
    pytest.skip("haproxy is not installed on this machine", allow_module_level=True)

from botocore.exceptions import ClientError

from awsbook.lab import Sandbox
from awsbook.lab.load_balancing_engine import NotTranslated, Target, balancing, routable
from awsbook.lab.throttle import TimeStandsStill

SHOP = "http://shop.example.com"


class World:
    """A sandbox with a load balancer, and short words for what the tests do to it."""

    def __init__(self, lab):
        self.lab, self.site = lab, lab.use(balancing(lab))
        self.elb, self.acm = lab.client("elbv2"), lab.client("acm")
        subnets = lab.client("ec2").describe_subnets()["Subnets"][:2]
        self.subnets, self.network = [subnet["SubnetId"] for subnet in subnets], subnets[0]["VpcId"]

    def group(self, servers, name="web", protocol="HTTP", **more):
        if protocol == "HTTP":
            more = {"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 10} | more
        made = self.elb.create_target_group(
            Name=name, Protocol=protocol, Port=80, VpcId=self.network, TargetType="ip", **more
        )
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        if servers:
            self.register(arn, *servers)
        return arn

    def register(self, arn, *servers):
        self.elb.register_targets(TargetGroupArn=arn, Targets=[{"Id": server.id} for server in servers])

    def deregister(self, arn, *servers):
        self.elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": server.id} for server in servers])

    def set(self, arn, **attributes):
        pairs = [{"Key": key.replace("__", "."), "Value": value} for key, value in attributes.items()]
        self.elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=pairs)

    def balancer(self, name="shop", **more):
        made = self.elb.create_load_balancer(Name=name, Subnets=self.subnets, **more)
        return made["LoadBalancers"][0]["LoadBalancerArn"]

    def listen(self, balancer, actions, protocol="HTTP", port=80, **more):
        made = self.elb.create_listener(
            LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=actions, **more
        )
        return made["Listeners"][0]["ListenerArn"]

    def states(self, arn):
        told = self.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in told]

    def answered(self, count=12, url=SHOP, **more):
        return Counter(self.site.visit(url, **more).server for _ in range(count))

    def statuses(self, count=12):
        return Counter(self.site.visit(SHOP).status for _ in range(count))


@pytest.fixture
def world():
    with Sandbox() as lab:
        yield World(lab)


@pytest.fixture
def three(world):
    """Three healthy servers behind one HTTP listener."""
    world.servers = [world.site.server(f"web-{n}") for n in (1, 2, 3)]
    world.web = world.group(world.servers)
    world.alb = world.balancer()
    world.listener = world.listen(world.alb, forward(world.web))
    world.lab.clock.advance(10)
    return world


def forward(group):
    return [{"Type": "forward", "TargetGroupArn": group}]


def say(text, status="200"):
    fixed = {"StatusCode": status, "ContentType": "text/plain", "MessageBody": text}
    return [{"Type": "fixed-response", "FixedResponseConfig": fixed}]


def on(field, config, **values):
    return {"Field": field, config: values}


def test_requests_are_dealt_in_turn(three):
    """Exactly equal, because this engine is one node."""
    assert three.answered(30) == {"web-1": 10, "web-2": 10, "web-3": 10}


def test_a_target_that_returns_takes_its_turn_at_once(three):
    """HAProxy's `roundrobin` would let it wait for up to sixteen rounds."""
    for _ in range(12):
        three.deregister(three.web, three.servers[0])
        assert three.answered(5)["web-1"] == 0
        three.register(three.web, three.servers[0])
        three.lab.clock.advance(10)
        assert three.answered(6) == {"web-1": 2, "web-2": 2, "web-3": 2}


def test_a_crash_is_always_a_502(three):
    """Also under load: the server takes the request, and cuts the line."""
    three.servers[0].crash()
    assert three.statuses(300) == {200: 200, 502: 100}


def test_http_decides_for_each_request_and_tcp_for_each_connection(three):
    """Six requests over one connection."""
    wire = three.group(three.servers, "wire", "TCP")
    three.listen(three.balancer("wire", Type="network"), forward(wire), "TCP", 8080)
    three.lab.clock.advance(30)
    seen = []
    for url in (SHOP, f"{SHOP}:8080"):
        with three.site.line(url) as line:
            seen.append(len({line.get("/").server for _ in range(6)}))
    assert seen == [3, 1]
    assert len(three.answered(6, f"{SHOP}:8080")) == 3


RULES = [
    (100, [on("path-pattern", "PathPatternConfig", Values=["/a/*", "/b?"])]),
    (9, [on("host-header", "HostHeaderConfig", Values=["*.Blog.com"])]),
    (20, [on("http-header", "HttpHeaderConfig", HttpHeaderName="X-Test", Values=["yes*"])]),
    (30, [on("query-string", "QueryStringConfig", Values=[{"Key": "v", "Value": "2*"}, {"Value": "any"}])]),
    (40, [on("http-request-method", "HttpRequestMethodConfig", Values=["DELETE", "POST"])]),
    (50, [on("source-ip", "SourceIpConfig", Values=["127.0.0.99/32"])]),
    (
        60,
        [
            on("host-header", "HostHeaderConfig", Values=["c.com", "d.com"]),
            on("path-pattern", "PathPatternConfig", Values=["/it's (a+b)[1].x$"]),
        ],
    ),
]


@pytest.mark.parametrize(
    ("won", "url", "more"),
    [
        ("100", "/a/", {}),
        ("100", "/a/x/y?v=1", {}),
        ("100", "/bb", {}),
        ("default", "/b", {}),
        ("default", "/A/x", {}),
        ("default", "/x/a/y", {}),
        ("default", "/?from=/a/x", {}),
        ("9", "//www.blog.COM/a/x", {}),
        ("default", "//blog.com/x", {}),
        ("default", "//www.blog.com.org/x", {}),
        ("20", "/a/x", {"headers": {"x-test": "YES please"}}),
        ("default", "/", {"headers": {"X-Test": "oh yes"}}),
        ("30", "/a/x?w=1&V=27", {}),
        ("30", "/?zzz=any", {}),
        ("default", "/?v=12&vv=2", {}),
        ("40", "/", {"method": "POST"}),
        ("50", "/", {"address": "127.0.0.99"}),
        ("default", "/", {"address": "127.0.0.98"}),
        ("60", "//d.com/it's%20(a+b)[1].x$", {}),
        ("default", "//e.com/it's (a+b)[1].x$", {}),
    ],
)
def test_the_first_rule_by_number_decides(world, won, url, more):
    """Whole values, * and ?, any value of a condition, every condition of a rule; numbers, not texts; hosts, header
    values and queries in any case, paths as they are."""
    listener = world.listen(world.balancer(), say("default"))
    for priority, conditions in RULES:
        if priority == 60:  # a space in a path travels as %20, and the pattern is of what travels
            conditions = [conditions[0], on("path-pattern", "PathPatternConfig", Values=["/it's?20(a+b)[1].x$"])]
            conditions[1]["PathPatternConfig"]["Values"] = ["/it's???(a+b)[1].x$"]
        world.elb.create_rule(
            ListenerArn=listener, Priority=priority, Conditions=conditions, Actions=say(str(priority))
        )
    whole = f"http:{url}" if url.startswith("//") else f"http://shop.example.com{url}"
    assert world.site.visit(whole.replace(" ", "%20"), **more).text == won


def test_a_fixed_response_and_a_redirect_need_no_target(world):
    """Their status, text and kind are the rule's."""
    listener = world.listen(world.balancer(), say("gone", "410"))
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    world.elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[on("path-pattern", "PathPatternConfig", Values=["/pay"])],
        Actions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )
    answer, moved = world.site.visit(f"{SHOP}/x"), world.site.visit(f"{SHOP}/pay?a=1")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (410, "gone", "text/plain")
    assert (moved.status, moved.headers["location"]) == (301, "https://shop.example.com:443/pay?a=1")


def test_a_new_target_needs_one_check_and_one_that_was_unhealthy_several(three):
    """Five by default, and two failures to be taken out."""
    clock, web_2 = three.lab.clock, three.servers[1]
    web_2.crash()
    clock.advance(10)
    assert three.statuses() == {200: 8, 502: 4}
    clock.advance(10)
    assert three.states(three.web) == ["healthy", "unhealthy", "healthy"]
    assert three.answered() == {"web-1": 6, "web-3": 6}
    web_2.restart()
    clock.advance(40)
    assert three.states(three.web)[1] == "unhealthy"
    clock.advance(10)
    assert three.answered() == {"web-1": 4, "web-2": 4, "web-3": 4}


@pytest.mark.parametrize(("at", "interval", "failures"), [(497.937656, 10, 3), (4089.858807, 10, 2)])
def test_a_check_that_is_due_in_this_instant_takes_place(world, at, interval, failures):
    """Here the sums of fractions lie a hair beside the clock, which counts microseconds."""
    world.lab.clock.advance(round(at - world.lab.clock.elapsed, 6))
    server = world.site.server("web", boots=interval)
    web = world.group([server], HealthCheckIntervalSeconds=interval, UnhealthyThresholdCount=failures)
    world.listen(world.balancer(), forward(web))
    world.lab.clock.advance(interval)
    assert (world.states(web), world.site.visit(SHOP).status) == (["healthy"], 200)
    server.crash()
    for _ in range(failures):
        world.lab.clock.advance(interval)
    assert world.states(web) == ["unhealthy"]


def test_a_good_check_in_between_starts_the_count_again():
    """Failures count in a row only."""
    target = Target("t", 0, 0)
    heard = []
    for passed in (True, False, True, False, False, True, True):
        target.hear(passed, healthy_after=2, unhealthy_after=2)
        heard.append(target.state)
    assert heard == ["healthy", "healthy", "healthy", "healthy", "unhealthy", "unhealthy", "healthy"]


@pytest.mark.parametrize(
    ("states", "gets"),
    [
        ([], []),
        (["healthy", "unhealthy"], [True, False]),
        (["unhealthy", "unhealthy"], [True, True]),
        (["initial", "unhealthy"], [False, False]),
        (["initial", "healthy"], [False, True]),
    ],
)
def test_only_if_all_are_unhealthy_all_get_requests(states, gets):
    """The load balancer fails open."""
    assert routable(states) == gets


def test_a_group_of_unhealthy_targets_serves_and_an_empty_one_says_503(three):
    """And a target that crashes while the group fails open goes on getting its share."""
    for server in three.servers:
        server.health_page = "/health/v2"
    three.lab.clock.advance(20)
    assert three.states(three.web) == ["unhealthy"] * 3
    assert three.statuses() == {200: 12}
    three.servers[2].crash()
    three.lab.clock.advance(100)
    assert three.statuses() == {200: 8, 502: 4}
    three.elb.modify_target_group(TargetGroupArn=three.web, HealthCheckPath="/health/v2")
    three.lab.clock.advance(50)
    assert three.statuses() == {200: 12}
    three.deregister(three.web, *three.servers)
    assert three.statuses() == {503: 12}


def test_the_cookie_brings_a_browser_back_unless_its_target_is_gone(three):
    """Not to an unhealthy target, and not to a draining one; without the cookie there is no memory."""
    three.set(three.web, stickiness__enabled="true", stickiness__type="lb_cookie")
    bob = three.site.browser("bob")
    homes = {bob.visit(SHOP).server for _ in range(6)}
    assert len(homes) == 1
    assert len(three.answered(6)) == 3
    (home,) = (server for server in three.servers if server.name in homes)
    home.crash()
    three.lab.clock.advance(20)
    (second,) = {bob.visit(SHOP).server for _ in range(6)}
    assert second != home.name
    (home,) = (server for server in three.servers if server.name == second)
    three.deregister(three.web, home)
    (third,) = {bob.visit(SHOP).server for _ in range(6)}
    assert third != second


def test_a_draining_target_gets_nothing_new_and_finishes_what_it_has(three):
    """Until its delay is over: then what is open is cut."""
    three.set(three.web, deregistration_delay__timeout_seconds="60")
    by_name = {server.name: server for server in three.servers}
    soon, late = three.site.begin(SHOP), three.site.begin(SHOP)
    assert soon.server != late.server
    three.deregister(three.web, by_name[soon.server], by_name[late.server])
    assert three.states(three.web).count("draining") == 2
    assert len(three.answered()) == 1
    three.lab.clock.advance(59)
    assert soon.finish().status == 200
    three.lab.clock.advance(1)
    assert late.finish().status >= 500
    assert three.states(three.web) == ["healthy"]


def test_the_waiters_move_the_clock_and_a_loop_that_does_not_is_stopped(three):
    """Both waiters of the SDK end, and asking without waiting does not go on for ever."""
    new = three.site.server("new", boots=20)
    three.register(three.web, new)
    began = three.lab.clock.elapsed
    three.elb.get_waiter("target_in_service").wait(TargetGroupArn=three.web, Targets=[{"Id": new.id}])
    assert 20 <= three.lab.clock.elapsed - began <= 75
    three.deregister(three.web, new)
    began = three.lab.clock.elapsed
    three.elb.get_waiter("target_deregistered").wait(TargetGroupArn=three.web, Targets=[{"Id": new.id}])
    assert three.lab.clock.elapsed - began == 300
    with pytest.raises(TimeStandsStill, match="wait between two attempts"):  # noqa: PT012
        for _ in range(200):
            three.states(three.web)


def https(world, *names):
    arns = []
    for name in names:
        certificate, key = world.site.certificate(name)
        arns.append(world.acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"])
    first = [{"CertificateArn": arns[0]}]
    listener = world.listen(world.alb, forward(world.web), "HTTPS", 443, Certificates=first)
    for arn in arns[1:]:
        world.elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arn}])


def test_each_name_gets_its_certificate_and_a_stranger_the_first(three):
    """One port, three certificates, one of them for all names below a domain."""
    https(three, "shop.example.com", "boots.example.com", "*.hats.example.com")
    asked = ["shop.example.com", "boots.example.com", "top.hats.example.com", "gloves.example.com"]
    assert [three.site.shown_certificate(name) for name in asked] == [
        "shop.example.com",
        "boots.example.com",
        "*.hats.example.com",
        "shop.example.com",
    ]


def test_the_forwarded_headers_say_who_asked_and_how(three):
    """What a customer wrote stays in front; the other two are the load balancer's."""
    https(three, "shop.example.com")
    lie = {"X-Forwarded-For": "203.0.113.9, 10.0.0.1", "X-Forwarded-Proto": "ftp", "X-Forwarded-Port": "1"}
    plain, secure, lied = (
        three.site.visit(url, sent, address="127.0.0.7").body
        for url, sent in [(SHOP, None), ("https://shop.example.com/", None), (SHOP, lie)]
    )
    seen = [
        tuple(body["headers"][f"x-forwarded-{name}"] for name in ("for", "proto", "port"))
        for body in (plain, secure, lied)
    ]
    home = plain["headers"]["x-forwarded-for"]  # 127.0.0.7 where a computer has more than one loopback address
    assert seen == [(home, "http", "80"), (home, "https", "443"), (f"203.0.113.9, 10.0.0.1, {home}", "http", "80")]
    assert plain["peer"] == "127.0.0.1"


def test_a_tcp_listener_adds_nothing_and_hides_nothing(three):
    """The server sees the load balancer's address, and the request as it was sent."""
    wire = three.group(three.servers, "wire", "TCP")
    three.listen(three.balancer("wire", Type="network"), forward(wire), "TCP", 8080)
    three.lab.clock.advance(30)
    body = three.site.visit(f"{SHOP}:8080/x?y", {"X-Mine": "1"}, address="127.0.0.7").body
    assert (body["path"], body["peer"]) == ("/x?y", "127.0.0.1")
    assert body["headers"] == {"host": "shop.example.com", "x-mine": "1"}


def test_moto_records_what_the_notebook_prints(three):
    """Defaults that the lab shows as AWS's."""
    (group,) = three.elb.describe_target_groups(TargetGroupArns=[three.group([], "plain")])["TargetGroups"]
    assert (group["UnhealthyThresholdCount"], group["HealthyThresholdCount"]) == (2, 5)
    made = three.elb.create_target_group(Name="bare", Protocol="HTTP", Port=80, VpcId=three.network, TargetType="ip")
    assert made["TargetGroups"][0]["HealthCheckIntervalSeconds"] == 30
    attributes = three.elb.describe_target_group_attributes(TargetGroupArn=three.web)["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "300"} in attributes
    with pytest.raises(ClientError, match="PriorityInUse"):  # noqa: PT012
        for _ in range(2):
            three.elb.create_rule(
                ListenerArn=three.listener,
                Priority=1,
                Conditions=[on("path-pattern", "PathPatternConfig", Values=["/x"])],
                Actions=say("x"),
            )


def test_health_is_unused_where_no_listener_leads(world):
    """A group that nobody forwards to is not checked."""
    group = world.group([world.site.server("web-1")])
    world.lab.clock.advance(60)
    assert world.states(group) == ["unused"]


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (lambda w: w.listen(w.alb, forward(w.web), "HTTPS", 444), "needs a certificate"),
        (
            lambda w: w.listen(
                w.alb,
                [
                    {
                        "Type": "forward",
                        "ForwardConfig": {
                            "TargetGroups": [
                                {"TargetGroupArn": w.web, "Weight": 1},
                                {"TargetGroupArn": w.group([], "other"), "Weight": 1},
                            ]
                        },
                    }
                ],
                port=81,
            ),
            "one target group",
        ),
        (
            lambda w: w.register(w.web, *(w.site.server(f"more-{n}") for n in range(12))),
            "holds 12 targets",
        ),
    ],
)
def test_what_is_not_translated_is_refused_in_words(three, break_it, words):
    """At the next request at the latest; moving the clock, as the kernel does after each cell, stays harmless."""
    with pytest.raises(NotTranslated, match=words):  # noqa: PT012
        break_it(three)
        three.lab.clock.advance(1)
        three.site.visit(SHOP)


def test_moto_is_itself_again_afterwards():
    """And so is the clock."""
    from moto.elbv2.models import ELBv2Backend
    from moto.elbv2.responses import ELBV2Response

    def now():
        return ELBv2Backend.register_targets, ELBv2Backend.describe_target_health, ELBV2Response.call_action

    before = now()
    with Sandbox() as lab, balancing(lab):
        assert now() != before
        assert "advance" in vars(lab.clock)
    assert now() == before
    assert "advance" not in vars(lab.clock)
