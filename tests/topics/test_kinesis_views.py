"""Kinesis: every goal within reach, refusals in AWS's words."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore.controls import ControlError
from awsbook.explore.explorable import in_topic
from awsbook.topics.kinesis import views

ALL = in_topic("kinesis")
BY_ID = {made.name: made for made in ALL}


REACH = [
    ("shards_needed", 0, {"record_bytes": 100, "consumers": 1}),
    ("shards_needed", 1, {"record_bytes": 100, "consumers": 1, "records_per_s": 20_000}),
    ("shards_needed", 2, {"record_bytes": 1050, "consumers": 1, "records_per_s": 20_000}),
    ("shards_needed", 3, {"consumers": 6, "fan_out": True}),
    ("family", 0, {"write_mib": 4}),
    ("family", 1, {"write_mib": 4, "apps": 1, "firehose": True, "flink": "fan_out", "fan_out_apps": 4}),
    ("family", 2, {"write_mib": 0.5, "apps": 5}),
    ("own_keys", 0, {"shards": 14}),
    ("own_keys", 1, {"shards": 9}),
    ("own_keys", 2, {"record_bytes": 4000}),
    ("hot_shard", 0, {"shards": 64, "salts": 4}),
    ("hot_shard", 1, {"shards": 64}),
    ("hot_shard", 2, {"total": 4000, "shards": 12}),
    ("reshard", 0, {"at": 30}),
    ("reshard", 1, {"action": "move", "at": 30}),
    ("reshard", 2, {"hours": 24}),
    ("after_outage", 0, {"outage": 8, "write": 0.1, "speed": 1.0}),
    ("after_outage", 1, {"outage": 30}),
    ("after_outage", 2, {"others": 4}),
    ("month", 0, {"average": 1}),
    ("month", 1, {"record_bytes": 20_000, "average": 100, "consumers": 1}),
    ("month", 2, {"average": 2, "consumers": 1}),
]


@pytest.mark.parametrize(("name", "goal", "setting"), REACH)
def test_each_goal_can_be_reached(name, goal, setting):
    assert BY_ID[name](**setting).goals[goal].met


def test_a_setting_for_every_goal_stands_above():
    assert {(n, g) for n, g, _ in REACH} == {(made.name, i) for made in ALL for i in range(len(made().goals))}


def cells(view):
    return {row[0]: row[-1] for row in view.table.rows}


def test_six_shared_readers_are_served_by_no_number_of_shards():
    view = views.shards_needed(record_bytes=50, records_per_s=20_000, consumers=6)
    assert "no number of shards mends that" in view.sentence
    assert not view.goals[3].met


def test_the_shards_needed_are_the_largest_limit_rounded_up_as_the_table_prints_it():
    for size, rate in itertools.product(range(50, 3000, 50), (500, 10_000, 20_000, 99_500)):
        said = cells(views.shards_needed(record_bytes=size, records_per_s=rate, consumers=1))
        limits = [float(text.replace(",", "")) for what, text in said.items() if what.startswith("Limit")]
        assert math.ceil(max(limits)) == int(said["Needed"].replace(",", "")), (size, rate)


@pytest.mark.parametrize(
    "setting", [{}, {"peak": 200, "average": 1, "record_bytes": 2750}, {"consumers": 5, "record_bytes": 50}]
)
def test_pushed_readers_bill_crosses_the_other_where_it_is_said_to(setting):
    view = views.month(fan_out=True, **setting)
    fixed, used = (trace["y"] for trace in view.figure["data"][:2])
    assert (cells(view)["Same cost at"] == "never") == ((fixed[0] < used[0]) == (fixed[1] < used[1]))
    assert "without enhanced fan-out" in view.sentence


def test_a_reader_that_is_behind_takes_what_the_others_leave():
    assert cells(views.after_outage(others=1, speed=1.5))["Level again after"] == "3 h"
    assert cells(views.after_outage(others=4, write=0.35, speed=3))["May read"] == "0.6 MiB/s"


@pytest.mark.parametrize(("total", "salts", "shards"), [(16_000, 4, 64), (40_000, 16, 12)])
def test_cutting_the_busiest_key_leaves_the_second_as_it_is(total, salts, shards):
    view = views.hot_shard(total=total, salts=salts, shards=shards)
    assert "no number of shards mends it" in view.sentence
    assert "no number" not in views.hot_shard(total=8000, salts=salts, shards=shards).sentence


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("after_outage", {"outage": 1}, "After 1 hour down the consumer is 1 hour behind"),
        ("reshard", {"hours": 167, "retention": 168}, "another 1 hour."),
        ("family", {"shards": 1}, "The shard takes"),
        ("own_keys", {"keys": "a"}, "of 1 key go to 4 shards"),
        ("month", {"peak": 100}, "With 1 shard for the peak, provisioned costs"),
    ],
)
def test_one_is_spoken_of_as_one(name, setting, said):
    view = BY_ID[name](**setting)
    assert said in view.sentence
    assert "1 hours" not in str(view.table)


def test_what_aws_refuses_is_said_in_its_words():
    assert "ProvisionedThroughputExceededException" in views.family(write_mib=6, shards=2).sentence
    refused = views.reshard(action="move", shard=3).sentence
    assert "refuses to merge" in refused
    assert "5 shards open" in refused


def test_bad_text_is_a_control_error_with_its_line():
    with pytest.raises(ControlError, match="line 2"):
        views.own_keys(keys="a\nb,-1")


@given(st.lists(st.tuples(st.text("abcdefgh-", min_size=1, max_size=12), st.integers(1, 2000)), min_size=1, max_size=9))
def test_names_in_the_key_space_lie_on_no_other_on_a_phone(sent):
    """As rectangles of 7 by 16 px a letter and a line, on a chart of 250 by 220 px."""
    view = views.own_keys(keys="\n".join(f"{key},{rate}" for key, rate in dict(sent).items()))
    (dots,) = (trace for trace in view.figure["data"] if trace["name"] == "keys")
    top = view.figure["layout"]["yaxis"]["range"][1]
    spots = [
        (2.5 * x, 220 * y / top, 7 * len(text) / 2)
        for x, y, text in zip(dots["x"], dots["y"], dots["text"], strict=True)
        if text
    ]
    for (x1, y1, half1), (x2, y2, half2) in itertools.combinations(spots, 2):
        assert abs(x1 - x2) >= half1 + half2 or abs(y1 - y2) >= 16
    assert all(x - half > -15 and x + half < 265 for x, _, half in spots)


def test_the_busiest_keys_have_names_where_there_is_room():
    (dots,) = (trace for trace in views.own_keys().figure["data"] if trace["name"] == "keys")
    assert [bool(name) for name in dots["text"][:3]] == [True] * 3
    assert sum(map(bool, dots["text"])) == 4
