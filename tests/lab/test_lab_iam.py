"""The lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from folded import assert_folded, solution

from awsbook.lab import Sandbox, iam_exercises
from awsbook.lab.checks import WRONG, prove
from awsbook.lab.iam_engine import enforced, installed

ROOT = Path(__file__).parents[2]
NOTEBOOK = nbformat.read(ROOT / "labs" / "iam.ipynb", as_version=4)
CODE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]
EXERCISES = ("desk", "protect", "must_encrypt", "trust")
needs_ministack = pytest.mark.skipif(not installed(), reason="ministack is not installed on this machine")


@pytest.fixture(scope="module")
def lab():
    with Sandbox(mocked=False) as sandbox:
        sandbox.use(enforced())
        yield sandbox


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action, resource, condition=None):
    return {"Effect": "Allow", "Action": action, "Resource": resource} | ({"Condition": condition} if condition else {})


def deny(action, resource, condition=None):
    return allow(action, resource, condition) | {"Effect": "Deny"}


READ_WRITE, ORDERS = ["s3:GetObject", "s3:PutObject"], {"StringLike": {"s3:prefix": "orders/*"}}


def desk(
    *,
    at="arn:aws:s3:::{}",
    listed=None,
    condition=ORDERS,
    orders="/orders/*",
    drafts="/drafts/*",
    used=READ_WRITE,
    used_if=None,
    deleted="s3:DeleteObject",
    deleted_in="/drafts/*",
    prices="s3:GetObject",
    more=(),
):
    """A right answer, unless one of its parts is exchanged for a misconception."""

    def answer(bucket):
        arn = at.format(bucket)
        return policy(
            allow("s3:ListBucket", arn + (listed or ""), condition),
            allow(used, [arn + orders, arn + drafts], used_if),
            allow(deleted, arn + deleted_in),
            allow(prices, f"{arn}/prices.csv"),
            *more,
        )

    return answer


def one_flat_statement(bucket):
    arn = f"arn:aws:s3:::{bucket}"
    return policy(allow(["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [arn, f"{arn}/*"]))


WRONG_DESK = {
    "everything in S3": lambda bucket: policy(allow("s3:*", "*")),
    "everything in this bucket": lambda bucket: policy(
        allow("s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"])
    ),
    "every action on every resource, in one statement": one_flat_statement,
    "the bucket's ARN covers its objects": lambda bucket: policy(allow("s3:*", f"arn:aws:s3:::{bucket}")),
    "the objects' ARN covers the bucket": desk(listed="/*"),
    "a folder needs no slash": desk(orders="/orders*"),
    "the bucket's name needs no slash": desk(at="arn:aws:s3:::{}*", condition=None),
    "whoever lists orders may list all": desk(condition=None),
    "a prefix that is equal, not like": desk(condition={"StringEquals": {"s3:prefix": "orders"}}),
    "the prefix is in every call": desk(used_if=ORDERS),
    "delete with a wildcard": desk(deleted="s3:Delete*"),
    "who writes may delete": desk(deleted_in="/*"),
    "the price list is a file like any other": desk(prices=READ_WRITE),
    "reading with a wildcard everywhere": desk(more=[allow("s3:Get*", "arn:aws:s3:::*")]),
    "all but IAM": lambda bucket: policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    "a bucket instead of its ARN": lambda bucket: policy(allow(READ_WRITE, f"{bucket}/orders/*")),
    "nothing at all": lambda bucket: policy(deny("iam:*", "*")),
    "no Version": lambda bucket: {"Statement": desk()(bucket)["Statement"]},
}

LOST, LOST_WITH_BUCKET = ["s3:DeleteObject", "s3:DeleteObjectVersion"], [
    "s3:PutBucketVersioning",
    "s3:PutLifecycleConfiguration",
]  # fmt: skip


def protect(*, objects=LOST, at="/{}/*", condition=None, bucket_too=LOST_WITH_BUCKET, bucket_at=""):
    def answer(bucket, folder):
        arn = f"arn:aws:s3:::{bucket}"
        return policy(deny(objects, arn + at.format(folder), condition), deny(bucket_too, arn + bucket_at))

    return answer


WRONG_PROTECT = {
    "an Allow of the rest": lambda bucket, folder: policy(
        allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/{folder}/*")
    ),
    "one action deletes everything": protect(objects="s3:DeleteObject"),
    "only versions matter": protect(objects="s3:DeleteObjectVersion"),
    "forbid everything in the folder": protect(objects="s3:*"),
    "forbid writing as well": protect(objects=[*LOST, "s3:PutObject"]),
    "the whole bucket": protect(at="/*"),
    "no slash after the folder": protect(at="/{}*"),
    "the folder without its objects": protect(at="/{}"),
    "one level deep": protect(at="/{}/?.csv"),
    "the bucket's ARN for everything": protect(at=""),
    "the objects' ARN for everything": protect(bucket_at="/*"),
    "versioning looks after itself": protect(bucket_too="s3:PutLifecycleConfiguration"),
    "a lifecycle rule is no deletion": protect(bucket_too="s3:PutBucketVersioning"),
    "the prefix as a condition": lambda bucket, folder: protect(
        at="/*", condition={"StringLike": {"s3:prefix": f"{folder}/*"}}
    )(bucket, folder),
    "NotResource": lambda bucket, folder: policy(
        {"Effect": "Deny", "Action": "s3:Delete*", "NotResource": f"arn:aws:s3:::{bucket}/{folder}/*"}
    ),
}
KEY = "s3:x-amz-server-side-encryption"


def must_encrypt(*, effect="Deny", action="s3:PutObject", at="/*", who="*", operator="StringNotEquals", value="AES256"):
    def answer(bucket):
        condition = {operator: {KEY: value}} if operator else None
        return policy(
            allow(action, f"arn:aws:s3:::{bucket}{at}", condition) | {"Effect": effect, "Principal": who},
        )

    return answer


WRONG_ENCRYPT = {
    "an Allow for those who send it": must_encrypt(
        effect="Allow", who={"AWS": "arn:aws:iam::123456789012:user/alice-too"}, operator="StringEquals"
    ),
    "deny what is equal": must_encrypt(operator="StringEquals"),
    "any value that is not equal": must_encrypt(operator="ForAnyValue:StringNotEquals"),
    "any header will do": must_encrypt(operator="Null", value="true"),
    "deny those who send one": must_encrypt(operator="Null", value="false"),
    "only one of the people": must_encrypt(who={"AWS": "arn:aws:iam::123456789012:user/alice-too"}),
    "every action": must_encrypt(action="s3:*"),
    "every action on an object": must_encrypt(action=["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]),
    "no condition": must_encrypt(operator=None),
    "only folders": must_encrypt(at="/*/*"),
    "the bucket is what is put into": must_encrypt(at=""),
    "another spelling": must_encrypt(value="aes256"),
    "no Principal": lambda bucket: policy(deny("s3:PutObject", f"arn:aws:s3:::{bucket}/*")),
}


def trust(*, who="arn:aws:iam::{}:root", operator="StringEquals", key="sts:ExternalId", value="{}", effect="Allow"):
    def answer(partner, word):
        principal = {"AWS": who.format(partner)} if who != "*" else "*"
        statement = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
        return policy(statement | ({"Condition": {operator: {key: value.format(word)}}} if operator else {}))

    return answer


WRONG_TRUST = {
    "the account is enough": trust(operator=None),
    "the word if there is one": trust(operator="StringEqualsIfExists"),
    "all of the words": trust(operator="ForAllValues:StringEquals"),
    "who knows the word": trust(who="*"),
    "upper and lower case are the same": trust(operator="StringEqualsIgnoreCase"),
    "words that begin so": trust(operator="StringLike", value="{}*"),
    "any word": trust(operator="StringLike", value="*"),
    "some word": trust(operator="Null", value="false"),
    "deny the wrong word": trust(operator="StringNotEquals", effect="Deny"),
    "your own account": trust(who="arn:aws:iam::123456789012:root"),
    "one person of theirs": trust(who="arn:aws:iam::{}:user/ann"),
    "another key": trust(key="aws:ExternalId"),
    "a resource in a trust policy": lambda partner, word: policy(allow("sts:AssumeRole", "*")),
}


@needs_ministack
@pytest.mark.parametrize(
    ("name", "wrong"),
    [("desk", WRONG_DESK), ("protect", WRONG_PROTECT), ("must_encrypt", WRONG_ENCRYPT), ("trust", WRONG_TRUST)],
)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(lab, name, wrong):
    """The folded code is run as the learner would paste it."""
    prove(getattr(iam_exercises, name)(lab), solution(PROSE, name, policy=policy), wrong)


@needs_ministack
@pytest.mark.parametrize(("name", "made"), [("desk", desk), ("protect", protect), ("must_encrypt", must_encrypt)])
def test_the_answers_that_misconceptions_are_made_from_are_right(lab, name, made):
    """So each of them fails for the part that was exchanged."""
    assert getattr(iam_exercises, name)(lab).verdict(made()).state == "right"


@needs_ministack
def test_a_policy_that_aws_would_refuse_is_named_so(lab):
    """The engine would take it."""
    verdict = iam_exercises.desk(lab).verdict(WRONG_DESK["a bucket instead of its ARN"])
    assert verdict.state == WRONG
    assert "AWS would not take this policy: the resource" in verdict.words
    assert "must be an ARN" in verdict.words


@needs_ministack
@pytest.mark.parametrize(("made", "words"), [(None, "got None"), ({}, "Statement is missing")])
def test_what_is_no_policy_is_named_so(lab, made, words):
    """By each of the four: a `return` is easily forgotten."""
    for name in EXERCISES:
        assert words in getattr(iam_exercises, name)(lab).verdict(lambda *_: made).words


@needs_ministack
def test_an_exercise_leaves_nothing_of_itself_behind(lab):
    """Also where the answer fails: neither users nor buckets, roles or groups."""
    for wrong in (WRONG_DESK["everything in S3"], WRONG_DESK["a bucket instead of its ARN"]):
        assert iam_exercises.desk(lab).verdict(wrong).state == WRONG
    iam, s3 = lab.client("iam"), lab.client("s3")
    left = [iam.list_users()["Users"], iam.list_groups()["Groups"], iam.list_roles()["Roles"]]
    assert [*left, s3.list_buckets()["Buckets"]] == [[], [], [], []]


@needs_ministack
def test_the_list_has_eight_calls_of_the_desk_and_twelve_that_do_harm(lab):
    tried = iam_exercises.try_desk(lab, policy(allow("s3:*", "*")))
    assert [needed for _, needed, _ in tried] == [True] * 8 + [False] * 12
    assert sum(came for _, _, came in tried) == 18
    assert len({words for words, _, _ in tried}) == 20


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in EXERCISES:
        assert_folded(PROSE, name)


def gone(port):
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        threading.Event().wait(0.1)
    return False


def kernel(script, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_ministack
def test_the_engine_is_gone_after_a_cell_failed_and_the_lab_stopped(monkeypatch):
    seen = []
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    def cell():
        with Sandbox(mocked=False) as own:
            seen.append(own.use(enforced()))
            assert os.environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{seen[0].port}"
            raise RuntimeError("the cell fails")

    with pytest.raises(RuntimeError, match="the cell fails"):
        cell()
    assert gone(seen[0].port)
    assert not seen[0].alive
    assert "AWS_ENDPOINT_URL" not in os.environ


OPENED = """
from awsbook.lab import open_sandbox
from awsbook.lab.iam_engine import enforced
server = open_sandbox(mocked=False).use(enforced())
print(server.port, flush=True)
import threading
threading.Event().wait(60)
"""


@needs_ministack
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_the_engine_ends_when_its_kernel_is_killed():
    """A killed process runs no clean-up; its pipe to the minder closes all the same."""
    with kernel(OPENED) as process:
        port = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert gone(port)


REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "a-token",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL_S3": "http://192.0.2.1:4566",
    "HTTP_PROXY": "http://127.0.0.1:9",
}


@needs_ministack
def test_the_whole_lab_with_real_looking_credentials_reaches_nothing_but_this_machine():
    """Heard by a hook of this test's own, not by the guard that the lab raises."""
    script = (
        "import sys\n"
        "heard = []\n"
        "names = ('socket.connect', 'socket.sendto', 'socket.getaddrinfo', 'socket.gethostbyname')\n"
        "sys.addaudithook(lambda event, args: event in names and heard.append(str(args)))\n"
        f"for cell in {CODE!r}:\n    exec(cell, globals())\n"
        "print(len(heard) > 20, [each for each in heard if '127.0.0.1' not in each])\n"
    )
    with kernel(script, **REAL_LOOKING) as process:
        out, err = process.communicate(timeout=60)
    assert out.splitlines()[-1:] == ["True []"], err
    assert out.startswith("you are arn:aws:iam::123456789012:root")


