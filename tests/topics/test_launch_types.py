"""Launch types: the ledger against botocore, the clock, the month, and every view at its edges."""

import json
import math
import re
from dataclasses import replace

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore import ControlError, in_topic
from awsbook.facts import fact
from awsbook.topics.launch_types import views
from awsbook.topics.launch_types.model_billing import charged_s
from awsbook.topics.launch_types.model_commitment import (
    MONTH_H,
    Offer,
    break_even_h,
    cheapest,
    host_rate,
    month_cost,
    spot_rate,
)
from awsbook.topics.launch_types.model_plan import HourBill, Usage, best_commitment, cover, day

EC2 = botocore.session.get_session().get_service_model("ec2")
EXPLORABLES = in_topic("launch-types")


def value(name):
    return fact(f"launch-types.{name}").value


def plain(markup):
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", markup))


def of_operation(operation, member=None):
    model = EC2.operation_model(operation)
    return plain(model.input_shape.members[member].documentation if member else model.documentation)


def of_shape(shape, member):
    return plain(EC2.shape_for(shape).members[member].documentation)


# --- the ledger against botocore


@pytest.mark.parametrize(
    ("names", "text", "pattern"),
    [
        (["spot.history_days"], of_operation("DescribeSpotPriceHistory", "StartTime"), r"up to the past (\d+) days"),
        (["spot.min_max_price"], of_shape("SpotMarketOptions", "MaxPrice"), r"more than USD \$(0\.\d+)"),
        (["spot.request_valid_days"], of_operation("RequestSpotInstances", "ValidUntil"), r"valid for (\d+) days"),
        (
            ["spot.rebalance_delay_min_s", "spot.rebalance_delay_max_s"],
            of_shape("FleetSpotCapacityRebalanceRequest", "TerminationDelay"),
            r"Minimum value of (\d+) seconds. Maximum value of (\d+) seconds",
        ),
        (["spot.placement_score_max"], of_shape("SpotPlacementScore", "Score"), r"from 1 to (\d+)"),
        (
            ["term.one_year_s", "term.three_years_s"],
            of_operation("DescribeReservedInstancesOfferings", "Filters"),
            r"\( (\d+) \| (\d+) \)",
        ),
        (["term.short_years", "term.long_years"], of_shape("HostReservation", "Duration"), r"(\d) year\).*(\d) years"),
        (
            ["capacity_reservation.max_instances"],
            of_operation("CreateCapacityReservation", "InstanceCount"),
            r"Valid range: 1 - (\d+)",
        ),
        (
            ["capacity_reservation.future_min_vcpus"],
            of_operation("CreateCapacityReservation", "InstanceCount"),
            r"minimum of (\d+) vCPUs",
        ),
        (
            ["capacity_reservation.future_min_days", "capacity_reservation.future_max_days"],
            of_operation("CreateCapacityReservation", "StartDate"),
            r"between (\d+) and (\d+) days",
        ),
    ],
)
def test_botocore_still_states_the_number(names, text, pattern):
    found = re.search(pattern, text)
    assert found, f"botocore no longer says {pattern!r} for {names}"
    assert [float(group) for group in found.groups()] == [value(name) for name in names]


def test_botocore_still_states_the_words():
    assert "one-minute minimum" in of_operation("StartInstances")
    assert value("billing.minimum_s") == 60
    behaviour = of_operation("RequestSpotInstances", "InstanceInterruptionBehavior")
    assert f"default is {value('spot.default_behaviour')}" in behaviour
    assert f"Default: {value('spot.default_request_type')}" in of_operation("RequestSpotInstances", "Type")
    strategies = of_shape("SpotOptionsRequest", "AllocationStrategy")
    assert f"{value('fleet.recommended')} (recommended)" in strategies
    assert f"{value('fleet.discouraged')} (not recommended)" in strategies


def test_botocore_still_says_what_is_retired_and_what_a_cancelled_request_leaves_running():
    assert "no longer purchase Scheduled Instances" in of_operation("PurchaseScheduledInstances")
    assert of_shape("SpotMarketOptions", "BlockDurationMinutes").strip() == "Deprecated."
    assert "does not terminate running Spot Instances" in of_operation("CancelSpotInstanceRequests")


def test_the_strategies_offered_are_strategies_of_the_api():
    assert set(views.STRATEGIES) <= set(EC2.shape_for("SpotAllocationStrategy").enum)


def test_facts_agree_with_each_other():
    assert value("term.one_year_s") == 365 * 24 * 3600
    assert value("spot.notice_s") == 60 * value("spot.notice_min")
    assert value("host.example_cores") == value("host.example_instances") * value("host.example_cores_per_instance")
    assert value("price.bare_metal") == pytest.approx(value("price.instances_per_server") * value("price.on_demand"))


# --- the clock

RULES = views.BILLING


