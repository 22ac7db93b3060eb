"""Load balancing, what is read: rules as AWS states them, certificates, the client's address, and their explorables."""

import re
from dataclasses import replace
from fnmatch import fnmatchcase

import pytest
from elbv2_says import MODEL, assert_states, documentation
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore.controls import ControlError
from awsbook.explore.explorable import Explorable
from awsbook.facts import fact
from awsbook.topics.load_balancing import views_client
from awsbook.topics.load_balancing.model_forwarded import KINDS, Setup, believed, seen
from awsbook.topics.load_balancing.model_rule_grammar import Refused, read_requests, read_rules
from awsbook.topics.load_balancing.model_rule_match import fits, holds, location, route, shares
from awsbook.topics.load_balancing.model_sni import covers, read, show
from awsbook.topics.load_balancing.views_client import CERTIFICATES, HOP, LIMITS, RULES

BY_NAME = {name: made for name, made in vars(views_client).items() if isinstance(made, Explorable)}
FIXED_ORDER = RULES.replace("10 host=shop", "90 host=shop")
SIX = """\
10 host=a.example.com -> forward a
20 path=/b -> forward b
30 method=PUT -> forward c
40 header:X-Test=d -> forward d
50 query:e=? -> forward e
60 ip=198.51.100.0/24 -> forward f
default -> forward web"""
SIX_REQUESTS = """\
GET https://a.example.com/
GET https://x.example.com/b
PUT https://x.example.com/
GET https://x.example.com/ X-Test:D
GET https://x.example.com/?e=1
GET https://x.example.com/ from=198.51.100.9
GET https://x.example.com/"""
REACH = [
    ("rules", 0, {"rules": FIXED_ORDER}),
    ("rules", 1, {"rules": SIX, "requests": SIX_REQUESTS}),
    ("rules", 2, {"rules": SIX, "requests": SIX_REQUESTS}),
    ("sni", 0, {"sends": False}),
    ("sni", 1, {"certificates": CERTIFICATES + "\n*.shop.example.com RSA-2048 90", "name": "a.shop.example.com"}),
    ("sni", 2, {"ec": False}),
    ("sni", 3, {"certificates": "example.com EC-256 90", "ec": False}),
    ("forwarded", 0, {"reads": "last"}),
    ("forwarded", 1, {"reads": "second", "cdn": True}),
    ("forwarded", 2, {"kind": "nlb", "targets": "ip", "proxy": True, "reads": "proxy"}),
    ("forwarded", 3, {"mode": "remove"}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing)[:30])
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met
    assert not BY_NAME[name]().goals[goal].met


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (name, i) for name, made in BY_NAME.items() for i in range(len(made().goals))
    }


# --- rules


def rules(text):
    return read_rules(text + "\ndefault -> forward web", LIMITS)


def request(text):
    return read_requests(text)[0]


def decider(text, asked):
    return route(rules(text), request(asked))[-1].rule.name


@pytest.mark.parametrize(
    ("condition", "asked", "expected"),
    [
        # the ALB guide's own examples
        ("host=*.example.com", "GET https://test.example.com/", True),
        ("host=*.example.com", "GET https://example.com/", False),
        ("path=/img/*", "GET https://a.example.com/img/picture.jpg", True),
        ("query:version=v1", "GET https://a.example.com/?version=v1", True),
        ("query=*example*", "GET https://a.example.com/?any=an-example", True),
        ("ip=192.0.2.0/24,198.51.100.10/32", "GET https://a.example.com/ from=198.51.100.10", True),
        ("header:User-Agent=*Chrome*,*Safari*", "GET https://a.example.com/ user-agent:MYsafari", True),
        # case
        ("host=SHOP.example.com", "GET https://shop.Example.com/", True),
        ("path=/API/*", "GET https://a.example.com/api/x", False),
        ("query:coupon=sale", "GET https://a.example.com/?COUPON=SALE", True),
        ("method=GET", "HEAD https://a.example.com/", False),
        # what a pattern covers
        ("path=/api/*", "GET https://a.example.com/api", False),
        ("path=/api/*", "GET https://a.example.com/api/", True),
        ("path=/a?c", "GET https://a.example.com/abc", True),
        ("path=/a?c", "GET https://a.example.com/ac", False),
        ("path=*x*", "GET https://a.example.com/?x=1", False),
        ("query:q=\\*", "GET https://a.example.com/?q=7", False),
        ("query:q=\\*", "GET https://a.example.com/?q=*", True),
        ("query:coupon=*", "GET https://a.example.com/?coupon=", True),
        ("ip=203.0.113.0/24", "GET https://a.example.com/ X-Forwarded-For:203.0.113.9", False),
        ("header:X-Forwarded-For=203.0.113.*", "GET https://a.example.com/ X-Forwarded-For:203.0.113.9", True),
        ("ip=2001:db8::/32", "GET https://a.example.com/ from=198.51.100.10", False),
    ],
)
def test_a_condition_holds_as_aws_says(condition, asked, expected):
    (one,) = rules(f"1 {condition} -> forward a")[0].conditions
    assert holds(one, request(asked)) is expected