@needs_ministack
def test_the_server_itself_stands_behind_a_guard():
    """It would be the one to reach out, and the guard of the notebook does not reach into it."""
    script = (
        "import socket, hypercorn.asyncio\n"
        "from awsbook.lab import iam_server\n"
        "async def reach_out(app, config):\n    socket.create_connection(('192.0.2.1', 443))\n"
        "hypercorn.asyncio.serve = reach_out\n"
        "iam_server.serve(1)\n"
    )
    with kernel(script) as process:
        _, err = process.communicate(timeout=60)
    assert "LeftTheMachine: the lab refuses to reach '192.0.2.1'" in err


@needs_ministack
@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="reads Linux's own list of sockets")
def test_the_server_listens_on_one_port_of_this_machine_and_nowhere_else(lab):
    """By default it would also open 8883."""
    with enforced() as server:
        (minder,) = (child for child in children(os.getpid()) if child == server._minder.pid)
        (program,) = children(minder)
        assert listening(program) == {("0100007F", server.port)}


def children(pid):
    return [
        int(each) for task in Path(f"/proc/{pid}/task").iterdir() for each in (task / "children").read_text().split()
    ]


def listening(pid):
    """Addresses, as Linux writes them, and ports on which a process waits for connections."""
    own = {os.readlink(each)[8:-1] for each in Path(f"/proc/{pid}/fd").iterdir() if "socket:" in os.readlink(each)}
    found = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and fields[9] in own:
                address, port = fields[1].split(":")
                found.add((address, int(port, 16)))
    return found


def test_without_ministack_the_notebook_says_so_once_and_skips_on():
    """One clear sentence, and every further cell runs without an error."""
    from nbclient import NotebookClient

    hide = "from awsbook.lab import iam_engine; iam_engine.installed = lambda: False"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in [hide, *CODE]])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(ROOT / "labs")}}).execute()
    said = ["".join(output.get("text", "") for output in cell["outputs"]) for cell in notebook["cells"]]
    assert said[1] == "This lab is skipped: ministack is not installed here (pip install ministack brings it).\n"
    assert set(said[2:]) == {"skipped: this cell needs ministack\n"}
