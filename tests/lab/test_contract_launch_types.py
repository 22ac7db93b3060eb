"""What the lab of buying capacity teaches, held against the engine and the documents it stands on."""

from itertools import pairwise
from pathlib import Path

import botocore.session
import pytest

from awsbook.lab import Sandbox
from awsbook.lab.launch_types_history import synthetic_history, text_of
from awsbook.topics.launch_types.history import MOST_LINES, HistoryError, parse

TYPE = "m6a.xlarge"
SHIPPED = Path(__file__).parents[2] / "labs" / "launch-types.synthetic.json"


@pytest.fixture
def lab():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def ec2(lab):
    return lab.client("ec2")


def image(ec2):
    return ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]


def start(ec2, **more):
    settings = {"ImageId": image(ec2), "InstanceType": TYPE, "MinCount": 1, "MaxCount": 1} | more
    return describe(ec2, ec2.run_instances(**settings)["Instances"][0]["InstanceId"])


def describe(ec2, instance_id):
    return ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]


def documentation():
    return botocore.session.get_session().get_service_model("ec2")


def test_only_the_spot_instance_has_a_lifecycle(ec2):
    """And no other field tells the two apart."""
    plain, spot = start(ec2), start(ec2, InstanceMarketOptions={"MarketType": "spot"})
    assert set(plain) ^ set(spot) == {"InstanceLifecycle"}
    assert (spot["InstanceLifecycle"], spot["InstanceType"]) == ("spot", TYPE)


def test_an_instance_outlives_its_cancelled_request(ec2):
    """Here as AWS documents it."""
    answer = ec2.request_spot_instances(
        Type="persistent", LaunchSpecification={"ImageId": image(ec2), "InstanceType": TYPE}
    )
    (request,) = answer["SpotInstanceRequests"]
    assert (request["Type"], request["State"]) == ("persistent", "active")
    (gone,) = ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request["SpotInstanceRequestId"]])[
        "CancelledSpotInstanceRequests"
    ]
    assert gone["State"] == "cancelled"
    assert describe(ec2, request["InstanceId"])["State"]["Name"] == "running"
    assert "does not terminate" in documentation().operation_model("CancelSpotInstanceRequests").documentation


def test_a_launch_has_the_time_of_the_labs_clock(lab, ec2):
    """The bill of the lab is made from it."""
    lab.clock.advance(300)
    instance = start(ec2)
    assert instance["LaunchTime"] == lab.clock.now
    lab.clock.advance(20)
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])
    ended = describe(ec2, instance["InstanceId"])
    assert (ended["State"]["Name"], ended["LaunchTime"]) == ("terminated", instance["LaunchTime"])


def test_aws_gives_the_price_in_force_at_the_start_too():
    """The edge of the second exercise, in AWS's own words, and the fields of a row."""
    operation = documentation().operation_model("DescribeSpotPriceHistory")
    assert "last price change before the start time" in operation.documentation
    fields = set(operation.output_shape.members["SpotPriceHistory"].member.members)
    assert fields >= {"AvailabilityZone", "InstanceType", "ProductDescription", "SpotPrice", "Timestamp"}


def test_what_the_lab_says_that_the_engine_gets_wrong_is_still_wrong(lab, ec2):
    """If this fails, moto has learned something: the lab's text must follow."""
    prices = ec2.describe_spot_price_history(InstanceTypes=[TYPE])["SpotPriceHistory"]
    assert {(row["SpotPrice"], row["Timestamp"].year) for row in prices} == {("0.00001", 2006)}

    spot = start(ec2, InstanceMarketOptions={"MarketType": "spot", "SpotOptions": {"MaxPrice": "0.0001"}})
    assert spot["State"]["Name"] == "running", "any maximum price is accepted"
    assert "SpotInstanceRequestId" not in spot
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == [], "run_instances shows no request"

    request = ec2.request_spot_instances(
        Type="persistent", LaunchSpecification={"ImageId": image(ec2), "InstanceType": TYPE}
    )["SpotInstanceRequests"][0]
    count = len(ec2.describe_instances()["Reservations"])
    ec2.terminate_instances(InstanceIds=[request["InstanceId"]])
    assert len(ec2.describe_instances()["Reservations"]) == count, "a persistent request starts no other instance"
    ec2.cancel_spot_instance_requests(SpotInstanceRequestIds=[request["SpotInstanceRequestId"]])
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == [], "a cancelled request is forgotten"

    wanted = {"ImageId": image(ec2), "InstanceType": TYPE, "InstanceMarketOptions": {"MarketType": "spot"}}
    ec2.create_launch_template(LaunchTemplateName="render", LaunchTemplateData=wanted)
    answer = ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "render"}, MinCount=1, MaxCount=1)
    assert "InstanceLifecycle" not in answer["Instances"][0], "a template that asks for Spot starts On-Demand"

    lab.clock.advance(3600)
    ec2.stop_instances(InstanceIds=[spot["InstanceId"]])
    ec2.start_instances(InstanceIds=[spot["InstanceId"]])
    assert describe(ec2, spot["InstanceId"])["LaunchTime"] == spot["LaunchTime"], "a second start leaves no trace"


def test_the_shipped_history_is_what_the_module_makes_and_says_that_it_is_synthetic():
    """Each of its pools, so that no table or line can lose the word."""
    assert text_of(SHIPPED) == synthetic_history()
    history = parse(text_of(SHIPPED))
    assert len(history.series) == 2
    assert all(series.synthetic for series in history.series)
    assert MOST_LINES == 6, "the lab's text says six"


def test_the_mean_of_rows_picks_the_wrong_pool():
    """The story of the lab: the pool with the cheaper rows is the dearer one."""
    calm, flat = parse(text_of(SHIPPED)).series
    of_rows = [sum(price for _, price in series.points) / len(series.points) for series in (calm, flat)]
    over_time = [weighted(series.points) for series in (calm, flat)]
    assert of_rows[0] > 1.2 * of_rows[1]
    assert over_time[0] < 0.9 * over_time[1]


def weighted(points):
    spans = [(later[0] - now[0], now[1]) for now, later in pairwise(points)]
    return sum(span * price for span, price in spans) / sum(span for span, _ in spans)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_history_is_read_as_any_shell_writes_it(tmp_path, encoding):
    """Windows PowerShell redirects into UTF-16."""
    file = tmp_path / "history.json"
    file.write_text(synthetic_history(), encoding=encoding)
    assert len(parse(text_of(file)).series) == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot open .*put the file beside this notebook"),
        (b"\x89PNG\xff", "is not text: byte 1 is no UTF-8"),
        (b"\xff\xfea", "is not text: byte 3 is no UTF-16"),
    ],
)
def test_a_file_that_is_no_text_gets_one_sentence(tmp_path, content, words):
    """A missing file, a picture, half a letter."""
    file = tmp_path / "history.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        text_of(file)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda text: text[:500], "not JSON: .* at line 15, column 26"),
        (lambda text: text.replace('"Timestamp"', '"Time"', 1), "entry 1 lacks Timestamp"),
        (lambda text: text.replace("0.055900", "0,0559"), 'entry 1: SpotPrice is "0,0559"'),
        (lambda text: '{"SpotPriceHistory": []}', "empty list"),
    ],
)
def test_a_damaged_history_gets_one_error_that_names_the_place(damage, words):
    """The four ways of the lab."""
    with pytest.raises(HistoryError, match=words) as raised:
        parse(damage(synthetic_history()))
    assert "\n" not in str(raised.value)
