"""What botocore's models of IAM and STS say against the ledger: a botocore update says what AWS changed."""

import re

import pytest
from botocore.loaders import Loader

from awsbook.facts import fact
from awsbook.topics.iam import model_policy

MODELS = {name: Loader().load_service_model(name, "service-2") for name in ("iam", "sts")}


def shape_of(service, shape, member):
    shapes = MODELS[service]["shapes"]
    return shapes[shapes[shape]["members"][member]["shape"]]


def words(service, shape, member):
    text = MODELS[service]["shapes"][shape]["members"][member]["documentation"]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", text))


RANGES = [
    ("session.least", "sts", "AssumeRoleRequest", "DurationSeconds", "min"),
    ("session.most", "sts", "AssumeRoleRequest", "DurationSeconds", "max"),
    ("session.role_max_least", "iam", "CreateRoleRequest", "MaxSessionDuration", "min"),
    ("session.most", "iam", "CreateRoleRequest", "MaxSessionDuration", "max"),
    ("external_id.max", "sts", "AssumeRoleRequest", "ExternalId", "max"),
]


@pytest.mark.parametrize(("key", "service", "shape", "member", "end"), RANGES)
def test_a_number_in_the_ledger_is_the_range_in_botocore(key, service, shape, member, end):
    assert fact(f"iam.{key}").value == shape_of(service, shape, member)[end]


def test_the_default_of_a_session_is_the_documented_one():
    found = re.search(
        r"By default, the value is set to (\d+) seconds", words("sts", "AssumeRoleRequest", "DurationSeconds")
    )
    assert fact("iam.session.default").value == int(found.group(1))


def test_a_chained_session_lasts_an_hour_at_most():
    said = words("sts", "AssumeRoleRequest", "DurationSeconds")
    assert "Role chaining limits" in said
    assert "maximum of one hour" in said
    assert fact("iam.session.chained").value == 3600


def test_the_highest_maximum_of_a_role_is_the_same_in_hours():
    said = words("sts", "AssumeRoleRequest", "DurationSeconds")
    assert int(re.search(r"from 1 hour to (\d+) hours", said).group(1)) == fact("iam.session.most_hours").value
    assert fact("iam.session.most_hours").value * 3600 == fact("iam.session.most").value


def test_managed_session_policies_are_as_many_as_documented():
    said = words("sts", "AssumeRoleRequest", "PolicyArns")
    assert int(re.search(r"up to (\d+) managed policy", said).group(1)) == fact("iam.session.policies").value


def test_a_managed_policy_has_five_versions():
    said = MODELS["iam"]["operations"]["CreatePolicyVersion"]["documentation"]
    assert "up to five versions" in said
    assert fact("iam.policy.versions").value == 5


def test_deleting_a_user_wants_memberships_and_policies_gone_first():
    """The rule behind `model_people.act`."""
    operation = MODELS["iam"]["operations"]["DeleteUser"]
    for call in ("RemoveUserFromGroup", "DetachUserPolicy"):
        assert call in operation["documentation"]
    codes = {MODELS["iam"]["shapes"][one["shape"]].get("error", {}).get("code") for one in operation["errors"]}
    assert {"DeleteConflict", "NoSuchEntity"} <= codes


def test_federation_has_both_saml_and_openid_connect():
    """IAM-08: the notes name SAML only."""
    assert {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"} <= set(MODELS["sts"]["operations"])
    assert {"CreateSAMLProvider", "CreateOpenIDConnectProvider"} <= set(MODELS["iam"]["operations"])


def test_a_policy_takes_the_characters_that_botocore_says():
    """The rule behind `model_policy._FOREIGN`."""
    shape = MODELS["iam"]["shapes"]["policyDocumentType"]
    for character in map(chr, [*range(0x20), *range(0x20, 0x120), 0x4E2D]):
        taken = re.fullmatch(shape["pattern"], character) is not None
        assert taken == (model_policy._FOREIGN.search(character) is None), character
