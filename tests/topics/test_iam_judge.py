"""Who may do what: AWS's own examples, the rules of the guide, and other roads to the same verdict."""

import fnmatch
import itertools
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awsbook.topics.iam import model_judge
from awsbook.topics.iam.model_conditions import OPERATORS, Condition, holds, operator_parts
from awsbook.topics.iam.model_judge import Caller, Policies, Request, error, judge
from awsbook.topics.iam.model_match import action_matches, arn_matches, resource_matches, wild
from awsbook.topics.iam.scenes import (  # fmt: skip
    ALICE,
    ANSWER,
    GAME,
    OURS,
    ROLE_ARN,
    SESSION,
    START,
    THEIRS,
    doors,
    gates,
    made,
    played,
    policy,
)

# AWS's examples are those of its user guide, https://docs.aws.amazon.com/IAM/latest/UserGuide/; each names its page


def user(name, account="123456789012"):
    return Caller("user", f"arn:aws:iam::{account}:user/{name}", account)


def verdict(caller, action, on, *identity, context=None, **others):
    """The verdict on a call within the caller's account; others: the other layers of `Policies`."""
    return judge(Request(caller, action, on, caller.account, context or {}), Policies(identity=identity, **others))


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


# --- AWS's examples

CARLOS = user("carlossalazar")
CARLOS_OWN = made(  # reference_policies_evaluation-logic.html, example identity-based and resource-based policy
    allow(["s3:GetBucketLocation", "s3:GetAccountPublicAccessBlock", "s3:ListAllMyBuckets"], "arn:aws:s3:::*"),
    allow("s3:*", ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]),
    deny("s3:*", "arn:aws:s3:::*log*"),
)
CARLOS_BUCKET = made(
    {**allow("s3:*", ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]), "Principal": {"AWS": CARLOS.arn}},
    kind="resource",
)


@pytest.mark.parametrize(
    ("action", "resource", "words", "bucket"),
    [
        ("s3:PutObject", "arn:aws:s3:::carlossalazar-logs/a", "explicit deny", None),
        ("s3:PutObject", "arn:aws:s3:::carlossalazar/a", "allowed", CARLOS_BUCKET),
        ("s3:GetBucketLocation", "arn:aws:s3:::other", "allowed", None),
        ("s3:PutObject", "arn:aws:s3:::other/a", "implicit deny", None),
    ],
)
def test_carlos_of_the_guide(action, resource, words, bucket):
    assert words == verdict(CARLOS, action, resource, CARLOS_OWN, resource=bucket).words


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("iam:GetUser", "allowed"),
        ("iam:CreatePolicy", "implicit deny"),
        ("iam:GetOrganizationsAccessReport", "explicit deny"),
    ],
)
def test_explicit_and_implicit_denies_of_the_guide(action, words):
    """The same page, "The difference between explicit and implicit denies"."""
    own = made(allow(["iam:Get*", "iam:List*"]), deny("iam:*Report"))
    assert words == verdict(CARLOS, action, "*", own).words


def test_shirley_of_the_guide_is_stopped_by_her_boundary():
    """access_policies_boundaries.html: iam:CreateUser is hers, and her boundary knows S3, CloudWatch and EC2 only."""
    boundary = made(allow(["s3:*", "cloudwatch:*", "ec2:*"]))
    one = verdict(user("ShirleyRodriguez"), "iam:CreateUser", "*", made(allow("iam:CreateUser")), boundary=boundary)
    assert (one.words, one.layer) == ("implicit deny", "boundary")
    two = verdict(user("ShirleyRodriguez"), "s3:GetObject", "*", made(allow("s3:*")), boundary=boundary)
    assert two.allowed


