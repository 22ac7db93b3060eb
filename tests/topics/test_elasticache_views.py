"""ElastiCache: every goal within reach."""

import re

import pytest

from awsbook.explore.explorable import in_topic
from awsbook.topics.elasticache.model_patterns import Cache, run
from awsbook.topics.elasticache.model_requests import trace
from awsbook.topics.elasticache.views import DRAWN, PER_SECOND, REQUESTS, WARM

ALL = in_topic("elasticache")
BY_NAME = {made.name: made for made in ALL}


REACH = [
    ("patterns", 0, {"room": 90, "skew": 0.2, "ttl": 26}),
    ("patterns", 1, {"keys": 100, "room": 50, "skew": 1.4, "writes": 0}),
    ("patterns", 2, {"database_ms": 1}),
    ("patterns", 3, {"keys": 50, "room": 100, "skew": 0.2, "writes": 0}),
    ("che_curve", 0, {"skew": 1.5}),
    ("che_curve", 1, {"skew": 0.0}),
    ("hot_key", 0, {"rate": 200}),
    ("hot_key", 1, {"lock": True}),
    ("hot_key", 2, {"keys": 40, "rate": 200, "lock": True, "jitter": 50}),
    ("node_lost", 0, {"nodes": 2}),
    ("node_lost", 1, {"points": 84}),
    ("node_lost", 2, {"hits": 99}),
    ("logged_in", 0, {"store": "cache"}),
    ("logged_in", 1, {"store": "cache", "ttl": 60}),
    ("logged_in", 2, {"pause": 60}),
    ("which_engine", 0, {"backup": False, "threads": True}),
    ("which_engine", 1, {"durable": True}),
    ("which_engine", 2, {"threads": True}),
    ("serverless_bill", 0, {"gb": 0.1}),
    ("serverless_bill", 1, {"gb": 10.0, "rate": 50_000, "kb": 5.0}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing))
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("node_lost", {"hits": 0}, "gets 1 time its usual reads"),
        ("che_curve", {"room": 1, "keys": 50}, "'1 key'"),
        ("che_curve", {"room": 95}, "'+0.0 points'"),
        ("hot_key", {"lock": True, "ttl": 20, "rate": 60}, "Database queries over 30 s: "),
    ],
)
def test_one_is_spoken_of_as_one_and_nothing_as_nothing(name, setting, said):
    view = BY_NAME[name](**setting)
    shown = f"{view.sentence} {view.table.rows}"
    assert said in shown
    assert not re.search(r"\b1 (times|keys|queries)\b|-0\.0\b", shown)


def test_a_ttl_of_ten_seconds_leaves_one_read_in_eight_stale_as_the_chapter_says():
    cache, set_up = Cache(90, 10 * PER_SECOND), (300, 1.0, 0.1, REQUESTS)  # the starting state
    stale = [run("lazy", trace(*set_up, 100 + i), cache, 1.0, 20, WARM).stale for i in range(DRAWN)]
    assert sum(stale) / DRAWN == pytest.approx(1 / 8, abs=0.005)


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (made.name, i) for made in ALL for i in range(len(made().goals))
    }
