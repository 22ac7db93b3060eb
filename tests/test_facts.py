"""The ledgers: what a fact must have, and what is said when it lacks it."""

from __future__ import annotations

import datetime

import pytest

from awsbook.explore import topics
from awsbook.facts import LedgerError, UnknownFact, fact, from_json, ledger, read_ledger, to_json

GOOD = """
[limits.size]
value = 16_384
unit = "GiB"
source = "https://docs.aws.amazon.com/x"
as_of = 2026-11-23
checked = "page"
"""


def read(text):
    return read_ledger(text, "disk", "disk/facts.toml")


def test_a_fact_is_known_by_its_tables():
    known = read(GOOD)["disk.limits.size"]
    assert known.value == 16_384
    assert known.as_of == datetime.date(2026, 11, 23)
    assert known.text == "16,384 GiB"


def test_money_is_written_before_its_unit():
    known = read(GOOD.replace("16_384", "0.08").replace('"GiB"', '"$ per GiB-month"'))["disk.limits.size"]
    assert known.text == "$0.08 per GiB-month"


@pytest.mark.parametrize(
    ("value", "said"), [("0.1", "$0.10"), ("0.0125", "$0.0125"), ("3", "$3"), ("1234.5", "$1,234.50")]
)
def test_money_has_its_cents(value, said):
    assert read(GOOD.replace("16_384", value).replace('"GiB"', '"$"'))["disk.limits.size"].text == said


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        (GOOD.replace('unit = "GiB"\n', ""), "unit"),
        (GOOD + 'colour = "red"\n', "colour"),
        (GOOD.replace('"page"', '"memory"'), "memory"),
        (GOOD.replace("16_384", "true"), "True"),
        (GOOD.replace("2026-11-23", '"today"'), "today"),
        (GOOD.replace("https://", "http://"), "http://"),
        ("x = 1", "disk.x"),
        ("", "no fact"),
        ("[", "disk/facts.toml"),
    ],
)
def test_a_bad_ledger_names_the_file_and_what_is_wrong(broken, named):
    """Planted faults."""
    with pytest.raises(LedgerError, match=r"disk/facts\.toml") as error:
        read(broken)
    assert named in str(error.value)


def test_an_unknown_fact_names_its_neighbours():
    with pytest.raises(UnknownFact, match=r"ebs\.gp2\.burst_iops"):
        fact("ebs.gp2.burst_iop")


def test_an_unknown_topic_is_said():
    with pytest.raises(LedgerError, match="moon"):
        fact("moon.cheese")


def test_every_topic_has_a_ledger_that_reads():
    assert topics()
    for topic in topics():
        assert all(key.startswith(f"{topic}.") for key in ledger(topic))


def test_no_fact_is_from_the_future():
    today = datetime.date.today()
    assert not [key for topic in topics() for key, known in ledger(topic).items() if known.as_of > today]


def test_a_ledger_on_a_page_is_the_ledger():
    for topic in topics():
        assert from_json(to_json(ledger(topic))) == ledger(topic)
