"""The examples of the chapter: two accounts, alice, her policies, the calls of the game."""

from __future__ import annotations

import json
from functools import cache

from .model_judge import Caller, Policies, Request, judge
from .model_people import World
from .model_policy import Policy, parse

OURS, THEIRS = "111122223333", "444455556666"  # the accounts of AWS's own examples
ALICE_ARN = f"arn:aws:iam::{OURS}:user/alice"
ROLE_ARN = f"arn:aws:iam::{OURS}:role/reader"
ALICE = Caller("user", ALICE_ARN, OURS)
SESSION = Caller("session", f"arn:aws:sts::{OURS}:assumed-role/reader/alice", OURS, ROLE_ARN)
ROOT = f"arn:aws:iam::{OURS}:root"
REPORT = "arn:aws:s3:::reports/may.csv"


@cache
def policy(text: str, kind: str = "identity") -> Policy:
    """Parsed once."""
    return parse(text, kind)


def written(*statements: dict) -> str:
    """A policy as JSON text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def made(*statements: dict, kind: str = "identity") -> Policy:
    return policy(written(*statements), kind)


# --- the gates


def gates(caller: str, other: bool, says: dict[str, str]) -> tuple[Request, Policies]:
    """One call, and the policies of which `says` tells, layer by layer, "none" or what they say about it."""
    who = ALICE if caller == "user" else SESSION
    request = Request(who, "s3:GetObject", REPORT, THEIRS if other else OURS)
    layers = {name: _saying(what) for name, what in says.items() if name != "resource"}
    return request, Policies(
        identity=(layers["identity"],),
        resource=_bucket(says["resource"], who),
        boundary=layers["boundary"],
        session=layers["session"] if caller == "session" else None,
        scps=(layers["scp"],) if layers["scp"] else (),
    )


def _saying(what):
    """A policy that allows, denies or does not mention the call; None for "none"."""
    action = "s3:ListBucket" if what == "silent" else "s3:GetObject"
    effect = "Deny" if what == "deny" else "Allow"
    return made({"Effect": effect, "Action": action, "Resource": "*"}) if what != "none" else None


def _bucket(what, who):
    if what == "none":
        return None
    named = {
        "caller": {"AWS": who.arn},
        "role": {"AWS": ROLE_ARN},
        "account": {"AWS": ROOT},
        "silent": {"AWS": f"arn:aws:iam::{OURS}:user/bob"},
        "deny": "*",
    }[what]
    effect = "Deny" if what == "deny" else "Allow"
    return made({"Effect": effect, "Principal": named, "Action": "s3:GetObject", "Resource": REPORT}, kind="resource")


# --- one policy, one request

POLICY = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "OwnFolder",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      "Resource": "arn:aws:s3:::home/${aws:username}/*"
    },
    {
      "Sid": "ListFromOffice",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::home",
      "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    },
    {
      "Sid": "NoChangeWithoutMfa",
      "Effect": "Deny",
      "Action": ["s3:Put*", "s3:Delete*"],
      "Resource": "*",
      "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    },
    {
      "Sid": "OnlyEncrypted",
      "Effect": "Deny",
      "Action": "s3:PutObject",
      "Resource": "*",
      "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    },
    {
      "Sid": "NotFromElsewhere",
      "Effect": "Deny",
      "Action": "s3:PutObject",
      "Resource": "*",
      "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    }
  ]
}"""
CALLS = {
    "put": ("put home/alice/a.txt", "s3:PutObject", "arn:aws:s3:::home/alice/a.txt"),
    "get": ("get home/alice/a.txt", "s3:GetObject", "arn:aws:s3:::home/alice/a.txt"),
    "bob": ("get home/bob/b.txt", "s3:GetObject", "arn:aws:s3:::home/bob/b.txt"),
    "delete": ("delete home/alice/a.txt", "s3:DeleteObject", "arn:aws:s3:::home/alice/a.txt"),
    "list": ("list home", "s3:ListBucket", "arn:aws:s3:::home"),
    "user": ("create user eve", "iam:CreateUser", f"arn:aws:iam::{OURS}:user/eve"),
}
ADDRESSES = {"office": "203.0.113.7", "train": "198.51.100.20"}