@pytest.mark.parametrize(
    ("run_s", "setting", "expected"),
    [
        (20, {}, 60),
        (60, {}, 60),
        (61, {}, 61),
        (3599, {"ec2_interrupts": True}, 0),
        (3600, {"ec2_interrupts": True}, 3600),
        (5000, {"ec2_interrupts": True}, 5000),
        (1800, {"whole_hours": True}, 3600),
        (3601, {"whole_hours": True}, 7200),
        (5000, {"whole_hours": True, "ec2_interrupts": True}, 3600),
        (1800, {"whole_hours": True, "ec2_interrupts": True}, 0),
    ],
)
def test_the_published_billing_table_comes_out(run_s, setting, expected):
    """EC2 User Guide, Billing for interrupted Spot Instances, row by row."""
    assert charged_s(run_s, RULES, **setting) == expected


@given(st.integers(1, 10**6), st.booleans(), st.booleans())
def test_a_longer_run_is_never_charged_less_and_an_interrupted_one_never_more(run_s, hours, ec2):
    assert charged_s(run_s, RULES, whole_hours=hours, ec2_interrupts=ec2) <= charged_s(
        run_s + 1, RULES, whole_hours=hours, ec2_interrupts=ec2
    )
    assert charged_s(run_s, RULES, whole_hours=hours, ec2_interrupts=True) <= charged_s(run_s, RULES, whole_hours=hours)


def test_a_forgotten_minimum_is_noticed():
    """Planted fault."""
    assert charged_s(20, replace(RULES, minimum_s=0)) != 60


def test_a_run_without_length_is_refused():
    with pytest.raises(ValueError, match="run_s > 0"):
        charged_s(0, RULES)


# --- the month


@given(st.floats(0.001, 10), st.floats(0.001, 10), st.floats(0, MONTH_H))
def test_a_commitment_is_cheaper_exactly_beyond_its_break_even(rate, on_demand, hours):
    reserved, by_hour = Offer("r", rate, True), Offer("o", on_demand, False)
    turn = break_even_h(reserved, by_hour)
    if abs(hours - turn) > 1e-6 * turn:
        assert (month_cost(reserved, hours) < month_cost(by_hour, hours)) == (hours > turn)


@given(st.integers(0, MONTH_H), st.sampled_from([1, 3]), st.integers(0, 90), st.integers(0, 200), st.integers(1, 48))
def test_the_cheapest_is_found_by_looking_at_all(hours, years, discount, redone, on_host):
    offers = views.offers_for(years, discount, redone, on_host)
    assert month_cost(cheapest(offers, hours), hours) == min(month_cost(o, hours) for o in offers)


def test_a_full_server_costs_what_its_instances_cost():
    assert host_rate(value("price.bare_metal"), value("price.instances_per_server")) == value("price.on_demand")


def test_redone_work_can_eat_the_whole_discount():
    assert spot_rate(1.0, 0.5, 1.0) == 1.0
    with pytest.raises(ValueError, match="discount"):
        spot_rate(1.0, 1.0, 0.0)


# --- a promise of dollars


def test_the_savings_plans_guide_example_comes_out():
    """Savings Plans User Guide, sp-applying: $25.00 an hour covers this hour's use and nothing is left of it."""
    hour = [
        Usage("1x c5.9xlarge Linux", 4.00, 2.00),
        Usage("1x c5.24xlarge Windows", 10.00, 8.00),
        Usage("10 Fargate vCPU", 15.00, 10.00),
        Usage("5 Fargate GB", 10.00, 5.00),
    ]
    assert cover(hour, 25.00) == HourBill(used=25.00, unused=0.0, overflow=0.0)
    assert [round(usage.saving, 3) for usage in hour] == [0.5, 0.2, 0.333, 0.5]


def test_a_short_promise_goes_to_the_highest_saving_first():
    dear, small = Usage("half off", 4.0, 2.0), Usage("a fifth off", 10.0, 8.0)
    assert cover([small, dear], 6.0) == HourBill(6.0, 0.0, 5.0)  # all of the first, half of the second


use = st.builds(
    lambda on_demand, share: Usage("u", on_demand, on_demand * share), st.floats(0.1, 50), st.floats(0.3, 1)
)


@given(st.lists(use, max_size=6), st.floats(0, 100))
def test_a_promise_is_paid_whole_and_no_use_is_paid_twice(hour, commitment):
    bill = cover(hour, commitment)
    assert bill.used + bill.unused == pytest.approx(commitment)
    assert 0 <= bill.overflow <= math.fsum(u.on_demand for u in hour) + 1e-9
    assert bill.unused < 1e-9 or bill.overflow < 1e-9
    assert cover(hour, commitment + 1).overflow <= bill.overflow + 1e-9


@given(st.lists(st.integers(0, 12), min_size=24, max_size=24), st.floats(0.4, 0.95))
def test_the_best_promise_agrees_with_trying_them_all(counts, share):
    def cost(promise):
        return math.fsum(bill.total for bill in day(counts, 1.0, share, promise))

    assert cost(best_commitment(counts, 1.0, share)) == pytest.approx(min(cost(n * share) for n in range(13)))


def test_promising_the_average_is_noticed():
    """Planted fault: the mean number of instances is not the number to promise."""
    counts = [16] * 8 + [4] * 16
    assert best_commitment(counts, 1.0, 0.8) == pytest.approx(4 * 0.8)
    assert best_commitment(counts, 1.0, 0.8) != pytest.approx(8 * 0.8)