X_COMPANY = made(  # access_policies_boundaries.html, XCompanyBoundaries
    allow(["s3:*", "cloudwatch:*", "ec2:*", "dynamodb:*"]),
    allow(["iam:ListUsers", "iam:GetAccountPasswordPolicy"]),
    allow(["iam:*AccessKey*", "iam:ChangePassword", "iam:GetUser"], ["arn:aws:iam::*:user/${aws:username}"]),
    deny("s3:*", ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
    deny("ec2:*", "arn:aws:ec2:*:*:instance/i-1234567890abcdef0"),
)


@pytest.mark.parametrize(
    ("action", "resource", "words"),
    [
        ("s3:GetObject", "arn:aws:s3:::logs/today", "explicit deny"),
        ("s3:GetObject", "arn:aws:s3:::photos/a", "allowed"),
        ("ec2:StopInstances", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1234567890abcdef0", "explicit deny"),
        ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/Nikhil", "allowed"),
        ("iam:CreateAccessKey", "arn:aws:iam::123456789012:user/Zhang", "implicit deny"),
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/Eve", "implicit deny"),
    ],
)
def test_a_user_with_the_boundary_of_x_company(action, resource, words):
    context = {"aws:username": ("Nikhil",)}
    everything = made(allow("*"))
    assert words == verdict(user("Nikhil"), action, resource, everything, context=context, boundary=X_COMPANY).words


def test_zhang_may_attach_policies_only_under_the_boundary():
    """access_policies_boundaries.html, DelegatedUserBoundary: the condition on iam:PermissionsBoundary."""
    right = "arn:aws:iam::111122223333:policy/XCompanyBoundaries"
    boundary = made(allow(["iam:CreateUser", "iam:AttachUserPolicy"],
                          Condition={"StringEquals": {"iam:PermissionsBoundary": right}}))  # fmt: skip
    for arn, words in ((right, "allowed"), (right.replace("X", "Y"), "implicit deny"), (None, "implicit deny")):
        context = {"iam:permissionsboundary": (arn,)} if arn else {}
        one = verdict(user("Zhang"), "iam:CreateUser", "*", made(allow("iam:*")), context=context, boundary=boundary)
        assert words == one.words


def test_arn_like_does_not_reach_over_a_colon_and_string_like_does():
    """reference_policies_elements_condition_operators.html, ARN condition operators, the guide's own pair."""
    written = "arn:aws:someservice:*:111122223333:finance/*"
    asked = "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
    context = {"aws:sourcearn": (asked,)}
    assert holds(Condition("", "StringLike", False, "aws:SourceArn", (written,)), context, True)
    assert not holds(Condition("", "ArnLike", False, "aws:SourceArn", (written,)), context, True)


@pytest.mark.parametrize(
    ("operator", "values", "asked", "met"),
    [
        ("ForAllValues:StringLike", ("PostDateTime", "Message", "Tags"), ("PostDateTime", "Message"), True),
        ("ForAllValues:StringLike", ("PostDateTime", "Message", "Tags"), ("PostDateTime", "UserName"), False),
        ("ForAnyValue:StringLike", ("ID", "PostDateTime"), ("UserName", "Message", "PostDateTime"), True),
        ("ForAnyValue:StringLike", ("ID", "PostDateTime"), ("UserName",), False),
        ("ForAllValues:StringLike", ("ID",), (), True),
        ("ForAnyValue:StringLike", ("ID",), (), False),
    ],
)
def test_the_set_operators_of_the_guide(operator, values, asked, met):
    """reference_policies_multi-value-conditions.html: the forum's table and its note on an empty set."""
    condition = Condition(*operator_parts(operator), "dynamodb:requestedAttributes", values)
    assert met == holds(condition, {"dynamodb:requestedattributes": asked}, True)


ONE_CONDITION = [
    ("NumericLessThanEquals", "10", ("10",), True),  # the guide's s3:max-keys
    ("NumericLessThanEquals", "10", ("11",), False),
    ("NumericLessThanEquals", "10", (), False),
    ("DateGreaterThan", "2020-01-01T00:00:01Z", ("2020-01-01T00:00:02Z",), True),  # the guide's TokenIssueTime
    ("DateGreaterThan", "2020-01-01T00:00:01Z", ("1577836801",), False),  # the same second, since 1970
    ("DateGreaterThan", "2020-01-01T00:00:01Z", (), False),
    ("Bool", "false", ("false",), True),  # the guide's SecureTransport
    ("IpAddress", "203.0.113.0/24", ("203.0.113.255",), True),  # the guide's range
    ("IpAddress", "203.0.113.0/24", ("203.0.114.0",), False),
    ("IpAddress", "2001:DB8:1234:5678::/64", ("2001:db8:1234:5678::1",), True),
    ("IpAddress", "203.0.113.0/24", ("2001:db8:1234:5678::1",), False),
    ("IpAddress", "203.0.113.7", ("203.0.113.7",), True),  # no prefix means /32
    ("NotIpAddress", "203.0.113.0/24", ("10.0.0.1",), True),
    ("Null", "true", (), True),  # the guide's TokenIssueTime: no temporary credentials
    ("Null", "true", ("2026-01-01T00:00:00Z",), False),
    ("Null", "false", ("x",), True),
    ("StringLike", "t2.*", ("t2.micro",), True),
    ("StringLike", "t2.*", (), False),  # the guide's policy that does not work
    ("StringLikeIfExists", "t2.*", (), True),  # and the one that does
    ("StringNotEquals", "a", (), True),  # a key that is not there meets a negated operator
    ("StringNotEqualsIfExists", "a", (), True),
    ("StringEquals", "a", ("A",), False),
    ("StringEqualsIgnoreCase", "a", ("A",), True),
    ("StringEquals", "a*", ("ab",), False),
    ("BinaryEquals", "QmluYXJ5", ("QmluYXJ5",), True),
    ("ArnEquals", "arn:aws:sns:*:123456789012:T?", ("arn:aws:sns:eu-west-1:123456789012:T1",), True),
    ("ArnNotLike", "arn:aws:sns:*:123456789012:T?", ("arn:aws:sns:eu-west-1:123456789012:U1",), True),
]  # fmt: skip


@pytest.mark.parametrize(("operator", "written", "asked", "met"), ONE_CONDITION)
def test_one_condition(operator, written, asked, met):
    condition = Condition(*operator_parts(operator), "some:Key", (written,))
    assert met == holds(condition, {"some:key": asked} if asked else {}, True)


def test_several_values_are_or_and_several_negated_values_are_nor():
    either = Condition("", "StringEquals", False, "k:k", ("a", "b"))
    neither = Condition("", "StringNotEquals", False, "k:k", ("a", "b"))
    assert [holds(either, {"k:k": (one,)}, True) for one in "abc"] == [True, True, False]
    assert [holds(neither, {"k:k": (one,)}, True) for one in "abc"] == [False, False, True]


def test_several_conditions_are_and():
    own = made(allow("s3:*", Condition={"StringEquals": {"k:a": "1", "k:b": "2"}, "Null": {"k:c": "true"}}))
    for a, b, c in itertools.product("12", "12", (None, "x")):
        context = {"k:a": (a,), "k:b": (b,), **({"k:c": (c,)} if c else {})}
        one = verdict(CARLOS, "s3:GetObject", "*", own, context=context)
        assert (a == "1" and b == "2" and c is None) == one.allowed


# --- variables

DAVID = (  # reference_policies_variables.html, the home directory
    '{"Version": "2012-10-17", "Statement": [{"Action": ["s3:ListBucket"], "Effect": "Allow", '
    '"Resource": ["arn:aws:s3:::mybucket"], "Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*"]}}}, '
    '{"Action": ["s3:GetObject", "s3:PutObject"], "Effect": "Allow", '
    '"Resource": ["arn:aws:s3:::mybucket/${aws:username}/*"]}]}'
)


def test_davids_home_directory_of_the_guide():
    context = {"aws:username": ("David",), "s3:prefix": ("David/photos",)}
    own = policy(DAVID)
    assert verdict(user("David"), "s3:GetObject", "arn:aws:s3:::mybucket/David/a", own, context=context).allowed
    assert not verdict(user("David"), "s3:GetObject", "arn:aws:s3:::mybucket/Eve/a", own, context=context).allowed
    assert verdict(user("David"), "s3:ListBucket", "arn:aws:s3:::mybucket", own, context=context).allowed
    context["s3:prefix"] = ("Eve/",)
    assert not verdict(user("David"), "s3:ListBucket", "arn:aws:s3:::mybucket", own, context=context).allowed


@pytest.mark.parametrize("version", ['"Version": "2012-10-17", ', '"Version": "2008-10-17", ', ""])
def test_a_variable_is_plain_letters_in_an_older_version(version):
    own = policy(DAVID.replace('"Version": "2012-10-17", ', version))
    context = {"aws:username": ("David",)}
    one = verdict(user("David"), "s3:GetObject", "arn:aws:s3:::mybucket/David/a", own, context=context)
    assert ("2012" in version) == one.allowed


def test_a_variable_without_a_value_makes_the_statement_say_nothing():
    """A session of a role has no aws:username, so neither an Allow nor a Deny that uses it is about it."""
    session = Caller("session", "arn:aws:sts::123456789012:assumed-role/r/s", "123456789012", "")
    own = made(allow("s3:*"), deny("s3:*", "arn:aws:s3:::b/${aws:username}/*"))
    assert verdict(session, "s3:GetObject", "arn:aws:s3:::b/x/y", own).allowed
    default = made(allow("s3:*", "arn:aws:s3:::b/${aws:username, 'anyone'}/*"))
    assert verdict(session, "s3:GetObject", "arn:aws:s3:::b/anyone/y", default).allowed


def test_a_marked_wildcard_is_a_letter():
    assert resource_matches("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", {}, True)
    assert not resource_matches("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", {}, True)
    assert resource_matches("arn:aws:s3:::b/${$}", "arn:aws:s3:::b/$", {}, True)


# --- wildcards, by other roads

letters = st.text(alphabet="ab*?.", max_size=8)


@given(letters, st.text(alphabet="ab.", max_size=10))
def test_wildcards_match_as_a_regular_expression_does(written, value):
    expression = "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in written)
    assert (re.fullmatch(expression, value) is not None) == wild(written).matches(value)


@given(letters, st.text(alphabet="ab.", max_size=10))
def test_wildcards_match_as_the_standard_librarys_do(written, value):
    assert fnmatch.fnmatchcase(value, written) == wild(written).matches(value)


def test_a_nasty_pattern_is_judged_at_once():
    """A regular expression would try for years."""
    assert not wild("a*" * 40 + "b").matches("a" * 2000)


def test_actions_ignore_case_and_resources_do_not():
    assert action_matches("S3:getobject", "s3:GetObject")
    assert not resource_matches("arn:aws:s3:::Home/*", "arn:aws:s3:::home/a", {}, True)


def test_an_arn_of_too_few_parts_matches_nothing():
    assert not arn_matches("arn:aws:s3", "arn:aws:s3:::b", {}, True)


def test_exceptions_cover_everything_else():
    own = made({"Effect": "Deny", "NotAction": "iam:*", "NotResource": ["arn:aws:s3:::ours", "arn:aws:s3:::ours/*"]},
               allow("*"))  # fmt: skip
    assert verdict(CARLOS, "s3:GetObject", "arn:aws:s3:::theirs/a", own).words == "explicit deny"
    assert verdict(CARLOS, "s3:GetObject", "arn:aws:s3:::ours/a", own).allowed
    assert verdict(CARLOS, "iam:GetUser", "arn:aws:iam::123456789012:user/x", own).allowed


# --- the order of the gates

SAYS = {
    "scp": ("none", "allow", "silent", "deny"),
    "identity": ("allow", "silent", "deny"),
    "resource": ("none", "caller", "role", "account", "silent", "deny"),
    "boundary": ("none", "allow", "silent", "deny"),
    "session": ("none", "allow", "silent", "deny"),
}


def by_the_guide(caller, other, says):
    """The verdict by the sentences of the guide, without any policy: another reading than `judge`'s."""
    asked = dict(says) if caller == "session" else {**says, "session": "none"}
    if "deny" in asked.values():
        return "explicit deny"
    if asked["scp"] == "silent":
        return "implicit deny"
    limited = "silent" in (asked["boundary"], asked["session"])
    names_me = asked["resource"] == "caller"
    names_role = asked["resource"] == "role" and caller == "session"
    own = asked["identity"] == "allow"
    if other:
        named = names_me or names_role or asked["resource"] == "account"
        return "allowed" if named and own and not limited else "implicit deny"
    if names_me:
        return "allowed"
    return "allowed" if (own or names_role) and not limited else "implicit deny"


def test_every_setting_of_the_gates_ends_as_the_guide_says():
    seen = 0
    for caller, other in itertools.product(("user", "session"), (False, True)):
        for values in itertools.product(*SAYS.values()):
            says = dict(zip(SAYS, values, strict=True))
            assert by_the_guide(caller, other, says) == judge(*gates(caller, other, says)).words, (caller, other, says)
            seen += 1
    assert seen == 4 * 4 * 3 * 6 * 4 * 4


settings_of_gates = st.tuples(
    st.sampled_from(("user", "session")),
    st.booleans(),
    st.fixed_dictionaries({name: st.sampled_from(values) for name, values in SAYS.items()}),
)


@given(settings_of_gates, st.sampled_from(list(SAYS)))
@settings(max_examples=60)
def test_a_deny_never_opens_anything(setting, layer):
    caller, other, says = setting
    before, after = judge(*gates(*setting)), judge(*gates(caller, other, {**says, layer: "deny"}))
    assert not after.allowed or (layer == "session" and caller == "user")
    assert before.allowed >= after.allowed


@given(settings_of_gates)
@settings(max_examples=60)
def test_the_way_ends_where_the_verdict_falls(setting):
    one = judge(*gates(*setting))
    stops = [gate for gate in one.gates if gate.outcome == "stops"]
    assert len(stops) == (0 if one.allowed else 1)
    asked = [gate.outcome != "unasked" for gate in one.gates]
    assert asked == sorted(asked, reverse=True)
    assert {"deny", *SAYS} == {gate.name for gate in one.gates}


def test_a_planted_fault_in_the_order_is_noticed(monkeypatch):
    """If a boundary could not stop anybody, the guide's table would no longer come out."""
    setting = ("user", False, {**dict.fromkeys(SAYS, "allow"), "resource": "none", "boundary": "silent"})
    assert by_the_guide(*setting) == judge(*gates(*setting)).words
    monkeypatch.setattr(model_judge, "_pass", lambda gates, *_: gates.append(model_judge.Gate("x", "passes")) or True)
    assert by_the_guide(*setting) != judge(*gates(*setting)).words


def test_every_level_of_scps_must_allow():
    full, s3 = made(allow("*")), made(allow("s3:*"))
    own = made(allow("*"))
    assert verdict(CARLOS, "s3:GetObject", "*", own, scps=(full, s3)).allowed
    assert verdict(CARLOS, "ec2:RunInstances", "*", own, scps=(full, s3)).layer == "scp"


def test_the_root_user_needs_no_policy_and_meets_scps():
    root = Caller("root", f"arn:aws:iam::{OURS}:root", OURS)
    assert verdict(root, "s3:GetObject", "*").allowed
    assert not verdict(root, "s3:GetObject", "*", scps=(made(deny("s3:*")),)).allowed


def test_a_service_takes_a_role_whose_trust_policy_names_it():
    trust = made({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
                 kind="trust")  # fmt: skip
    for name, right in (("ec2.amazonaws.com", True), ("lambda.amazonaws.com", False)):
        request = Request(Caller("service", name), "sts:AssumeRole", ROLE_ARN, OURS)
        assert right == judge(request, Policies(resource=trust, must_name=True)).allowed


def test_the_words_of_an_error_say_which_policy():
    request = Request(ALICE, "s3:GetObject", "arn:aws:s3:::a/b", OURS)
    silent = judge(request, Policies())
    assert "because no identity-based policy allows the s3:GetObject action" in error(silent, request)
    loud = judge(request, Policies((made(deny("s3:*")),)))
    assert "with an explicit deny in an identity-based policy" in error(loud, request)
    assert error(judge(request, Policies((made(allow("*")),))), request) == ""


# --- two accounts

DOORS = [
    # way, one, mine, scp, theirs, external, role_may -> verdict of each call
    (("bucket", False, True, True, "alice", "none", True), ["allowed"]),
    (("bucket", False, True, True, "account", "none", True), ["allowed"]),
    (("bucket", False, False, True, "alice", "none", True), ["implicit deny"]),
    (("bucket", False, True, True, "nobody", "none", True), ["implicit deny"]),
    (("bucket", False, True, False, "alice", "none", True), ["explicit deny"]),
    (("bucket", True, False, True, "alice", "none", True), ["allowed"]),
    (("bucket", True, False, True, "account", "none", True), ["implicit deny"]),
    (("bucket", True, True, True, "nobody", "none", True), ["allowed"]),
    (("role", False, True, True, "account", "none", True), ["allowed", "allowed"]),
    (("role", False, True, True, "account", "none", False), ["allowed", "implicit deny"]),
    (("role", False, False, True, "account", "none", True), ["implicit deny", "allowed"]),
    (("role", False, True, True, "alice", "missing", True), ["implicit deny", "allowed"]),
    (("role", False, True, True, "alice", "sent", True), ["allowed", "allowed"]),
    (("role", True, False, True, "alice", "none", True), ["allowed", "allowed"]),
    (("role", True, True, True, "nobody", "none", True), ["implicit deny", "allowed"]),
    (("role", True, False, True, "account", "none", True), ["implicit deny", "allowed"]),
]


@pytest.mark.parametrize(("setting", "words"), DOORS, ids=str)
def test_two_accounts(setting, words):
    assert words == [judge(request, policies).words for _, request, policies in doors(*setting)]


def test_a_role_named_in_its_own_account_still_meets_its_boundary():
    """evaluation-logic.html: a grant to the role's ARN is limited by boundary and session policy, one to the session
    is not."""
    says = {**dict.fromkeys(SAYS, "none"), "identity": "silent"}
    for named, right in (("role", False), ("caller", True)):
        assert right == judge(*gates("session", False, {**says, "resource": named, "boundary": "silent"})).allowed
        assert right == judge(*gates("session", False, {**says, "resource": named, "session": "silent"})).allowed
        assert judge(*gates("session", False, {**says, "resource": named})).allowed


def test_a_caller_of_another_account_is_not_named_by_this_one():
    stranger = replace(SESSION, account=THEIRS)
    statement = made(
        {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "s3:*", "Resource": "*"}, kind="resource"
    )
    assert model_judge.names(statement.statements[0], stranger) == ""
    assert model_judge.names(statement.statements[0], SESSION) == "account"


# --- the game


def test_the_game_has_eight_calls_to_allow_and_twelve_to_refuse():
    assert [sum(should == right for should, *_ in GAME) for right in (True, False)] == [8, 12]


def test_the_answer_wins_the_game_and_the_start_does_not():
    assert all(should == one.allowed for should, *_, one in played(policy(ANSWER)))
    assert not all(should == one.allowed for should, *_, one in played(policy(START)))


@pytest.mark.parametrize("wider", ['"arn:aws:s3:::orders/*"', '"arn:aws:s3:::orders*/202?/*"'])
def test_a_wider_answer_lets_something_in(wider):
    lost = played(policy(ANSWER.replace('"arn:aws:s3:::orders/202?/*"', wider)))
    assert [one.allowed for should, *_, one in lost if should != one.allowed] == [True]


def test_every_operator_of_the_guide_is_there():
    """All names that the guide's page of condition operators lists."""
    assert len(OPERATORS) == 27


@pytest.mark.parametrize(("operator", "words"), [("Bool", "allowed"), ("BoolIfExists", "explicit deny")])
def test_a_deny_without_mfa_misses_an_access_key_unless_it_says_if_exists(operator, words):
    """AWS's knowledge center, mfa-iam-user-aws-cli: long-term credentials bring no aws:MultiFactorAuthPresent."""
    own = made(allow("*"), deny("s3:*", Condition={operator: {"aws:MultiFactorAuthPresent": "false"}}))
    assert verdict(CARLOS, "s3:GetObject", "*", own).words == words


def test_revoking_sessions_stops_the_old_ones_and_spares_the_new():
    """id_roles_use_revoke-sessions.html: a Deny of everything for sessions issued before a moment."""
    own = made(allow("*"), deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": "2026-11-23T12:00:00Z"}}))
    for issued, words in (("2026-11-23T11:59:59Z", "explicit deny"), ("2026-11-23T12:00:01Z", "allowed")):
        context = {"aws:tokenissuetime": (issued,)}
        assert verdict(SESSION, "s3:GetObject", "*", own, context=context).words == words
