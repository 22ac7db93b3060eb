"""IAM: every goal within reach, refusals in AWS's terms, marked lines, and the models of people and of sessions."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore.controls import ControlError
from awsbook.explore.explorable import in_topic
from awsbook.facts import fact
from awsbook.topics.iam.model_people import State, act, may
from awsbook.topics.iam.model_session import Rules, in_hands, refusal
from awsbook.topics.iam.scenes import ANSWER, MAY, POLICY, START, company
from awsbook.topics.iam.views import session_rules

BY_NAME = {made.name: made for made in in_topic("iam")}
ALL_ALLOW = {"scp": "allow", "resource": "caller", "identity": "allow", "boundary": "allow", "session": "allow"}
NO_STAR = ANSWER  # its only wildcards stand in a resource
STARRED = ANSWER.replace('["s3:GetObject", "s3:PutObject"]', '["s3:GetObj*", "s3:PutObject"]')
REACH = [
    ("gates", 0, {"boundary": "silent"}),
    ("gates", 1, {"boundary": "silent", "resource": "caller"}),
    ("gates", 2, {**ALL_ALLOW, "boundary": "deny"}),
    ("gates", 3, {"other": True, "resource": "account"}),
    ("gates", 4, {"other": True, "resource": "silent"}),
    ("editor", 0, {"mfa": "true", "encryption": "AES256"}),
    ("editor", 1, {"call": "bob", "user": "bob"}),
    ("editor", 2, {"call": "delete"}),
    ("editor", 3, {"call": "list", "address": "train", "policy": POLICY.replace('"IpAddress"', '"NotIpAddress"')}),
    ("missing_key", 0, {"operator": "StringEqualsIfExists", "asked": "absent"}),
    ("missing_key", 1, {"operator": "ForAnyValue:StringNotEquals", "asked": "absent", "effect": "Deny"}),
    ("missing_key", 2, {"operator": "StringNotEquals", "asked": "absent", "effect": "Deny"}),
    ("two_accounts", 0, {"mine": True}),
    ("two_accounts", 1, {"mine": True, "way": "bucket"}),
    ("two_accounts", 2, {"one": True, "theirs": "alice"}),
    ("two_accounts", 3, {"mine": True, "external": "missing"}),
    ("alice", 0, {"steps": "join:devs"}),
    ("alice", 1, {"steps": "join:devs join:interns"}),
    ("alice", 2, {"steps": "join:devs join:interns assume"}),
    ("alice", 3, {"steps": "join:devs delete leave:devs delete"}),
    ("leaked", 0, {"asked": 60}),
    ("leaked", 1, {"asked": 60, "stolen": 120}),
    ("leaked", 2, {"chained": True}),
    ("leaked", 3, {"asked": 10}),
    ("game", 0, {"policy": START.replace('"s3:*"', '["s3:*", "sqs:*"]').replace("dynamodb:*Item", "dynamodb:*")
                 .replace('"arn:aws:s3:::orders*"', '"*"')}),
    ("game", 1, {"policy": START.replace("Allow", "Deny")}),
    ("game", 2, {"policy": STARRED}),
    ("game", 3, {"policy": NO_STAR}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "goal", "setting"), REACH, ids=lambda thing: str(thing)[:30])
def test_every_goal_can_be_reached(name, goal, setting):
    assert BY_NAME[name](**setting).goals[goal].met
    assert not BY_NAME[name]().goals[goal].met


def test_the_list_of_goals_is_complete():
    assert {(name, goal) for name, goal, _ in REACH} == {
        (made.name, i) for made in BY_NAME.values() for i in range(len(made().goals))
    }


def test_the_deciding_statement_is_marked():
    assert BY_NAME["editor"]().lines == {"policy": (17, 23)}
    assert BY_NAME["editor"](mfa="true", encryption="aws:kms").lines == {"policy": (4, 9)}
    assert BY_NAME["game"]().lines == {"policy": (4, 9)}
    assert BY_NAME["game"](policy=ANSWER).lines == {}


@pytest.mark.parametrize("name", ["editor", "game"])
@pytest.mark.parametrize(
    ("wrong", "line"),
    [("", 1), ("{\n]", 2), ('{"Version": "2012-10-17",\n "Statement": [{"Effect": "allow"}]}', 2), ("[" * 900, 1),
     ('{\n "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}', 1)],
)  # fmt: skip
def test_a_broken_policy_is_refused_at_its_line(name, wrong, line):
    with pytest.raises(ControlError) as caught:
        BY_NAME[name](policy=wrong)
    assert ("policy", line) == (caught.value.control, caught.value.line)


def test_an_enormous_policy_does_not_stop_the_page():
    stars = '"' + "*a" * 900 + '"'
    text = START.replace('"arn:aws:s3:::orders*"', f'["arn:aws:s3:::" , "arn:aws:s3:::{stars[1:]}]')
    assert len(text) < 6000
    with pytest.raises(ControlError, match="must be an ARN"):  # "arn:aws:s3:::" has no name; six parts are there
        BY_NAME["game"](policy=text.replace('"arn:aws:s3:::" ,', '"nothing",'))
    assert BY_NAME["game"](policy=text)


@given(st.integers(0, len(POLICY) - 1), st.sampled_from(list('{}[]",:\\ax0')))
def test_a_policy_with_one_letter_changed_is_judged_or_refused_with_a_line(at, letter):
    text = POLICY[:at] + letter + POLICY[at + 1 :]
    try:
        view = BY_NAME["editor"](policy=text)
    except ControlError as error:
        first = last = error.line
    else:
        first, last = view.lines["policy"]
    assert 1 <= first <= last <= text.count("\n") + 1


def test_a_users_session_policy_is_said_not_to_exist():
    view = BY_NAME["gates"](caller="user", session="deny")
    assert "no session policy" in view.sentence
    assert "allowed" in view.sentence


# --- alice


def after(steps):
    state, answers = State(), []
    for step in steps.split():
        state, _, answer = act(state, step, company())
        answers.append(answer)
    return state, answers


def can(state):
    return {name for name, call in MAY.items() if may(state, company(), *call)}


@pytest.mark.parametrize(
    ("steps", "allowed", "last"),
    [
        ("join:devs", {"read", "stop", "assume"}, "done"),
        ("join:devs join:interns", {"read", "assume"}, "done"),
        ("join:interns", set(), "done"),
        ("attach", {"costs"}, "done"),
        ("join:devs attach", {"read", "stop", "assume", "costs"}, "done"),
        ("assume", set(), "AccessDenied"),
        ("join:devs assume", {"stop", "write"}, "done"),
        ("join:devs attach assume", {"stop", "write"}, "done"),
        ("join:devs join:interns assume", {"stop", "write"}, "done"),
        ("join:devs assume end", {"read", "stop", "assume"}, "done"),
        ("join:devs assume assume", {"stop", "write"}, "AccessDenied"),
        ("leave:devs", set(), "NoSuchEntity"),
        ("detach", set(), "NoSuchEntity"),
        ("join:devs delete", {"read", "stop", "assume"}, "DeleteConflict"),
        ("attach delete", {"costs"}, "DeleteConflict"),
        ("delete", set(), "done"),
        ("delete join:devs", set(), "NoSuchEntity"),
        ("join:devs assume leave:devs delete", {"stop", "write"}, "done"),
    ],
)
def test_what_alice_may_after(steps, allowed, last):
    state, answers = after(steps)
    assert (allowed, last) == (can(state), answers[-1])


def test_joining_twice_is_joining_once():
    assert after("join:devs join:devs")[0] == after("join:devs")[0]


def test_a_step_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="no step"):
        act(State(), "dance", company())


@given(st.lists(st.sampled_from(list(BY_NAME["alice"].controls["steps"].options)), max_size=14))
def test_whatever_happens_a_refused_step_changes_nothing(steps):
    state = State()
    for step in steps:
        was = state
        state, _, answer = act(state, step, company())
        assert answer == "done" or state == was


# --- sessions

RULES = session_rules()


@pytest.mark.parametrize(
    ("asked", "role_max", "chained", "refused"),
    [
        (900, 3600, False, False),
        (899, 3600, False, True),
        (43_200, 43_200, False, False),  # the API's own example: twelve hours asked
        (43_200, 21_600, False, True),  # of a role that allows six
        (3600, 43_200, True, False),
        (3601, 43_200, True, True),
    ],
)
def test_what_assume_role_refuses(asked, role_max, chained, refused):
    assert refused == bool(refusal(asked, role_max, chained, RULES))


def test_no_role_has_more_than_the_longest_maximum():
    with pytest.raises(ValueError, match="no role has"):
        refusal(900, 50_000, False, RULES)


def test_a_wrong_limit_is_noticed():
    """Planted fault: a minute more for a chained session."""
    wrong = Rules(RULES.least, RULES.most, RULES.chained + 60)
    assert refusal(3601, 43_200, True, RULES) != refusal(3601, 43_200, True, wrong)


@given(st.integers(900, 43_200), st.integers(0, 43_200), st.integers(0, 200_000))
def test_a_thief_has_a_session_no_longer_than_a_key(lasts, stolen, noticed):
    session, key = in_hands(lasts, stolen, noticed), in_hands(math.inf, stolen, noticed)
    assert 0 <= session <= key == noticed
    counted = sum(1 for second in range(stolen, min(lasts, stolen + noticed), 60))  # minute by minute
    assert abs(session / 60 - counted) <= 1


def test_negative_times_are_refused():
    for wrong in itertools.permutations((-1, 1, 1)):
        with pytest.raises(ValueError, match="nothing negative"):
            in_hands(*wrong)


def test_the_sliders_go_as_far_as_the_facts():
    made = BY_NAME["leaked"].controls
    assert made["role_max"].max == fact("iam.session.most_hours").value
    assert made["role_max"].min * 3600 == fact("iam.session.role_max_least").value
    assert made["asked"].max * 60 > fact("iam.session.most").value  # so that a refusal can be met
    assert made["asked"].min * 60 < fact("iam.session.least").value