def call(name: str, user: str, mfa: str, address: str, encryption: str) -> Request:
    """One of CALLS by a user. mfa: "true", "false", or "none" for a plain access key, which does not carry the key."""
    _, action, resource = CALLS[name]
    context = {"aws:username": (user,), "aws:sourceip": (ADDRESSES[address],), "aws:securetransport": ("true",)}
    if mfa != "none":
        context["aws:multifactorauthpresent"] = (mfa,)
    if encryption != "none" and name == "put":
        context["s3:x-amz-server-side-encryption"] = (encryption,)
    return Request(Caller("user", f"arn:aws:iam::{OURS}:user/{user}", OURS), action, resource, OURS, context)


# --- two accounts

THEIR_ROLE = f"arn:aws:iam::{THEIRS}:role/auditor"
EXTERNAL_ID = "tickets-7"


def doors(way: str, one: bool, mine: bool, scp: bool, theirs: str, external: str, role_may: bool):
    """The calls that reading a bucket takes, in order, each with its name and the policies that have a say.

    way: "bucket" or "role"; one: all in one account; mine: alice's policy allows; scp: her account's SCP allows;
    theirs: whom the other side names, "nobody", "account" or "alice"; external: "none", "sent" or "missing".
    """
    account = OURS if one else THEIRS
    action = "s3:GetObject" if way == "bucket" else "sts:AssumeRole"
    role = THEIR_ROLE.replace(THEIRS, account)
    door = REPORT if way == "bucket" else role
    own = made({"Effect": "Allow", "Action": action if mine else "s3:ListAllMyBuckets", "Resource": "*"})
    ceiling = made({"Effect": "Allow", "Action": "*", "Resource": "*"},
                   *([] if scp else [{"Effect": "Deny", "Action": action, "Resource": "*"}]))  # fmt: skip
    named = {"nobody": f"arn:aws:iam::{account}:user/bob", "account": ROOT, "alice": ALICE_ARN}[theirs]
    grant = {"Effect": "Allow", "Principal": {"AWS": named}, "Action": action}
    if way == "bucket":
        their = made({**grant, "Resource": REPORT}, kind="resource")
        return [("GetObject", Request(ALICE, action, REPORT, account), Policies((own,), their, scps=(ceiling,)))]
    if external != "none":
        grant["Condition"] = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    context = {"sts:externalid": (EXTERNAL_ID,)} if external == "sent" else {}
    session = Caller("session", f"arn:aws:sts::{account}:assumed-role/auditor/alice", account, role)
    of_role = made({"Effect": "Allow", "Action": "s3:GetObject" if role_may else "s3:ListBucket", "Resource": "*"})
    trust = made(grant, kind="trust")
    return [
        ("AssumeRole", Request(ALICE, action, door, account, context),
         Policies((own,), trust, scps=(ceiling,), must_name=True)),
        ("GetObject", Request(session, "s3:GetObject", REPORT, account),
         Policies((of_role,), scps=(ceiling,) if one else ())),
    ]  # fmt: skip


# --- alice and her groups

SERVER = f"arn:aws:ec2:us-east-1:{OURS}:instance/i-1"
DEPLOYER = f"arn:aws:iam::{OURS}:role/deployer"
MAY = {
    "read": ("s3:GetObject", REPORT),
    "stop": ("ec2:StopInstances", SERVER),
    "write": ("s3:PutObject", REPORT),
    "costs": ("ce:GetCostAndUsage", "*"),
    "assume": ("sts:AssumeRole", DEPLOYER),
}


