"""The lab's exercises: the solutions that the notebook shows pass, and every misconception is caught."""

import hashlib
import json
import math
import os
import subprocess
import sys
import uuid
import zlib
from pathlib import Path

import nbformat
import numpy
import pytest
from folded import assert_folded, solution

from awsbook.lab import Sandbox, sqs_exercises
from awsbook.lab.checks import WRONG, prove
from awsbook.lab.sqs_engine import like_aws

ROOT = Path(__file__).parents[2]
NOTEBOOK = nbformat.read(ROOT / "labs" / "sqs.ipynb", as_version=4)
PROSE = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "markdown"]
KEY = "AKIA" + "IOSFODNN7EXAMPLE"
NAMES = ("visibility_timeout", "drain", "deduplication_id", "workers")


@pytest.fixture
def lab():
    with Sandbox() as sandbox:
        sandbox.use(like_aws(sandbox.clock))
        yield sandbox


WRONG_TIMEOUT = {
    "the default will do": lambda usual, slowest, batch: 30,
    "the clock runs for one message at a time": lambda usual, slowest, batch: slowest,
    "messages take what they usually take": lambda usual, slowest, batch: usual * batch,
    "only one message of a batch is slow": lambda usual, slowest, batch: usual * (batch - 1) + slowest,
    "halfway between usual and slow": lambda usual, slowest, batch: (usual + slowest) * batch // 2,
    "longer is safer": lambda usual, slowest, batch: 12 * 3600,
    "twice as long is safer": lambda usual, slowest, batch: 2 * slowest * batch,
    "a timeout may have a fraction": lambda usual, slowest, batch: slowest * batch * 1.1,
    "zero means for ever": lambda usual, slowest, batch: 0,
}


def worker(
    *,
    wait=20,
    size=10,
    known=lambda order, ledger: order in ledger,
    delete_first=False,
    delete_failed=False,
    delete_done=True,
    catch=Exception,
    rounds=10**9,
):
    """A worker with the switches that the misconceptions are made of."""

    def drain(sqs, queue, ledger):
        for _ in range(rounds):
            answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=size, WaitTimeSeconds=wait)
            if not answer.get("Messages"):
                return
            for message in answer["Messages"]:
                handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
                if delete_first:
                    sqs.delete_message(**handle)
                try:
                    order = json.loads(message["Body"])
                    if not known(order["order"], ledger):
                        ledger.charge(order["order"], order["cents"])
                except catch:
                    if delete_failed:
                        sqs.delete_message(**handle)
                else:
                    if delete_done:
                        sqs.delete_message(**handle)

    return drain


def remembers_in_memory(sqs, queue, ledger):
    """A fresh memory in each process."""
    seen = set()

    def known(order, _):
        return order in seen or seen.add(order)

    worker(known=known)(sqs, queue, ledger)


def whole_batch_at_the_end(sqs, queue, ledger):
    """One failure keeps its neighbours from being deleted, and they become dead letters."""
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages"):
        try:
            for message in messages:
                order = json.loads(message["Body"])
                if order["order"] not in ledger:
                    ledger.charge(order["order"], order["cents"])
        except Exception:
            continue
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def polls_for_ever(sqs, queue, ledger):
    while True:
        worker()(sqs, queue, ledger)


def tries_for_ever(sqs, queue, ledger):
    while True:
        try:
            worker()(sqs, queue, ledger)
        except Exception:
            continue


WRONG_DRAIN = {
    "receiving a message takes it out of the queue": worker(delete_done=False),
    "delete first, then work": worker(delete_first=True),
    "a message that fails is deleted": worker(delete_failed=True),
    "the queue delivers each order once": worker(known=lambda order, ledger: False),
    "a worker's memory is enough": remembers_in_memory,
    "one call brings the whole queue": worker(rounds=1),
    "an empty short poll means an empty queue": worker(wait=0),
    "poison is always bad JSON": worker(catch=json.JSONDecodeError),
    "an error may end the worker": worker(catch=()),
    "a batch is done or not done": whole_batch_at_the_end,
    "a worker never ends": polls_for_ever,
    "no error ends a worker": tries_for_ever,
}


