"""ElastiCache: every explorable at every edge, every control alive, every goal within reach."""

import json
import re
import time

import pytest

from awsbook.explore.controls import Choice, Slider, Toggle
from awsbook.explore.explorable import in_topic

ALL = in_topic("elasticache")
BY_NAME = {made.name: made for made in ALL}


def others(control):
    if isinstance(control, Slider):
        return [control.min, control.max]
    if isinstance(control, Choice):
        return list(control.options)
    assert isinstance(control, Toggle)
    return [not control.value]


CASES = [(made, name) for made in ALL for name in made.controls]


@pytest.mark.parametrize(("made", "name"), CASES, ids=lambda thing: thing if isinstance(thing, str) else thing.id)
def test_each_control_changes_something_and_its_edges_give_a_finite_view(made, name):
    default = made().json()
    changed = [made(**{name: value}).json() for value in others(made.controls[name])]
    assert any(one != default for one in changed)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.id)
def test_all_controls_at_their_ends_together(made):
    for end in ("min", "max"):
        setting = {name: getattr(c, end) for name, c in made.controls.items() if isinstance(c, Slider)}
        began = time.perf_counter()
        view = made(**setting)
        assert time.perf_counter() - began < 0.5
        assert len(view.json()) < 15_000


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.id)
def test_the_same_setting_gives_the_same_view(made):
    assert json.loads(made().json()) == json.loads(made().json())


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.id)
def test_the_sentences_numbers_are_in_the_table(made):
    view = made()
    cells = " ".join(cell for row in (view.table.header, *view.table.rows) for cell in row)
    spoken = set(re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?", view.sentence))
    assert not {one for one in spoken if not re.search(rf"(?<![\d.]){re.escape(one)}(?![\d])", cells)}


def test_no_default_state_has_met_all_its_goals():
    for made in ALL:
        assert made().goals
        assert not all(goal.met for goal in made().goals)
        assert all(goal.text.split()[0].istitle() for goal in made().goals)


REACH = [
    ("patterns", 0, {"room": 90, "skew": 0.2, "ttl": 26}),
    ("patterns", 1, {"room": 50, "skew": 1.4, "writes": 0}),
    ("patterns", 2, {"database_ms": 1}),
    ("patterns", 3, {"keys": 50, "room": 100, "skew": 1.5, "writes": 0}),
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


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (made.name, i) for made in ALL for i in range(len(made().goals))
    }