@cache
def company() -> World:
    """devs may read, stop and take the role; interns must not stop; deployer may write and stop."""
    return World(
        user=ALICE,
        role=Caller("session", f"arn:aws:sts::{OURS}:assumed-role/deployer/alice", OURS, DEPLOYER),
        groups={
            "devs": made(
                {"Effect": "Allow", "Action": ["s3:GetObject", "ec2:StopInstances"], "Resource": "*"},
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": DEPLOYER},
            ),
            "interns": made({"Effect": "Deny", "Action": "ec2:StopInstances", "Resource": "*"}),
        },
        of_role=made({"Effect": "Allow", "Action": ["s3:PutObject", "ec2:StopInstances"], "Resource": "*"}),
        trust=made({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole"}, kind="trust"),
        direct=made({"Effect": "Allow", "Action": "ce:GetCostAndUsage", "Resource": "*"}),
    )


# --- the key that is not there

TAG = "team"  # what the policy asks of aws:TagKeys
REQUESTS = {"absent": (), "team": ("team",), "note": ("note",), "both": ("team", "note")}
OPERATORS = (
    "StringEquals", "StringEqualsIfExists", "StringNotEquals", "StringNotEqualsIfExists", "ForAnyValue:StringEquals",
    "ForAllValues:StringEquals", "ForAnyValue:StringNotEquals", "ForAllValues:StringNotEquals", "Null",
)  # fmt: skip


# --- the game: eight calls to allow, twelve to refuse

_TABLE, _QUEUE = f"arn:aws:dynamodb:us-east-1:{OURS}:table/", f"arn:aws:sqs:us-east-1:{OURS}:"
GAME = (
    (True, "list orders", "s3:ListBucket", "arn:aws:s3:::orders"),
    (True, "get 2026/1", "s3:GetObject", "arn:aws:s3:::orders/2026/1.json"),
    (True, "get 2027/3", "s3:GetObject", "arn:aws:s3:::orders/2027/3.json"),
    (True, "put 2026/2", "s3:PutObject", "arn:aws:s3:::orders/2026/2.json"),
    (True, "get cart", "dynamodb:GetItem", f"{_TABLE}carts"),
    (True, "query carts", "dynamodb:Query", f"{_TABLE}carts"),
    (True, "put cart", "dynamodb:PutItem", f"{_TABLE}carts"),
    (True, "send to paid", "sqs:SendMessage", f"{_QUEUE}paid"),
    (False, "delete 2026/1", "s3:DeleteObject", "arn:aws:s3:::orders/2026/1.json"),
    (False, "put archive/1", "s3:PutObject", "arn:aws:s3:::orders/archive/1.json"),
    (False, "get from backup", "s3:GetObject", "arn:aws:s3:::orders-backup/2026/1.json"),
    (False, "list payroll", "s3:ListBucket", "arn:aws:s3:::payroll"),
    (False, "change policy", "s3:PutBucketPolicy", "arn:aws:s3:::orders"),
    (False, "delete bucket", "s3:DeleteBucket", "arn:aws:s3:::orders"),
    (False, "get customer", "dynamodb:GetItem", f"{_TABLE}customers"),
    (False, "delete cart", "dynamodb:DeleteItem", f"{_TABLE}carts"),
    (False, "drop table", "dynamodb:DeleteTable", f"{_TABLE}carts"),
    (False, "send to refunds", "sqs:SendMessage", f"{_QUEUE}refunds"),
    (False, "purge paid", "sqs:PurgeQueue", f"{_QUEUE}paid"),
    (False, "key for admin", "iam:CreateAccessKey", f"arn:aws:iam::{OURS}:user/admin"),
)
CHECKOUT = Caller(
    "session", f"arn:aws:sts::{OURS}:assumed-role/checkout/app", OURS, f"arn:aws:iam::{OURS}:role/checkout"
)
START = f"""{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Sid": "Orders",
      "Effect": "Allow",
      "Action": "s3:*",
      "Resource": "arn:aws:s3:::orders*"
    }},
    {{
      "Sid": "Carts",
      "Effect": "Allow",
      "Action": "dynamodb:*Item",
      "Resource": "{_TABLE}carts"
    }}
  ]
}}"""
ANSWER = f"""{{
  "Version": "2012-10-17",
  "Statement": [
    {{
      "Sid": "Bucket",
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "arn:aws:s3:::orders"
    }},
    {{
      "Sid": "Orders",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject"],
      "Resource": "arn:aws:s3:::orders/202?/*"
    }},
    {{
      "Sid": "Carts",
      "Effect": "Allow",
      "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
      "Resource": "{_TABLE}carts"
    }},
    {{
      "Sid": "Paid",
      "Effect": "Allow",
      "Action": "sqs:SendMessage",
      "Resource": "{_QUEUE}paid"
    }}
  ]
}}"""


def played(text_policy: Policy) -> list[tuple[bool, str, str, str, object]]:
    """Each call of the game with its verdict at the end: (should be allowed, label, action, resource, Verdict)."""

    has_a_say = Policies(identity=(text_policy,))
    return [
        (should, label, action, resource, judge(Request(CHECKOUT, action, resource, OURS), has_a_say))
        for should, label, action, resource in GAME
    ]