def sha(*parts):
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


WRONG_ID = {
    "every message needs a fresh id": lambda event: str(uuid.uuid4()),
    "the content is what counts": lambda event: sha(event),
    "the moment names the event": lambda event: event["sent_at"],
    "the attempt belongs to it": lambda event: sha(event["order"], event["line"], event["step"], event["attempt"]),
    "one id for an order": lambda event: sha(event["order"]),
    "lines do not matter": lambda event: sha(event["order"], event["step"]),
    "steps do not matter": lambda event: sha(event["order"], event["line"]),
    "parts need no border": lambda event: sha(f"{event['order']}{event['line']}{event['step']}"),
    "any character will do": lambda event: f"{event['order']}/{event['line']}/{event['step']}",
    "leave out what is not allowed": lambda event: sha(
        event["order"].encode("ascii", "ignore").decode(), event["line"], event["step"]
    ),
    "Python's hash is the same in every run": lambda event: str(hash((event["order"], event["line"], event["step"]))),
    "a very short hash is enough": lambda event: str(
        zlib.crc32(f"{event['order']}/{event['line']}/{event['step']}".encode()) % 100
    ),
}


def counted(sqs, queue, *kinds):
    names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def fleet(formula, *kinds):
    """kinds: of messages that count. formula: of backlog, seconds and within."""

    def workers(sqs, queue, seconds, within, most):
        return min(most, max(1, formula(counted(sqs, queue, *(kinds or [""])), seconds, within)))

    return workers


