"""The same policies and calls, judged by us and enforced by MiniStack: where they differ, and why."""

import json
import os
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from awsbook.lab.engines import free_port, running
from awsbook.topics.iam.model_json import PolicyError
from awsbook.topics.iam.model_judge import Caller, Policies, Request, judge
from awsbook.topics.iam.model_policy import parse

ACCOUNT = "000000000000"
ALICE = Caller("user", f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = Caller("session", f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/alice", ACCOUNT, ROLE)
OWN, OTHER = "arn:aws:s3:::home/alice/a.txt", "arn:aws:s3:::home/bob/b.txt"
CALLS = {  # name -> (action, resource, more context, the call itself)
    "get": ("s3:GetObject", OWN, {}, lambda to: to("s3").get_object(Bucket="home", Key="alice/a.txt")),
    "get bob": ("s3:GetObject", OTHER, {}, lambda to: to("s3").get_object(Bucket="home", Key="bob/b.txt")),
    "put": ("s3:PutObject", OWN, {}, lambda to: to("s3").put_object(Bucket="home", Key="alice/a.txt", Body=b"x")),
    "delete": ("s3:DeleteObject", OTHER, {}, lambda to: to("s3").delete_object(Bucket="home", Key="bob/b.txt")),
    "list": ("s3:ListBucket", "arn:aws:s3:::home", {"s3:prefix": ("alice/",)},
             lambda to: to("s3").list_objects_v2(Bucket="home", Prefix="alice/")),
    "users": ("iam:ListUsers", "*", {}, lambda to: to("iam").list_users()),
    "bob": ("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/bob", {}, lambda to: to("iam").get_user(UserName="bob")),
    "send": ("sqs:SendMessage", f"arn:aws:sqs:us-east-1:{ACCOUNT}:paid", {},
             lambda to: to("sqs").send_message(QueueUrl=f"http://127.0.0.1/{ACCOUNT}/paid", MessageBody="x")),
}  # fmt: skip


def allow(action, resource="*", **condition):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | ({"Condition": condition} if condition else {})


def deny(action, resource="*", **condition):
    return {**allow(action, resource, **condition), "Effect": "Deny"}


ALL = allow("*")
HOME = "arn:aws:s3:::home/*"
BUCKET = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": HOME}
NOT_IAM = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
NOT_HERS = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::home/alice/*"}
NO_MFA = {"aws:MultiFactorAuthPresent": "false"}
THERE = {"aws:SourceIp": "203.0.113.0/24"}


def bucket(name):
    return [{**BUCKET, "Principal": {"AWS": name}}]


def own(call, *statements, **layers):
    """A row about alice with these statements of her own."""
    return "user", call, {**({"identity": list(statements)} if statements else {}), **layers}


def under(call, condition):
    return own(call, allow("s3:*", "*", **condition))


# what is compared -> (who, call, layers as statements)
TABLE = {
    "no policy": own("get"),
    "the action": own("get", allow("s3:GetObject", HOME)),
    "another action": own("put", allow("s3:GetObject", HOME)),
    "a list of actions": own("put", allow(["s3:GetObject", "s3:PutObject"], HOME)),
    "an action with *": own("get", allow("s3:Get*", HOME)),
    "an action with ?": own("get", allow("s3:?etObject", HOME)),
    "an action in other case": own("get", allow("S3:getobject", HOME)),
    "a resource in other case": own("get", allow("s3:GetObject", "arn:aws:s3:::Home/*")),
    "one folder": own("get", allow("s3:*", "arn:aws:s3:::home/alice/*")),
    "another's folder": own("get bob", allow("s3:*", "arn:aws:s3:::home/alice/*")),
    "the bucket is not its objects": own("list", allow("s3:*", HOME)),
    "deny wins": own("get", ALL, deny("s3:Get*")),
    "a deny on something else": own("get", ALL, deny("s3:Put*")),
    "NotAction allows the rest": own("get", NOT_IAM),
    "NotAction leaves this out": own("users", NOT_IAM),
    "NotResource denies the rest": own("get bob", ALL, NOT_HERS),
    "NotResource spares this": own("get", ALL, NOT_HERS),
    "from here": under("get", {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
    "from elsewhere": under("get", {"IpAddress": THERE}),
    "not from elsewhere": own("get", ALL, deny("s3:*", "*", NotIpAddress=THERE)),
    "only over TLS": own("get", ALL, deny("s3:*", "*", Bool={"aws:SecureTransport": "false"})),
    "MFA, key absent": own("get", ALL, deny("s3:*", "*", Bool=NO_MFA)),
    "MFA if it exists": own("get", ALL, deny("s3:*", "*", BoolIfExists=NO_MFA)),
    "Null true": under("get", {"Null": {"aws:TokenIssueTime": "true"}}),
    "the prefix": under("list", {"StringLike": {"s3:prefix": "alice/*"}}),
    "another prefix": under("list", {"StringLike": {"s3:prefix": "bob/*"}}),
    "a principal's ARN": under("get", {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/al*"}}),
    "an ARN with a * over colons": under("get", {"ArnLike": {"aws:PrincipalArn": "arn:*alice"}}),
    "the user's name as a condition": under("get", {"StringEquals": {"aws:username": "alice"}}),
    "the date": under("get", {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}),
    "a variable": own("get", allow("s3:*", "arn:aws:s3:::home/${aws:username}/*")),
    "a variable in a deny": own("get", ALL, deny("s3:*", "arn:aws:s3:::home/${aws:username}/*")),
    "boundary allows": own("get", ALL, boundary=[allow("s3:*")]),
    "boundary silent": own("users", ALL, boundary=[allow("s3:*")]),
    "boundary alone": own("get", boundary=[ALL]),
    "bucket names the user": own("get", resource=bucket(ALICE.arn)),
    "bucket names another": own("get", resource=bucket(f"arn:aws:iam::{ACCOUNT}:user/bob")),
    "bucket names the account": own("get", resource=bucket(f"arn:aws:iam::{ACCOUNT}:root")),
    "bucket denies": own("get", ALL, resource=[{**BUCKET, "Effect": "Deny", "Principal": "*"}]),
    "bucket past the boundary": own("get", boundary=[allow("iam:*")], resource=bucket(ALICE.arn)),
    "a queue": own("send", allow("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:paid")),
    "another queue": own("send", allow("sqs:SendMessage", f"arn:aws:sqs:*:{ACCOUNT}:refunds")),
    "one user": own("bob", allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/b*")),
    "a role's policy": ("session", "get", {"identity": [allow("s3:GetObject", HOME)]}),
    "session policy silent": ("session", "put", {"identity": [ALL], "session": [allow("s3:GetObject")]}),
    "session policy allows": ("session", "get", {"identity": [ALL], "session": [allow("s3:GetObject")]}),
    "session policy alone": ("session", "get", {"session": [ALL]}),
    "a role's boundary": ("session", "get", {"identity": [ALL], "boundary": [allow("iam:*")]}),
    "bucket names the role": ("session", "get", {"resource": bucket(ROLE)}),
    "bucket names the session": ("session", "get", {"session": [allow("iam:*")], "resource": bucket(SESSION.arn)}),
}
# where MiniStack says something else than AWS's guide, and we follow the guide
DIFFERENT = {
    "a variable": "MiniStack 1.5.33 leaves ${aws:username} as it is written, so the Allow covers nothing",
    "a variable in a deny": "the same, and here it lets her in",
    "an ARN with a * over colons": "MiniStack matches an ARN as one text, the guide part by part",
}


@pytest.fixture(scope="module")
def server():
    program = Path(boto3.__file__).parents[4] / "bin" / "ministack"
    if not program.is_file():
        pytest.skip("ministack is not installed here")
    port = free_port()
    with (
        patch.dict(os.environ, {"AUTH": "true", "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port)}),
        running(str(program), port=port),
    ):
        yield Cloud(port)


class Cloud:
    """MiniStack with a bucket, a queue, alice, bob and a role that alice may take."""

    def __init__(self, port):
        self._port = port
        self.admin = self.to("test", "test")
        for name in ("alice", "bob"):
            self.admin("iam").create_user(UserName=name)
        key = self.admin("iam").create_access_key(UserName="alice")["AccessKey"]
        self.alice = self.to(key["AccessKeyId"], key["SecretAccessKey"])
        trust = {"Effect": "Allow", "Principal": {"AWS": ALICE.arn}, "Action": "sts:AssumeRole"}
        self.admin("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=document([trust]))
        # AWS would not ask for this: in one account, a trust policy that names her is enough
        self.admin("iam").put_user_policy(UserName="alice", PolicyName="assume",
                                          PolicyDocument=document([allow("sts:AssumeRole")]))  # fmt: skip
        self.admin("sqs").create_queue(QueueName="paid")
        self.admin("s3").create_bucket(Bucket="home")

    def to(self, key, secret, token=None):
        made = {}

        def client(service):
            if service not in made:
                made[service] = boto3.client(
                    service, endpoint_url=f"http://127.0.0.1:{self._port}", region_name="us-east-1",
                    aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
                    config=Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=10),
                )  # fmt: skip
            return made[service]

        return client

    def says(self, who, call, layers):
        """The verdict's words, from whether the call came through and else from the error."""
        iam, s3 = self.admin("iam"), self.admin("s3")
        for key in ("alice/a.txt", "bob/b.txt"):
            s3.put_object(Bucket="home", Key=key, Body=b"x")
        name, put = ("alice", iam.put_user_policy) if who == "user" else ("reader", iam.put_role_policy)
        owner = {"UserName": name} if who == "user" else {"RoleName": name}
        bound = iam.put_user_permissions_boundary if who == "user" else iam.put_role_permissions_boundary
        unbound = iam.delete_user_permissions_boundary if who == "user" else iam.delete_role_permissions_boundary
        unput = iam.delete_user_policy if who == "user" else iam.delete_role_policy
        if "identity" in layers:
            put(**owner, PolicyName="own", PolicyDocument=document(layers["identity"]))
        if "boundary" in layers:
            made = iam.create_policy(PolicyName=f"b{len(iam.list_policies(Scope='Local')['Policies'])}",
                                     PolicyDocument=document(layers["boundary"]))  # fmt: skip
            bound(**owner, PermissionsBoundary=made["Policy"]["Arn"])
        if "resource" in layers:
            s3.put_bucket_policy(Bucket="home", Policy=document(layers["resource"]))
        try:
            return self._words(self._client(who, layers), call)
        finally:
            with suppress(ClientError):
                unput(**owner, PolicyName="own")
            with suppress(ClientError):
                unbound(**owner)
            s3.delete_bucket_policy(Bucket="home")

    def _client(self, who, layers):
        if who == "user":
            return self.alice
        session = {"Policy": document(layers["session"])} if "session" in layers else {}
        got = self.alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="alice", **session)["Credentials"]
        return self.to(got["AccessKeyId"], got["SecretAccessKey"], got["SessionToken"])

    def _words(self, client, call):
        try:
            CALLS[call][3](client)
        except ClientError as error:
            if "Denied" not in error.response["Error"]["Code"]:
                raise
            return "explicit deny" if "explicit deny" in error.response["Error"]["Message"] else "implicit deny"
        return "allowed"


def document(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def ours(who, call, layers):
    action, resource, more, _ = CALLS[call]
    caller = ALICE if who == "user" else SESSION
    context = {
        "aws:sourceip": ("127.0.0.1",), "aws:securetransport": ("false",), "aws:principalarn": (caller.arn,),
        "aws:currenttime": ("2026-11-23T12:00:00Z",), **more,
    }  # fmt: skip
    context |= {"aws:username": ("alice",)} if who == "user" else {"aws:tokenissuetime": ("2026-11-23T11:00:00Z",)}
    made = {
        name: parse(document(found), "resource" if name == "resource" else "identity") for name, found in layers.items()
    }
    identity = (made.pop("identity"),) if "identity" in made else ()
    return judge(Request(caller, action, resource, ACCOUNT, context), Policies(identity, **made)).words


def test_ministack_agrees_but_for_the_differences_we_know(server):
    assert len(TABLE) >= 30
    found = {name: (ours(*row), server.says(*row)) for name, row in TABLE.items()}
    differ = {name: pair for name, pair in found.items() if pair[0] != pair[1]}
    assert set(DIFFERENT) == set(differ), differ
    assert len({words for words, _ in found.values()}) == 3  # the table has every kind of verdict


def test_ministack_asks_more_of_a_trust_policy_than_aws(server):
    """In one account, a trust policy that names the user is enough for AWS; MiniStack wants her own Allow as well."""
    server.admin("iam").delete_user_policy(UserName="alice", PolicyName="assume")
    with pytest.raises(ClientError, match="no identity-based policy allows the sts:AssumeRole"):
        server.alice("sts").assume_role(RoleArn=ROLE, RoleSessionName="alice")
    statement = {"Effect": "Allow", "Principal": {"AWS": ALICE.arn}, "Action": "sts:AssumeRole"}
    trust = Policies(resource=parse(document([statement]), "trust"), must_name=True)
    assert judge(Request(ALICE, "sts:AssumeRole", ROLE, ACCOUNT), trust).allowed


@pytest.mark.parametrize("wrong", [{"Version": "2020-01-01"}, {"Statement": [allow("s3:*", "home/*")]}])
def test_ministack_takes_documents_that_the_grammar_does_not(server, wrong):
    text = json.dumps({"Version": "2012-10-17", "Statement": [ALL]} | wrong)
    server.admin("iam").put_user_policy(UserName="bob", PolicyName="wrong", PolicyDocument=text)
    with pytest.raises(PolicyError, match="line 1"):
        parse(text)
