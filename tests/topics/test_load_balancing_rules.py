"""Listener rules by another road: wildcards by a table, the decision by the least number, the lab's engine as judge."""

import re
from ipaddress import ip_address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.lab.load_balancing_engine import _pattern
from awsbook.topics.load_balancing import model_rule_match as match
from awsbook.topics.load_balancing.model_rule_grammar import read_requests, read_rules
from awsbook.topics.load_balancing.model_rule_match import fits, route
from awsbook.topics.load_balancing.views_client import LIMITS


def by_table(glob, value, cased):
    """Whether the whole value fits, from a table of prefixes: no regular expression and no way back."""
    tokens = [(mark, mark in ("*", "?")) for mark in re.findall(r"\\[*?]|.", glob, re.S)]
    tokens = [(mark[-1] if len(mark) == 2 else mark, wild) for mark, wild in tokens]
    row = [True] + [False] * len(value)
    for mark, wild in tokens:
        if wild and mark == "*":
            row = [any(row[: i + 1]) for i in range(len(value) + 1)]
            continue
        same = [wild or mark == c or (not cased and mark.lower() == c.lower()) for c in value]
        row = [False] + [row[i] and same[i] for i in range(len(value))]
    return row[-1]


GLOBS, VALUES = st.text("abA*?\\.+", max_size=9), st.text("abA*?\\.+", max_size=9)


@settings(max_examples=400)
@given(GLOBS, VALUES, st.booleans())
def test_a_pattern_fits_what_a_table_of_prefixes_says(glob, value, cased):
    assert fits(glob, value, cased) == by_table(glob, value, cased)


def test_a_pattern_that_need_not_cover_the_whole_value_would_be_noticed():
    """Planted fault: search in place of a match of the whole."""
    assert re.search("/api/.*", "/v1/api/x")
    assert not by_table("/api/*", "/v1/api/x", True)
    assert not fits("/api/*", "/v1/api/x", True)


@given(st.text("abA*?.-/_", max_size=8), st.text("abA.-/_", max_size=8))
def test_the_lab_s_engine_reads_wildcards_alike(glob, value):
    assert bool(re.fullmatch(_pattern(glob), value)) == fits(glob, value, cased=True)


HOSTS = ("shop.example.com", "m.example.com", "Shop.Example.com")
PATHS = ("/", "/api/orders", "/API/orders", "/api")
PEERS = ("198.51.100.7", "203.0.113.9")
CONDITIONS = {
    "host=shop.example.com": lambda r: r[1].lower() == "shop.example.com",
    "host=*.example.com": lambda r: r[1].lower().endswith(".example.com"),
    "path=/api/*": lambda r: r[2].startswith("/api/"),
    "path=/": lambda r: r[2] == "/",
    "method=GET": lambda r: r[0] == "GET",
    "ip=198.51.100.0/24": lambda r: ip_address(r[3]) in ip_network("198.51.100.0/24"),
    "header:User-Agent=*mobile*": lambda r: "mobile" in r[4].lower(),
    "query:version=2": lambda r: r[5] == "2",
}
REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST"]), st.sampled_from(HOSTS), st.sampled_from(PATHS), st.sampled_from(PEERS),
    st.sampled_from(["curl", "X-Mobile/7"]), st.sampled_from(["", "1", "2"]),
)  # fmt: skip
CHOSEN = st.lists(st.sampled_from(sorted(CONDITIONS)), min_size=1, max_size=3, unique_by=lambda c: c.partition("=")[0])


@settings(max_examples=200)
@given(st.dictionaries(st.integers(1, 50_000), CHOSEN, max_size=6), REQUESTS)
def test_the_decider_is_the_least_number_of_all_rules_that_hold(made, asked):
    method, host, path, peer, agent, version = asked
    text = [f"{n} {' '.join(chosen)} -> forward g{n}" for n, chosen in made.items()]
    listed = read_rules("\n".join([*text, "default -> forward web"]), LIMITS)
    query = f"?version={version}" if version else ""
    (request,) = read_requests(f"{method} https://{host}{path}{query} from={peer} User-Agent:{agent}")
    holding = [n for n, chosen in made.items() if all(CONDITIONS[c](asked) for c in chosen)]
    way = route(listed, request)
    assert way[-1].rule.name == (str(min(holding)) if holding else "default")
    assert len(way) == 1 + sum(not holding or n < min(holding) for n in made)


def test_no_legal_pattern_backtracks():
    """All stars but the last stand in atomic groups: `*a*a*a*a*b` once took minutes on a path of a's."""
    text = match._pattern("*a*a?a*a*b", cased=True).pattern
    assert text.count("(?>") == 3
    assert re.sub(r"\(\?>[^()]*\)", "", text).count("*") == 1
    assert not match.fits("*a*a*a*a*b", "/" + "a" * 1_900, cased=True)
