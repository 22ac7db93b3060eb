"""The EBS ledger against botocore and moto, and every explorable at its limits."""

import gzip
import itertools
import json
import math
import re
from bisect import bisect_right
from pathlib import Path

import botocore
import moto
import pytest

from awsbook.explore import in_topic
from awsbook.facts import fact, ledger
from awsbook.topics.ebs import views
from awsbook.topics.ebs.rules import TYPES, number

TIB = 1024


def service(name):
    """botocore's newest model of a service."""
    newest = sorted((Path(botocore.__file__).parent / "data" / name).glob("*/service-2.json*"))[-1]
    raw = newest.read_bytes()
    return json.loads(gzip.decompress(raw) if newest.suffix == ".gz" else raw)


def text(html):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", html))


@pytest.fixture(scope="module")
def ec2():
    return service("ec2")


def member(model, shape, name):
    return text(model["shapes"][shape]["members"][name]["documentation"])


def numbers(pattern, said):
    found = re.search(pattern, said)
    assert found, f"{pattern!r} no longer in: {said}"
    return [int(group.replace(",", "")) for group in found.groups()]


@pytest.mark.parametrize("kind", ["gp2", "gp3", "io1", "io2"])
def test_sizes_are_those_of_create_volume(ec2, kind):
    said = member(ec2, "CreateVolumeRequest", "Size")
    assert [number(f"{kind}.min_size"), number(f"{kind}.max_size")] == numbers(
        rf"{kind} : ([\d,]+) - ([\d,]+) GiB", said.replace(f"{kind}:", f"{kind} :")
    )


@pytest.mark.parametrize("kind", ["st1", "sc1"])
def test_disk_sizes_are_those_of_create_volume(ec2, kind):
    said = member(ec2, "CreateVolumeRequest", "Size")
    assert [number(f"{kind}.min_size"), number(f"{kind}.max_size")] == numbers(
        r"st1 and sc1 ?: ([\d,]+) - ([\d,]+) GiB", said
    )


def test_iops_ranges_are_those_of_create_volume(ec2):
    said = member(ec2, "CreateVolumeRequest", "Iops")
    assert [number("gp3.included_iops"), number("gp3.max_iops")] == numbers(
        r"gp3 ?: ([\d,]+) \( ?default ?\) - ([\d,]+) IOPS", said
    )
    for kind in ("io1", "io2"):
        expected = [number(f"{kind}.min_iops"), number(f"{kind}.max_iops")]
        assert expected == numbers(rf"{kind} ?: ([\d,]+) - ([\d,]+) IOPS", said)
    assert [number("io2.max_iops_without_nitro")] == numbers(r"Other instances can support up to ([\d,]+)", said)


def test_gp3_throughput_is_that_of_create_volume(ec2):
    said = member(ec2, "CreateVolumeRequest", "Throughput")
    expected = [number("gp3.included_mibs"), number("gp3.max_mibs")]
    assert expected == numbers(r"Valid Range: ([\d,]+) - ([\d,]+) MiB/s", said)


def test_other_numbers_of_the_ec2_model(ec2):
    attach = member(ec2, "CreateVolumeRequest", "MultiAttachEnabled")
    assert [number("io2.multi_attach")] == numbers(r"up to (\d+) Instances", attach)
    rate = member(ec2, "CreateVolumeRequest", "VolumeInitializationRate")
    assert [number("volume.init_min"), number("volume.init_max")] == numbers(r"Valid range: (\d+) - (\d+) MiB/s", rate)
    modify = text(ec2["operations"]["ModifyVolume"]["documentation"])
    assert "up to four times within a rolling 24-hour period" in modify
    assert number("volume.modifications_a_day") == 4


def test_the_block_of_a_snapshot_is_that_of_the_direct_apis():
    said = member(service("ebs"), "GetSnapshotBlockRequest", "BlockIndex")
    assert [number("snapshot.block")] == numbers(r"units of (\d+) KiB", said)


def test_the_lifecycle_manager_keeps_so_many_snapshots():
    shapes = service("dlm")["shapes"]
    count = shapes[shapes["RetainRule"]["members"]["Count"]["shape"]]
    assert number("snapshot.dlm_max_count") == count["max"]


@pytest.mark.parametrize("key", ["m7i_large", "i4i_32xlarge", "m7i_48xlarge", "r8gb_48xlarge"])
def test_instance_limits_are_those_stored_in_moto(key):
    path = next((Path(moto.__file__).parent / "ec2" / "resources").glob("instance_types.json*"))
    raw = path.read_bytes()
    types = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    info = types[key.replace("_", ".", 1)]["EbsInfo"]["EbsOptimizedInfo"]
    ours = [number(f"instance.{key}.{name}") for name in ("base_iops", "max_iops", "base_mbs", "max_mbs")]
    assert ours == [
        info[name] for name in ("BaselineIops", "MaximumIops", "BaselineThroughputInMBps", "MaximumThroughputInMBps")
    ]


def test_every_price_names_its_region_and_is_no_page():
    prices = [f for key, f in ledger("ebs").items() if key.startswith("ebs.price.")]
    assert prices
    for each in prices:
        assert "us-east-1" in each.how
        assert each.checked == "third-party"