@given(st.text("ab*?[]!.-", max_size=8), st.text("ab[]!.-", max_size=8))
def test_patterns_agree_with_the_shell_s_where_brackets_mean_themselves(pattern, value):
    assert fits(pattern, value, cased=True) == fnmatchcase(value, pattern.replace("[", "[[]"))


def test_the_lowest_number_is_asked_first_and_the_first_that_holds_decides():
    text = "20 path=/api/* -> forward api\n9 host=shop.example.com -> forward web"
    assert decider(text, "GET https://shop.example.com/api/x") == "9"
    assert decider(text, "GET https://m.example.com/api/x") == "20"
    assert decider(text, "GET https://m.example.com/") == "default"


def test_an_order_by_text_would_be_noticed():
    """Planted fault: 10 before 9, as texts sort."""
    text = "10 path=/* -> forward a\n9 path=/* -> forward b"
    asked = request("GET https://a.example.com/")
    wrong = tuple(sorted(rules(text), key=lambda rule: rule.name))
    assert route(rules(text), asked)[-1].rule.name == "9"
    assert route(wrong, asked)[-1].rule.name != "9"


@given(st.permutations(RULES.split("\n")))
def test_the_order_of_writing_means_nothing(lines):
    asked = request("GET https://m.example.com/api/orders?coupon=1 from=198.51.100.7")
    assert route(read_rules("\n".join(lines), LIMITS), asked)[-1].rule.name == "20"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("0 path=/ -> forward a", "from 1 to 50,000"),
        ("50001 path=/ -> forward a", "from 1 to 50,000"),
        ("1 path=/ -> forward a\n1 path=/b -> forward a", "line 2: PriorityInUse"),
        ("1 -> forward a", "needs a condition"),
        ("1 path=/a path=/b -> forward a", "up to one path-pattern"),
        ("1 path=/a,/b,/c,/d,/e,/f -> forward a", "6 condition values, and a rule takes 5"),
        ("1 path=/*/*/* host=*.?.*.com -> forward a", "6 wildcards, and a rule takes 5"),
        ("1 host=localhost -> forward a", "at least one ."),
        ("1 host=blog.* -> forward a", "only letters may follow"),
        ("1 path=/a|b -> forward a", "no path pattern takes"),
        ("1 path= -> forward a", "can't be empty"),
        (f"1 path=/{'a' * 128} -> forward a", "longer than 128"),
        ("1 method=get -> forward a", "only A-Z"),
        ("1 method=* -> forward a", "no wildcard"),
        ("1 ip=203.0.113.7 -> forward a", "203.0.113.7/32"),
        ("1 ip=203.0.113.7/24 -> forward a", "no CIDR block"),
        ("1 header:Host=a -> forward a", "use host="),
        ("1 header:X-*=a -> forward a", "no header name"),
        ("1 colour=red -> forward a", "is no condition"),
        ("1 path=/ forward a", "no ->"),
        ("1 path=/ -> forward a:1000", "0 to 999"),
        ("1 path=/ -> forward a b c d e f", "takes 5"),
        ("1 path=/ -> forward a:0", "all weights are 0"),
        ("1 path=/ -> fixed 302", "2XX, 4XX or 5XX"),
        ("1 path=/ -> redirect 301", "or it would loop"),
        ("1 path=/ -> redirect 301 path=/#{path}", "or it would loop"),
        ("1 path=/ -> redirect 307 path=/b", "301 or 302"),
        ("1 path=/ -> redirect 301 protocol=HTTP", "can't redirect HTTPS to HTTP"),
        ("default path=/ -> forward a", "can't have conditions"),
        ("default -> forward a", "a second default"),
    ],
)
def test_a_rule_that_aws_would_refuse_gets_its_line_and_the_reason(wrong, why):
    with pytest.raises(Refused, match=re.escape(why)):
        rules(wrong)


def test_a_listener_without_a_default_is_refused():
    with pytest.raises(Refused, match="line 1: a listener needs a default rule"):
        read_rules("1 path=/ -> forward a", LIMITS)


def test_a_higher_limit_would_let_the_sixth_value_in():
    """Planted fault: the limits are the ledger's, not the code's."""
    text = "1 path=/a,/b,/c,/d,/e,/f -> forward a\ndefault -> forward web"
    assert len(read_rules(text, replace(LIMITS, values=6))) == 2


