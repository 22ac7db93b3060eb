"""Kinesis: every goal within reach, refusals in AWS's words."""

import pytest

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


def test_what_aws_refuses_is_said_in_its_words():
    assert "ProvisionedThroughputExceededException" in views.family(write_mib=6, shards=2).sentence
    refused = views.reshard(action="move", shard=3).sentence
    assert "refuses to merge" in refused
    assert "5 shards open" in refused


def test_bad_text_is_a_control_error_with_its_line():
    with pytest.raises(ControlError, match="line 2"):
        views.own_keys(keys="a\nb,-1")


def test_a_key_that_looks_like_a_colour_does_not_break_the_figure():
    from awsbook.explore.figure import LIGHT, recolour

    recolour(views.own_keys(keys="@1\n@home").figure, LIGHT)
