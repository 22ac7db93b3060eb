"""SQS: every goal within reach, and what the tables say."""

import pytest

from awsbook.explore.explorable import in_topic
from awsbook.topics.sqs import views

ALL = in_topic("sqs")
BY_NAME = {made.name: made for made in ALL}

REACH = [
    ("visibility", 0, {"work": 50, "consumers": 3, "heartbeat": True}),
    ("visibility", 1, {"work": 10, "crash": 5}),
    ("visibility", 2, {"work": 30, "timeout": 5, "consumers": 3}),
    ("dead_letters", 0, {"limit": 1, "steps": "send receive fail receive"}),
    ("dead_letters", 1, {"limit": 1, "steps": "send receive fail receive redrive receive fail receive"}),
    ("dead_letters", 2, {"limit": 1, "steps": "send receive fail receive fix redrive receive"}),
    ("retention", 0, {"failing": 5.0}),
    ("retention", 1, {"failing": 3.0, "dlq": 2}),
    ("retention", 2, {"failing": 5.0, "source": 14, "dlq": 14, "delay": 0}),
    ("polling", 0, {"pause": 0.1}),
    ("polling", 1, {"pause": 20.0, "rate": 200, "consumers": 1, "wait": 5}),
    ("polling", 2, {"pause": 20.0, "rate": 600, "consumers": 1}),
    ("order", 0, {"kind": "fifo"}),
    ("order", 1, {"kind": "fifo", "groups": 6, "consumers": 6}),
    ("order", 2, {"kind": "fifo", "groups": 1}),
    ("fifo_limits", 0, {"asked": 3000, "batch": 10}),
    ("fifo_limits", 1, {"asked": 20_000, "batch": 10, "mode": "high", "partitions": 7}),
    ("charges", 0, {"redeliver": 0.0, "after": 300}),
    ("charges", 1, {"resend": 5.0, "redeliver": 5.0, "remember": 600}),
    ("charges", 2, {"resend": 5.0, "redeliver": 5.0, "remember": 300, "after": 60}),
    ("autoscale", 0, {"peak": 1000, "warm": 0, "work": 0.5}),
    ("autoscale", 1, {"peak": 5000, "most": 5}),
    ("autoscale", 2, {"peak": 1000, "most": 20}),
    ("waiting", 0, {"servers": 12}),
    ("waiting", 1, {"servers": 1, "busy": 95}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing))
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (made.name, i) for made in ALL for i in range(len(made().goals))
    }


def test_a_redrive_without_a_dead_letter_queue_is_refused_in_words():
    rows = BY_NAME["dead_letters"](limit=0, steps="send redrive").table.rows
    assert ("StartMessageMoveTask", "refused: no queue names a DLQ", "0") in rows


def test_only_a_message_that_is_there_and_poisoned_comes_back():
    there = BY_NAME["dead_letters"](steps="send receive fail")
    assert "Left alone, it comes back" in there.sentence
    for steps in ("", "send fix", "send receive fail fix receive"):
        gone = BY_NAME["dead_letters"](steps=steps)
        assert "a poisoned message would come back" in gone.sentence
        assert gone.table.rows[-1][0] == "a poisoned one, left alone"
    dead = BY_NAME["dead_letters"](limit=1, steps="send receive fail receive")
    assert "a poisoned message would come back every 30 s and be moved after 1 receive." in dead.sentence


def test_the_longest_wait_is_what_the_chapter_says():
    assert "the longest wait is 3.59 min, and 6 minutes are too slow" in BY_NAME["autoscale"]().sentence
    # a wait of just the target, but for the dust of floats, is not too slow
    assert "the longest wait is 60 s, and 0 minutes are" in BY_NAME["autoscale"](work=2.2, warm=0, most=200).sentence


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("waiting", {"servers": 1}, "1 consumer, 80 % busy: Erlang C"),
        ("waiting", {"servers": 12, "busy": 10}, "a mean wait of under 0.0001 ms"),
        ("autoscale", {"target": 5, "work": 5.0}, "the target is 1 message per instance"),
        ("autoscale", {"warm": 1, "peak": 100}, "and 1 minute is too slow"),
        ("retention", {"kind": "fifo", "delay": 840, "failing": 3.0, "source": 11, "dlq": 1}, "you have 1 day there"),
        ("retention", {"delay": 60, "failing": 0.0}, "after 60 s; you have 3.999 days there"),
    ],
)
def test_one_of_a_kind_and_very_little_are_said_well(name, setting, said):
    assert said in BY_NAME[name](**setting).sentence


def test_too_much_for_a_fifo_queue_is_throttled_by_its_name():
    assert "ThrottlingException" in BY_NAME["fifo_limits"]().sentence
    assert "ThrottlingException" not in BY_NAME["fifo_limits"](asked=300).sentence


def test_a_moment_of_the_time_line_knows_nothing_of_the_future():
    assert "0 of 3 messages are deleted; consumers received them 1 time and" in BY_NAME["visibility"](time=0).sentence


def test_the_long_computation_shows_theory_at_once_and_then_the_runs_there_are():
    views._runs.cache_clear()  # another test may have asked for the same setting
    run = BY_NAME["waiting"].run(servers=1)
    sketches = [next(run) for _ in range(3)]
    assert [sketch.share for sketch in sketches] == [0, 1 / 40, 2 / 40]
    assert "40 runs of 600 messages are on their way" in BY_NAME["waiting"].run(servers=2).send(None).view().sentence
    assert "2 of 40 runs" in sketches[-1].view().sentence


def test_a_long_computation_that_was_left_is_taken_up_again():
    """And comes to the same end as one that was not."""
    views._runs.cache_clear()
    left = BY_NAME["waiting"].run(servers=3, seed=7)
    [next(left) for _ in range(5)]
    assert next(BY_NAME["waiting"].run(servers=3, seed=7)).share == 4 / 40
    taken_up = BY_NAME["waiting"](servers=3, seed=7)
    views._runs.cache_clear()
    assert BY_NAME["waiting"](servers=3, seed=7) == taken_up