def test_a_redirect_keeps_what_it_does_not_set():
    rule = rules("1 path=/* -> redirect 302 host=www.#{host} path=/new/#{path}")[0]
    said = location(rule.action, request("GET https://example.com/a/b?x=1&y="))
    assert said == "https://www.example.com/new/a/b?x=1&y="


@given(st.lists(st.integers(0, 999), min_size=1, max_size=5).filter(any))
def test_weights_share_everything_out(weights):
    groups = " ".join(f"g{i}:{weight}" for i, weight in enumerate(weights))
    parts = shares(rules(f"1 path=/ -> forward {groups}")[0].action)
    assert sum(share for _, share in parts) == pytest.approx(1)
    assert [share * sum(weights) for _, share in parts] == pytest.approx(weights)


@pytest.mark.parametrize(
    ("control", "text", "line"),
    [
        ("rules", RULES.replace("30 path", "20 path"), 3),
        ("rules", "", 1),
        ("requests", "GET https://a.example.com/\nGET /x", 2),
        ("requests", "\n".join(["GET https://a.example.com/"] * 13), 13),
        ("requests", "GET https://a.example.com/ from=here", 1),
    ],
)
def test_a_broken_text_is_refused_at_its_line(control, text, line):
    with pytest.raises(ControlError) as error:
        BY_NAME["rules"](**{control: text})
    assert (error.value.control, error.value.line) == (control, line)


def test_the_deciding_rule_and_the_request_are_marked():
    assert BY_NAME["rules"]().lines == {"rules": (1, 1), "requests": (1, 1)}
    assert BY_NAME["rules"](which=5).lines == {"rules": (5, 5), "requests": (5, 5)}


def test_the_table_tells_of_each_request_the_rule_the_answer_and_how_many_were_asked():
    table = BY_NAME["rules"]().table
    assert table.header == ("No.", "Rule", "The load balancer", "Asked", "Request")
    assert table.rows[0] == ("1", "10", "to group web", "1", "GET shop.example.com/api/orders")
    assert table.rows[3] == ("4", "30", "301 to https://example.com/?size=42", "3", "GET example.com/old/shoes")
    assert table.rows[5] == ("6", "60", "to web 90 %, beta 10 %", "6", "GET example.com/")


# --- certificates


@pytest.mark.parametrize(
    ("names", "name", "expected"),
    [
        ("example.com", "example.com", True),
        ("example.com", "EXAMPLE.com", True),
        ("*.example.com", "shop.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.shop.example.com", False),
        ("example.com,*.example.com", "example.com", True),
    ],
)
def test_a_wildcard_stands_for_one_label(names, name, expected):
    assert covers(read(f"{names} RSA-2048 90", 25)[0], name) is expected


def shown(text, name="a.example.com", sni=True, ec=True):
    made = show(read(text, 25), name, sni, ec)
    return made.certificate.line if made.certificate else None, made.fits


@pytest.mark.parametrize(
    ("listed", "line"),
    [
        ("a.example.com RSA-4096 900\na.example.com EC-256 90", 3),
        ("a.example.com RSA-2048 900\na.example.com RSA-4096 90", 3),
        ("a.example.com RSA-2048 90\n*.example.com RSA-2048 900", 3),
        ("b.example.com EC-384 900\na.example.com RSA-2048 1", 3),
    ],
)
def test_of_several_that_fit_the_best_is_shown(listed, line):
    assert shown(f"default.example.com RSA-2048 90\n{listed}") == (line, True)


def test_the_default_answers_without_a_name_and_for_a_name_nobody_has():
    text = "default.example.com RSA-2048 90\na.example.com RSA-2048 90"
    assert shown(text) == (2, True)
    assert shown(text, sni=False) == (1, False)
    assert shown(text, name="c.example.com") == (1, False)


def test_a_client_gets_no_key_that_it_cannot_take():
    text = "default.example.com RSA-2048 90\na.example.com RSA-2048 90\na.example.com EC-256 90"
    assert shown(text, ec=False) == (2, True)
    assert shown("a.example.com EC-256 90", ec=False) == (None, False)


def test_one_certificate_too_many_is_refused():
    text = "\n".join(f"a{i}.example.com RSA-2048 90" for i in range(27))
    with pytest.raises(ControlError, match="TooManyCertificates") as error:
        BY_NAME["sni"](certificates=text)
    assert error.value.line == 27