def test_a_promise_below_nothing_is_refused():
    with pytest.raises(ValueError, match="commitment"):
        cover([], -1)


# --- every view


REACH = [
    ("one_run", 0, {"run_s": 61}),
    ("one_run", 1, {"run_s": 3599, "ended_by": "ec2"}),
    ("spot_market", 0, {"maximum": 1000}),
    ("spot_market", 1, {"maximum": 33}),
    ("spot_market", 2, {"maximum": 1000, "reclaims_a_week": 0}),
    ("checkpointing", 0, {"interval_min": 10}),
    ("checkpointing", 1, {"interval_min": 40}),
    ("checkpointing", 2, {"interval_min": 1440, "between_h": 5}),
    ("reclaim", 0, {"strategy": "diversified"}),
    ("reclaim", 1, {"cheapest_pools": 3}),
    ("reclaim", 2, {"target": 60, "pools": 1}),
    ("month", 0, {"hours": 600}),
    ("month", 1, {"discount": 20, "redone": 100}),
    ("month", 2, {"on_host": 48}),
    ("savings_plan", 0, {"commitment": 0.5}),
    ("savings_plan", 1, {"commitment": 0.56}),
    ("spot_history", 0, {"maximum": 0.06}),
    ("spot_history", 1, {"history": None}),
]
OWN = json.dumps(
    [
        {"AvailabilityZone": "z", "InstanceType": "m6a.xlarge", "ProductDescription": "Linux/UNIX",
         "SpotPrice": price, "Timestamp": when}
        for price, when in (("0.08", "2026-11-02T00:00:00+00:00"), ("0.07", "2026-11-01T00:00:00Z"))
    ]
)  # fmt: skip


@pytest.mark.parametrize(("name", "number", "setting"), REACH)
def test_every_goal_can_be_reached(name, number, setting):
    setting = {key: OWN if at is None else at for key, at in setting.items()}
    assert getattr(views, name)(**setting).goals[number].met


def test_the_list_of_settings_covers_every_goal():
    assert sorted((name, number) for name, number, _ in REACH) == sorted(
        (made.name, number) for made in EXPLORABLES for number in range(len(made().goals))
    )


def test_a_market_that_hardly_ever_ran_has_not_been_outbid():
    assert not views.spot_market(maximum=16, weeks=2, seed=1).goals[0].met


@pytest.mark.parametrize("night", range(0, 13, 3))
@pytest.mark.parametrize("busy_h", [3, 8, 21])
def test_no_promise_makes_no_difference(night, busy_h):
    view = views.savings_plan(commitment=0, night=night, busy=7, busy_h=busy_h)
    assert "it saves $0.00." in view.sentence
    assert ("The difference", "$0.00") in view.table.rows


def test_with_the_notice_every_number_says_whether_it_counts_on_it():
    setting = {"use_notice": True, "checkpoint_s": 120, "between_h": 15}  # of which Young's interval is an hour
    view = views.checkpointing(**setting)
    said = dict(view.table.rows)
    with_notice = dict(views.checkpointing(interval_min=60, **setting).table.rows)
    assert said["Hours at Young's interval"] == with_notice["Hours until done, on average"]
    assert f"without any, not even at the notice, it takes {said['Without any checkpoint']}" in view.sentence


@pytest.mark.parametrize(
    ("name", "setting", "said"),
    [
        ("month", {"hours": 1}, "For 1 hour a month"),
        ("spot_market", {"maximum": 12, "weeks": 4, "reclaims_a_week": 5.5}, "market interrupts 1 time and"),
        ("one_run", {"runs": 1}, "for 1 such run a day that is $"),
        ("one_run", {"runs": 1, "ended_by": "ec2"}, "for 1 such run a day that is $"),
    ],
)
def test_one_is_spoken_of_as_one(name, setting, said):
    view = getattr(views, name)(**setting)
    assert said in view.sentence
    assert "1 hours" not in str(view.table)


def test_a_broken_file_is_answered_by_a_control_error_that_says_where():
    with pytest.raises(ControlError, match="line 1, column 2"):
        views.spot_history(history="{")


def test_what_we_made_is_called_synthetic_wherever_it_is_shown():
    view = views.spot_history()
    assert "ynthetic" in view.sentence
    assert all("synthetic" in row[0] for row in view.table.rows)
    assert all("synthetic" in trace["name"] for trace in view.figure["data"])
    for made in (views.spot_market, views.reclaim):
        assert "synthetic" in made().sentence
    assert "ynthetic" not in views.spot_history(history=OWN).sentence


def test_a_maximum_that_ec2_refuses_is_said_to_be_refused():
    assert "InvalidParameterValue" in views.spot_history(maximum=value("spot.min_max_price")).sentence
    assert "InvalidParameterValue" not in views.spot_history().sentence


def test_a_notice_too_short_for_the_checkpoint_saves_nothing():
    long = {"checkpoint_s": 300}
    assert views.checkpointing(use_notice=True, **long).table == views.checkpointing(**long).table
    assert math.isclose(views.NOTICE_S, 120)
