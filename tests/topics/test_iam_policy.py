"""A policy as a text: lines of what stands where, and the line and the reason of what IAM would refuse."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.topics.iam.model_json import PolicyError, read
from awsbook.topics.iam.model_policy import parse
from awsbook.topics.iam.scenes import ANSWER, POLICY, START

GOOD = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": "s3:Get*",
      "Resource": "arn:aws:s3:::home/*",
      "Condition": {"Bool": {"aws:SecureTransport": "true"}}
    },
    {
      "Effect": "Deny",
      "Action": ["s3:GetObject",
                 "s3:PutObject"],
      "Resource": "*"
    }
  ]
}"""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def plain(node):
    if isinstance(node.value, dict):
        return {name: plain(inner) for name, inner in node.value.items()}
    return [plain(inner) for inner in node.value] if isinstance(node.value, list) else node.value


@given(json_values, st.sampled_from([None, 1, 4]))
def test_our_reader_reads_what_pythons_does(value, indent):
    assert value == plain(read(json.dumps(value, indent=indent)))


@given(st.text(alphabet='{}[]",: \n123truefalsn"ab\\', max_size=40))
def test_our_reader_refuses_what_pythons_refuses(text):
    """Python takes NaN and a name that comes twice; neither is in these texts' reach without being checked below."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        with pytest.raises(PolicyError):
            read(text)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "[1e999]"])
def test_a_number_that_is_none_is_refused(text):
    with pytest.raises(PolicyError, match="no JSON value"):
        read(text)


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(PolicyError, match='line 3: "Effect" stands twice'):
        read('{\n"Effect": "Allow",\n"Effect": "Deny"}')


def test_a_statement_knows_its_lines():
    first, second = parse(GOOD).statements
    assert (first.first, first.last) == (4, 10)
    assert (second.first, second.last) == (11, 16)
    assert (first.conditions[0].first, first.conditions[0].last) == (9, 9)


def test_the_size_leaves_white_space_out():
    assert len("".join(GOOD.split())) == parse(GOOD).size


def test_one_statement_needs_no_list():
    assert len(parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}').statements) == 1


def test_without_version_it_is_taken_as_2008_and_variables_stay_letters():
    text = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    assert not parse(text).variables
    with pytest.raises(PolicyError, match="line 1: Version is missing"):
        parse(text, need_version=True)


BROKEN = [
    ('"Effect": "Allow",\n', '"Effect": "Allow"\n', 6, "comma"),
    ('"Resource": "*"\n', '"Resource": "*",\n', 15, "nothing follows the comma"),
    ('"Effect": "Deny"', '"Effect": "deny"', 12, "Allow or Deny"),
    ('"Effect": "Deny"', "'Effect': \"Deny\"", 12, "double quotes"),
    ('"Effect": "Deny",\n', "", 11, "Effect is missing"),
    ('"Action": "s3:Get*",\n', "", 4, "Action .* is missing"),
    ('"Resource": "*"\n', '"Resource": "*", "NotResource": "*"\n', 15, "not both"),
    ('"Action": "s3:Get*"', '"Actions": "s3:Get*"', 7, 'did you mean "Action"'),
    ('"Action": "s3:Get*"', '"Action": "GetObject"', 7, "service:Name"),
    ('"s3:PutObject"]', '"s3:PutObject", 7]', 14, "list of texts"),
    ('"Action": "s3:Get*"', '"Action": []', 7, "empty list"),
    ("arn:aws:s3:::home/*", "home/*", 8, "must be an ARN"),
    ("arn:aws:s3:::home/*", "arn:aws:s3:home", 8, "must be an ARN"),
    ("arn:aws:s3:::home/*", "arn:aws:*:::home/*", 8, "service in plain letters"),
    ("arn:aws:s3:::home/*", "arn:aws:s3::${aws:username}:home/*", 8, "after its fifth colon"),
    ('"Bool"', '"Boolean"', 9, "no operator"),
    ('"Bool"', '"NullIfExists"', 9, "no operator"),
    ('"Bool"', '"ForSomeValues:Bool"', 9, "no operator"),
    ('"true"', '"yes"', 9, "true or false"),
    ('"Bool": {"aws:SecureTransport": "true"}', '"IpAddress": {"aws:SourceIp": "10.0.0.0/40"}', 9, "cannot read"),
    ('"Bool": {"aws:SecureTransport": "true"}', '"NumericEquals": {"s3:max-keys": "ten"}', 9, "cannot read"),
    ('"Bool": {"aws:SecureTransport": "true"}', '"DateLessThan": {"aws:CurrentTime": "tomorrow"}', 9, "cannot read"),
    ('"aws:SecureTransport"', '"SecureTransport"', 9, "condition key"),
    ('"Version": "2012-10-17"', '"Version": "2020-01-01"', 2, "2008-10-17 and 2012-10-17"),
    ('"Version": "2012-10-17",', '"Version": "2012-10-17", "Id": "x",', 2, "Id belongs"),
    ('"Sid": "Read"', '"Sid": "R\u00e9ad"', 5, "letters and digits"),
    ('"Sid": "Read"', '"Sid": "\u4e2d"', 5, "does not take the character"),
    ('"Sid": "Read"', '"Sid": "read it"', 5, "letters and digits"),
    ('"Effect": "Deny"', '"Sid": "Read", "Effect": "Deny"', 11, "stands twice"),
    ('"Effect": "Deny"', '"Effect": "Deny", "Principal": "*"', 12, "no Principal"),
    ('"Statement"', '"Statements"', 3, 'did you mean "Statement"'),
]


@pytest.mark.parametrize(("old", "new", "line", "reason"), BROKEN, ids=[f"{one[2]}-{one[3]}" for one in BROKEN])
def test_a_broken_policy_gets_its_line_and_the_reason(old, new, line, reason):
    assert old in GOOD
    with pytest.raises(PolicyError, match=reason) as caught:
        parse(GOOD.replace(old, new, 1))
    assert line == caught.value.line


RESOURCE = '{"Statement": {"Effect": "Allow", "Principal": %s, "Action": "s3:*", "Resource": "*"}}'


@pytest.mark.parametrize(
    ("principal", "reason"),
    [
        ('{"AWS": "arn:aws:iam::111122223333:group/devs"}', "group cannot be"),
        ('{"AWS": "arn:aws:iam::111122223333:user/*"}', "without wildcards"),
        ('{"AWS": "alice"}', "ARN of a user"),
        ('{"Amazon": "*"}', "no element"),
        ("{}", "names nobody"),
    ],
)
def test_a_principal_is_somebody_who_can_sign(principal, reason):
    with pytest.raises(PolicyError, match=reason):
        parse(RESOURCE % principal, "resource")


def test_a_policy_of_a_resource_says_whom_it_is_about():
    with pytest.raises(PolicyError, match="Principal is missing"):
        parse('{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}', "resource")


def test_a_trust_policy_has_no_resource():
    with pytest.raises(PolicyError, match="no Resource"):
        parse(RESOURCE % '"*"', "trust")


@pytest.mark.parametrize("text", [START, ANSWER, POLICY])
def test_the_policies_of_the_page_are_sound(text):
    assert parse(text).variables


@given(st.integers(0, len(ANSWER) - 1))
def test_a_policy_that_lost_a_letter_is_read_or_refused_with_a_line_that_is_there(at):
    text = ANSWER[:at] + ANSWER[at + 1 :]
    line = 1
    try:
        parse(text)
    except PolicyError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1
