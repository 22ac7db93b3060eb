"""The words of botocore's elbv2 service model, for the tests that hold the ledger to them."""

from __future__ import annotations

import re

import botocore.session

from awsbook.facts import fact

MODEL = botocore.session.get_session().get_component("data_loader").load_service_model("elbv2", "service-2")


def documentation(shape: str, member: str) -> str:
    """The documentation of a shape's member, without markup, with single blanks."""
    text = MODEL["shapes"][shape]["members"][member]["documentation"]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def assert_states(key: str, place: tuple[str, str], pattern: str) -> None:
    """The pattern's group is the value of the fact `load-balancing.<key>`."""
    found = re.search(pattern, documentation(*place))
    assert found, f"AWS no longer writes {pattern!r}"
    assert str(fact(f"load-balancing.{key}").value) == found.group(1)
