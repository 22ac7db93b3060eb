"""The reader of `describe-spot-price-history`: what it takes, and what it says of everything else."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.topics.launch_types.history import FIELDS, MOST_LINES, History, HistoryError, hold, parse
from awsbook.topics.launch_types.views import SAMPLE


def entry(**changes):
    made = {
        "AvailabilityZone": "us-east-1a",
        "InstanceType": "m6a.xlarge",
        "ProductDescription": "Linux/UNIX",
        "SpotPrice": "0.0712",
        "Timestamp": "2026-11-20T08:15:00+00:00",
    }
    made.update(changes)
    return {key: at for key, at in made.items() if at is not None}


def printed(*entries):
    return json.dumps({"SpotPriceHistory": list(entries)})


def test_what_the_cli_prints_is_read_oldest_first():
    text = printed(entry(), entry(SpotPrice="0.0650", Timestamp="2026-11-19T08:15:00+00:00"))
    (series,) = parse(text).series
    assert [price for _, price in series.points] == [0.065, 0.0712]
    assert series.points[1][0] - series.points[0][0] == 86_400


def test_the_list_alone_is_taken_and_so_is_a_byte_order_mark():
    assert parse(json.dumps([entry()])) == parse(printed(entry())) == parse("\ufeff" + printed(entry()))


def test_botos_own_spelling_of_a_time_and_a_zone_id_are_taken():
    text = printed(entry(Timestamp="2026-11-20 08:15:00+00:00", AvailabilityZone=None, AvailabilityZoneId="use1-az1"))
    assert parse(text).series[0].zone == "use1-az1"


def test_pools_are_kept_apart_and_at_most_six_are_shown():
    entries = [entry(AvailabilityZone=f"zone-{i}") for i in range(9)]
    entries.append(entry(AvailabilityZone="zone-8", Timestamp="2026-11-21T00:00:00Z"))
    history = parse(printed(*entries))
    assert len(history.series) == MOST_LINES
    assert history.left_out == 3
    assert "zone-8" in {series.zone for series in history.series}  # the one with most changes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ('{"SpotPriceHistory": [}', "line 1, column 23"),
        ('{\n"SpotPriceHistory": [\n{"a" 1}]}', "line 3, column 6"),
        ("{}", "no SpotPriceHistory"),
        ('{"Reservations": []}', "it has Reservations"),
        ('{"SpotPriceHistory": 3}', "is 3; expected a list"),
        ('"text"', "expected a list"),
        ("[]", "empty list"),
        ("[3]", "entry 1 is 3"),
        (printed(entry(), entry(SpotPrice=None)), "entry 2 lacks SpotPrice"),
        (printed(entry(AvailabilityZone=None)), "entry 1 lacks AvailabilityZone"),
        (printed(entry(SpotPrice="-0.05")), 'entry 1: SpotPrice is "-0.05"'),
        (printed(entry(SpotPrice=-1)), "SpotPrice is -1"),
        (printed(entry(SpotPrice="cheap")), 'SpotPrice is "cheap"'),
        (printed(entry(SpotPrice="0")), "above 0"),
        (printed(entry(SpotPrice=True)), "SpotPrice is true"),
        (printed(entry(SpotPrice=1e300)), "SpotPrice"),
        ('[{"SpotPrice": NaN}]', "lacks"),
        (printed(entry()).replace('"0.0712"', "NaN"), "SpotPrice is NaN"),
        (printed(entry()).replace('"0.0712"', "1" * 400), "SpotPrice"),
        (printed(entry()).replace('"0.0712"', "1" * 5000), "number too long"),
        (printed(entry(Timestamp="yesterday")), 'entry 1: Timestamp is "yesterday"'),
        (printed(entry(Timestamp=1700000000)), "Timestamp is 1700000000"),
        (printed(entry(InstanceType="")), "InstanceType"),
        (printed(entry(InstanceType=["m6a"])), "InstanceType is a list"),
        (printed(entry(ProductDescription="\ud800")), "ProductDescription"),
        ("[" * 100_000, "too deep"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text, words):
    with pytest.raises(HistoryError) as raised:
        parse(text)
    assert words in str(raised.value)
    assert len(str(raised.value)) < 400


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_never_worse(text):
    _read_or_refuse(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
nearly = st.dictionaries(st.sampled_from([*FIELDS, "AvailabilityZone", "AvailabilityZoneId"]), values, max_size=6)


@given(
    values | st.lists(nearly, max_size=3) | st.fixed_dictionaries({"SpotPriceHistory": st.lists(nearly, max_size=3)})
)
@settings(max_examples=300)
def test_any_json_is_read_or_refused_never_worse(thing):
    _read_or_refuse(json.dumps(thing))


@given(st.data())
@settings(max_examples=200)
def test_one_wrong_field_in_a_good_entry_is_read_or_refused_never_worse(data):
    field = data.draw(st.sampled_from([*FIELDS, "AvailabilityZone"]))
    _read_or_refuse(printed(entry(), {**entry(), field: data.draw(values)}))


@given(st.integers(0, len(SAMPLE)), st.text(max_size=3), st.integers(0, 40))
@settings(max_examples=200)
def test_a_damaged_file_is_read_or_refused_never_worse(at, put, cut):
    _read_or_refuse(SAMPLE[:at] + put + SAMPLE[at + cut :])


def _read_or_refuse(text):
    try:
        history = parse(text)
    except HistoryError:
        pass
    else:
        assert isinstance(history, History)
        for series in history.series:
            assert all(math.isfinite(when) and 0 < price < 1e6 for when, price in series.points)


points = st.lists(st.floats(0.001, 5), min_size=1, max_size=30).map(
    lambda prices: tuple((3600.0 * i * 2, price) for i, price in enumerate(prices))
)


@given(points, st.floats(0.001, 6))
def test_holding_agrees_with_walking_hour_by_hour(series, maximum):
    end = series[-1][0] + 7200
    held = hold(series, end, maximum)
    hours = [price for _, price in series for _ in range(2)]
    assert math.isclose(held.hours, len(hours))
    assert math.isclose(held.running_h, sum(price <= maximum for price in hours))
    assert math.isclose(held.cost, sum(price for price in hours if price <= maximum), abs_tol=1e-9)
    assert held.interruptions == sum(a <= maximum < b for a, b in pairwise(hours))


def test_a_history_read_backwards_is_noticed():
    """Planted fault: newest first, as printed, gives another bill than oldest first."""
    history = parse(printed(entry(SpotPrice="0.09"), entry(SpotPrice="0.05", Timestamp="2026-11-19T08:15:00Z")))
    held = hold(history.series[0].points, history.end, 1.0)
    assert held.cost == pytest.approx(24 * 0.05)
    assert held.cost != pytest.approx(24 * 0.09)


def test_the_sample_is_read_and_names_itself_synthetic():
    assert all(series.synthetic for series in parse(SAMPLE).series)
