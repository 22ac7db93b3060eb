"""An AWS that enforces policies: MiniStack, as a server of this machine.

    lab = open_sandbox(mocked=False)      # a server keeps real time
    lab.use(enforced())
    iam = boto3.client("iam")             # the account's root user, who may do everything
    alice = signed_by(key)                # a function: alice("s3") is a client that signs with her key

Every signature is checked, and every call is held against the policies. Wrong in MiniStack 1.5.33, so teach none of
it here:
- `${aws:username}` and other variables are not replaced; `*` in `ArnLike` reaches over colons.
- Documents that IAM and S3 refuse are accepted: `document` refuses them in their place.
- In one account, a trust policy that names a user wants her own Allow as well. Between accounts it is as on AWS.
- A call that leaves the user's name out (`get_user()`) is not about the caller, but about nobody.
- An explicit Deny of a bucket policy does not stop the account's root user.
- `delete_objects` is refused as a whole; nothing limits the number of keys of a user, nor a session to the maximum of
  its role; the condition key `iam:PermissionsBoundary` is unknown.
- The words: an implicit deny does not name the resource, and a boundary's refusal blames an identity-based policy.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from awsbook.lab.engines import HOST, free_port, running
from awsbook.lab.sandbox import environment
from awsbook.topics.iam.model_json import PolicyError
from awsbook.topics.iam.model_policy import parse

OURS, PARTNER = "123456789012", "210987654321"  # the shop's account, which is the server's own, and another one
_SERVER = Path(__file__).with_name("iam_server.py")


class MalformedPolicy(ValueError):
    """A document that IAM would refuse, or that this engine cannot judge as AWS does."""


@contextmanager
def enforced():
    """While the block lasts, boto3 talks to a fresh server. Without MiniStack one sentence, and cells are skipped."""
    if not installed():
        print("This lab is skipped: ministack is not installed here (pip install ministack brings it).")
        _skip_cells()
        yield None
        return
    port = free_port()
    here = {"AWS_ENDPOINT_URL": f"http://{HOST}:{port}", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"}
    with running(sys.executable, str(_SERVER), str(port), port=port) as server, environment({**os.environ, **here}):
        yield server


def installed() -> bool:
    """Whether the server's package is there."""
    return find_spec("ministack") is not None


def signed_by(key: dict):
    """A function that makes clients which sign with `key`, as `create_access_key` or `assume_role` answer it."""
    import boto3

    def client(service: str):
        return boto3.client(
            service,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key.get("SessionToken"),
        )

    return client


def account(number: str):
    """Clients of the root user of another account: the engine takes an account's number for its root user's key."""
    return signed_by({"AccessKeyId": number, "SecretAccessKey": "testing"})


def document(policy: dict, kind: str = "identity") -> str:
    """The policy as the text that AWS takes. kind: "identity", "resource" (a bucket's) or "trust" (a role's).

    MalformedPolicy with the reason if AWS would refuse it: the engine would take it, and find some meaning in it.
    Also refused are a policy without Version and one with a variable, whose meaning here is not that of AWS.
    """
    if not isinstance(policy, dict):
        raise MalformedPolicy(f"a policy is a dictionary here, got {policy!r}")
    text = json.dumps(policy)
    try:
        parse(text, kind)
    except PolicyError as error:
        raise MalformedPolicy(f"AWS would not take this policy: {error.reason}") from None
    if "Version" not in policy:
        raise MalformedPolicy('write "Version": "2012-10-17": without it AWS reads the policy as one of 2008')
    if "${" in text:
        raise MalformedPolicy("this engine does not replace variables such as ${aws:username}: write the name itself")
    return text


def _skip_cells():
    """In a notebook: every further cell says that it is skipped, until the first one is run again."""
    try:
        shell = get_ipython()
    except NameError:
        return

    def skip(lines):
        if any("open_sandbox(" in line for line in lines) and installed():
            shell.input_transformers_cleanup.remove(skip)
            return lines
        return ["print('skipped: this cell needs ministack')\n"]

    shell.input_transformers_cleanup.append(skip)