def rounded_up(backlog, seconds, within):
    return math.ceil(backlog / (within // seconds))


WRONG_WORKERS = {
    "one worker a message": fleet(lambda backlog, seconds, within: backlog),
    "workers are rounded down": fleet(lambda backlog, seconds, within: backlog // (within // seconds)),
    "half a message is half done": fleet(lambda backlog, seconds, within: math.ceil(backlog * seconds / within)),
    "messages of a worker are rounded up": fleet(
        lambda backlog, seconds, within: math.ceil(backlog / math.ceil(within / seconds))
    ),
    "one worker more is safer": fleet(lambda backlog, seconds, within: 1 + rounded_up(backlog, seconds, within)),
    "what is in flight waits": fleet(rounded_up, "", "NotVisible"),
    "what is delayed waits": fleet(rounded_up, "", "Delayed"),
    "an empty queue needs nobody": lambda sqs, queue, seconds, within, most: min(
        most, rounded_up(counted(sqs, queue, ""), seconds, within)
    ),
    "there is no limit": lambda sqs, queue, seconds, within, most: max(
        1, rounded_up(counted(sqs, queue, ""), seconds, within)
    ),
    "an attribute is a number": lambda sqs, queue, seconds, within, most: math.ceil(
        sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"][
            "ApproximateNumberOfMessages"
        ]
        / (within // seconds)
    ),
}


@pytest.mark.parametrize(
    ("name", "wrong"), list(zip(NAMES, (WRONG_TIMEOUT, WRONG_DRAIN, WRONG_ID, WRONG_WORKERS), strict=True))
)
def test_the_solution_in_the_notebook_passes_and_misconceptions_fail(lab, name, wrong):
    """The folded code is run as the learner would paste it."""
    prove(getattr(sqs_exercises, name)(lab), solution(PROSE, name), wrong)


@pytest.mark.parametrize("name", ["visibility_timeout", "workers"])
@pytest.mark.parametrize("form", [float, numpy.int64, numpy.float64])
def test_a_whole_number_is_right_in_any_form(lab, name, form):
    """Such as what a division without a remainder makes."""
    right = solution(PROSE, name)
    verdict = getattr(sqs_exercises, name)(lab).verdict(lambda *inputs: form(right(*inputs)))
    assert verdict.state != WRONG, verdict.words


@pytest.mark.parametrize("name", ["visibility_timeout", "workers"])
@pytest.mark.parametrize("odd", [math.nan, math.inf, -1, 2.5, "5"])
def test_what_is_no_whole_number_is_told_so(lab, name, odd):
    """In words, and not by an error of the engine."""
    assert "expected a whole number" in getattr(sqs_exercises, name)(lab).verdict(lambda *_: odd).words


@pytest.mark.parametrize("size", [1, 3, 10])
def test_a_right_worker_may_receive_as_many_as_it_likes(lab, size):
    """The check does not depend on the way the solution goes."""
    verdict = sqs_exercises.drain(lab).verdict(worker(size=size))
    assert verdict.state != WRONG, verdict.words


def test_a_timeout_is_called_too_long_only_by_what_is_true(lab):
    """The batch takes 110 s, more than half of the 176 s."""
    exercise = sqs_exercises.visibility_timeout(lab)
    words = exercise.verdict(lambda usual, slowest, batch: int(1.6 * slowest * batch)).words
    assert "nobody sees the batch for 176 s, more than 1.5 times what is needed" in words


def test_an_id_may_be_made_by_a_hash_of_one_s_own(lab):
    """And after the check a notebook has the names that it had."""
    answer = "lambda event: str(hash((event['order'], event['line'], event['step'])))"
    own, salted = {"hash": lambda parts: sha(*parts)}, {}
    exercise = sqs_exercises.deduplication_id(lab)
    assert exercise.verdict(eval(answer, own)).state != WRONG
    assert exercise.verdict(eval(answer, salted)).state == WRONG
    assert ("hash" in own, "hash" in salted) == (True, False)


def test_a_timeout_with_some_seconds_to_spare_is_right(lab):
    """Real workers need them."""
    verdict = sqs_exercises.visibility_timeout(lab).verdict(lambda usual, slowest, batch: slowest * batch + 5)
    assert verdict.state != WRONG, verdict.words


def test_every_exercise_has_a_hint_and_a_solution_folded_away():
    """Neither is in sight before it is asked for."""
    for name in NAMES:
        assert_folded(PROSE, name)


def test_the_lab_with_real_looking_credentials_reaches_nothing_but_this_machine(tmp_path):
    """Heard by a hook of this test's own, not by the guard that the lab raises."""
    (tmp_path / "credentials").write_text(f"[default]\naws_access_key_id={KEY}\n", encoding="utf-8")
    cells = [cell["source"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    script = (
        "import json, socket, sys\n"
        "outside = []\n"
        "def hear(event, args):\n"
        "    if event in ('socket.connect', 'socket.sendto', 'socket.getaddrinfo', 'socket.gethostbyname'):\n"
        "        if '127.0.0.1' not in str(args) and 'localhost' not in str(args):\n"
        "            outside.append([event, str(args)])\n"
        "sys.addaudithook(hear)\n"
        "room = {}\n"
        "for cell in json.load(sys.stdin):\n"
        "    exec(cell, room)\n"
        "print('outside:', outside)\n"
        "try:\n"  # planted: the guard refuses it, and the hook must have heard it
        "    socket.getaddrinfo('sqs.us-east-1.amazonaws.com', 443)\n"
        "except RuntimeError:\n"
        "    print('heard:', len(outside))\n"
    )
    real = {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "real/looking/secret/real/looking/secret0",
        "AWS_SESSION_TOKEN": "real-looking",
        "AWS_PROFILE": "default",
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_ENDPOINT_URL": "https://sqs.eu-central-1.amazonaws.com",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | real | {"PYTHONPATH": str(ROOT)},
        input=json.dumps(cells),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stdout.splitlines()[-2:]) == (0, ["outside: []", "heard: 1"]), run.stderr


def test_after_an_error_in_a_cell_moto_is_as_it_was():
    """The engine is this process, so there is nothing to end but the changes to moto."""
    from moto.sqs.models import Queue, SQSBackend

    before = SQSBackend.receive_message, Queue.delete_message
    with pytest.raises(ZeroDivisionError), Sandbox() as lab:  # noqa: PT012, the error must come after the assertion
        lab.use(like_aws(lab.clock))
        assert (SQSBackend.receive_message, Queue.delete_message) != before
        raise ZeroDivisionError
    assert (SQSBackend.receive_message, Queue.delete_message) == before