@pytest.mark.parametrize(
    "wrong", ["", "shop RSA-2048 90", "a.*.com RSA-2048 90", "a.example.com DSA 90", "a.example.com RSA-2048"]
)
def test_a_broken_certificate_is_refused(wrong):
    with pytest.raises(ControlError):
        BY_NAME["sni"](certificates=wrong)


@pytest.mark.parametrize("wrong", ["", "shop", "*.example.com", "a b.com"])
def test_a_name_that_no_client_asks_for_is_refused(wrong):
    with pytest.raises(ControlError):
        BY_NAME["sni"](name=wrong)


# --- who the client is


@given(st.sampled_from(["", "203.0.113.9", "10.0.0.5, 10.0.0.6"]), st.booleans())
def test_nobody_can_forge_the_entry_that_the_load_balancer_appends(forged, with_port):
    for kind in ("alb", "clb_http"):
        assert believed(seen(Setup(kind, with_port=with_port), HOP, forged), "last") == HOP.client


@given(st.sampled_from(KINDS), st.sampled_from(["append", "preserve", "remove"]), st.booleans(), st.booleans())
def test_the_first_entry_is_whatever_the_client_wrote(kind, mode, cdn, proxy):
    got = seen(Setup(kind, mode, cdn=cdn, proxy=proxy), HOP, "203.0.113.9")
    assert believed(got, "first") in ("203.0.113.9", "")


def test_the_guide_s_example_without_a_header_comes_out():
    assert seen(Setup("alb"), HOP, "").forwarded == HOP.client
    assert seen(Setup("alb", with_port=True), HOP, "").forwarded == f"{HOP.client}:{HOP.port}"
    assert seen(Setup("alb", "preserve"), HOP, "").forwarded is None


def test_a_network_load_balancer_keeps_the_source_and_touches_no_header():
    got = seen(Setup("nlb"), HOP, "203.0.113.9")
    assert (got.source, got.forwarded, got.proto) == (HOP.client, "203.0.113.9", "")
    assert seen(Setup("nlb", preserve=False), HOP, "").source == HOP.balancer


def test_an_unknown_kind_is_an_error():
    with pytest.raises(ValueError, match="not one of"):
        seen(Setup("gwlb"), HOP, "")


# --- the numbers that botocore states

BALANCER, GROUP = ("LoadBalancerAttribute", "Key"), ("TargetGroupAttribute", "Key")


@pytest.mark.parametrize(
    ("key", "place", "pattern"),
    [
        ("rules.length", ("PathPatternConditionConfig", "Values"), r"maximum length of each string is (\d+)"),
        ("rules.length", ("HostHeaderConditionConfig", "Values"), r"maximum length of each string is (\d+)"),
        ("rules.length", ("HttpHeaderConditionConfig", "Values"), r"maximum length of each string is (\d+)"),
        ("rules.length", ("QueryStringConditionConfig", "Values"), r"maximum length of each string is (\d+)"),
        ("rules.name", ("HttpHeaderConditionConfig", "HttpHeaderName"), r"maximum length is (\d+)"),
        ("rules.name", ("HttpRequestMethodConditionConfig", "Values"), r"maximum length is (\d+)"),
        ("rules.weight", ("TargetGroupTuple", "Weight"), r"range is 0 to (\d+)"),
        ("client.mode", BALANCER, r"xff_header_processing.mode .*?The default is (\w+)"),
        ("client.with_port", BALANCER, r"xff_client_port.enabled .*?The default is (\w+)"),
        ("client.proxy_v2", GROUP, r"proxy_protocol_v2.enabled .*?The default is (\w+)"),
    ],
)
def test_the_service_model_still_says_the_number(key, place, pattern):
    assert_states(key, place, pattern)


@pytest.mark.parametrize(
    ("shape", "member", "words"),
    [
        ("HostHeaderConditionConfig", "Values", "case insensitive"),
        ("PathPatternConditionConfig", "Values", "case sensitive"),
        ("QueryStringConditionConfig", "Values", "case insensitive"),
        ("HttpRequestMethodConditionConfig", "Values", "case sensitive"),
        ("HostHeaderConditionConfig", "Values", "only alphabetical characters after the final"),
        ("RedirectActionConfig", "Protocol", "You can't redirect HTTPS to HTTP"),
    ],
)
def test_the_service_model_still_says_the_rule(shape, member, words):
    text = documentation(shape, member)
    assert words in text.replace("’", "'")


def test_the_bounds_of_the_service_model_stand():
    assert MODEL["shapes"]["RulePriority"]["max"] == fact("load-balancing.rules.priority").value
    certificates = MODEL["shapes"]["CreateListenerInput"]["members"]["Certificates"]["documentation"]
    assert "exactly one certificate" in certificates
    assert fact("load-balancing.sni.default").value == 1