def test_the_guides_own_sizes_follow_from_its_ratios():
    """334, 5,334, 1,280, 256: where the guide says a limit is reached, our numbers reach it."""
    assert number("gp2.full_iops_from") == -(-number("gp2.max_iops") // number("gp2.iops_per_gib"))
    assert number("io1.max_iops") / number("io1.iops_per_gib") == 1280
    assert number("io2.max_iops") / number("io2.iops_per_gib") == 256
    assert number("gp2.full_mibs_from") == -(-number("gp2.max_mibs") * 4 // number("gp2.iops_per_gib"))


# --- explorables

ALL = in_topic("ebs")


WINS = {
    "sizes": [{"size": 1000}, {"size": 20_000}],
    "gp2_burst": [{"size_gib": 1000}, {"size_gib": 920, "demand_iops": 3000}],
    "gp2_day": [
        {"size": 300},
        {"waits": True},
        {"busy": 800, "start": 100},
    ],
    "disk_scan": [{"kind": "sc1", "size": 5200}, {"kind": "sc1", "size": 16_384, "full": 0}],
    "check": [
        {"size": 1280, "iops": 64_000},
        {"kind": "gp3", "iops": 3000, "mibs": 1000},
        {"kind": "io2", "size": 500, "iops": 200_000},
    ],
    "raid": [
        {"on": "m7i_48xlarge", "volumes": 10},
        {"volumes": 8},
        {"level": "1", "volumes": 8},
    ],
    "raid_loss": [{"volumes": 12, "afr": 0.1}, {"volumes": 8, "afr": 0.02}],
    "which_gives": [{"on": "m7i_48xlarge"}, {"on": "r8gb_48xlarge", "demand": 400_000}],
    "cheapest_volume": [
        {"iops": 100, "mibs": 250, "data": 171, "burst": True},
        {"iops": 100, "mibs": 400, "data": 14_000},
        {"iops": 200_000},
    ],
    "snapshots": [{"delete": 1}, {"kept": 14, "change": 5, "delete": 0}],
    "what_survives": [
        {"root_deleted": False},
        {"event": "hibernate"},
        {"event": "zone"},
    ],
}


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.name)
def test_every_goal_can_be_met(made):
    wins = WINS[made.name]
    assert len(wins) == len(made().goals)
    for index, setting in enumerate(wins):
        assert made(**setting).goals[index].met, made(**setting).sentence


@pytest.mark.parametrize(
    ("name", "goal", "setting"),
    [
        ("sizes", 1, {"size": 1}),  # gp2 and gp3
        ("snapshots", 1, {"kept": 14, "change": 5, "delete": 4}),  # 13 are left
    ],
)
def test_what_only_looks_like_a_goal_is_none(name, goal, setting):
    assert not getattr(views, name)(**setting).goals[goal].met


@pytest.mark.parametrize("volumes", [7, 14])
def test_a_mirror_at_its_instances_limit_is_said_to_be_there(volumes):
    full = views.raid(level="1", volumes=volumes, kind="io2", size=2000, iops=64_000, on="m7i_48xlarge")
    assert "cannot carry more" in full.sentence


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("size", [1, 3, 100, 70_000])
def test_no_bar_of_what_is_allowed_passes_the_limit(kind, size):
    for iops, mibs in itertools.product((0, 100, 3000, 3100, 8000, 260_000), (0, 125, 775, 2000, 4500)):
        for trace in views.check(kind=kind, size=size, iops=iops, mibs=mibs).figure["data"]:
            assert trace["name"] == "refused" or max(trace["x"]) <= 100, (iops, mibs)


@pytest.mark.parametrize(
    ("name", "control", "key"),
    [
        ("sizes", "size", "gp3.max_size"),
        ("disk_scan", "size", "st1.max_size"),
        ("raid", "size", "gp2.max_size"),
        ("raid", "iops", "io1.max_iops"),
        ("cheapest_volume", "iops", "io2.max_iops"),
        ("cheapest_volume", "mibs", "io2.max_mibs"),
    ],
)
def test_the_sliders_go_as_far_as_the_facts(name, control, key):
    slider = getattr(views, name).controls[control]
    assert (slider.max, slider.source) == (number(key), f"ebs.{key}")


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("raid", {"volumes": 1}, "1 gp3 volume in RAID 0: 500 GiB and"),
        ("raid_loss", {"volumes": 1}, "the data on 1 volume in RAID 0 is lost within 1 year"),
        ("snapshots", {"kept": 1, "delete": 0}, "For 1 snapshot of 500 GiB, 500 GiB are stored"),
    ],
)
def test_one_is_spoken_of_as_one(name, setting, said):
    assert said in getattr(views, name)(**setting).sentence


def test_goals_begin_with_a_verb_and_keep_their_order():
    for made in ALL:
        assert [goal.text for goal in made().goals] == [goal.text for goal in made(**WINS[made.name][0]).goals]


def test_the_page_uses_only_the_ledger_for_prices():
    source = Path(views.__file__).read_text()
    assert not re.search(r"0\.(08|10|125|065|045|015|05|005|04)\b", source)


def test_all_facts_can_be_printed():
    assert all(fact(key).text for key in ledger("ebs"))


@pytest.mark.parametrize("show", ["iops", "mibs", "usd"])
@pytest.mark.parametrize("name", TYPES)
def test_the_points_left_out_of_a_line_stand_on_it(name, show):
    """On two log axes, as the figure has them: between two bends a straight line goes through every size."""
    x, y = views._by_size(name, show)
    rules = TYPES[name]
    assert (x[0], x[-1]) == (rules.min_size, rules.max_size)
    grid = views.spaced(rules.min_size, rules.max_size, 24)
    assert set(x) <= set(grid)
    for gibs in grid:
        i = min(bisect_right(x, gibs), len(x) - 1)
        share = math.log(gibs / x[i - 1]) / math.log(x[i] / x[i - 1])
        assert y[i - 1] * (y[i] / y[i - 1]) ** share == pytest.approx(views._full(gibs, rules)[show])
