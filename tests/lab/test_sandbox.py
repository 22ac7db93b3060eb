import asyncio
import datetime
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import pytest

from awsbook.lab import Sandbox
from awsbook.lab.clock import Clock
from awsbook.lab.sandbox import lab_environment

ROOT = Path(__file__).parents[2]


def stream_names(client):
    return client.list_streams()["StreamNames"]


def test_a_client_works_and_its_world_is_gone_afterwards():
    """The next sandbox starts empty."""
    with Sandbox() as lab:
        lab.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
        assert stream_names(boto3.client("kinesis")) == ["orders"]
    with Sandbox() as lab:
        assert stream_names(lab.client("kinesis")) == []


def test_opening_twice_gives_a_fresh_world():
    """Running a notebook's first cell again is harmless."""
    first = Sandbox().start()
    first.client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    second = Sandbox().start()
    try:
        assert stream_names(second.client("kinesis")) == []
        with pytest.raises(RuntimeError, match="sandbox is closed"):
            first.client("kinesis")
        first.stop()
        assert stream_names(second.client("kinesis")) == []
    finally:
        second.stop()


def test_the_same_sandbox_can_start_again():
    """Its clock begins anew as well."""
    lab = Sandbox().start()
    lab.clock.advance(60)
    lab.start()
    elapsed = lab.clock.elapsed
    lab.stop()
    assert elapsed == 0


def test_everything_is_given_back(monkeypatch):
    """Environment, clock, sleep, random numbers: as before, also when the block fails."""
    import random

    monkeypatch.setenv("AWS_PROFILE", "production")
    environment, sleep, state = dict(os.environ), time.sleep, random.getstate()

    def cell():
        with Sandbox():
            monkeypatch.setenv("LEARNER", "kept")
            raise RuntimeError("the cell fails")

    with pytest.raises(RuntimeError, match="the cell fails"):
        cell()
    assert environment | {"LEARNER": "kept"} == dict(os.environ)
    assert (sleep, state) == (time.sleep, random.getstate())
    assert type(datetime.datetime.now()) is datetime.datetime
    assert "built-in" in repr(time.time)


def test_nothing_of_a_real_account_is_left_in_the_environment():
    """Whatever begins with AWS_ or BOTO goes, and every proxy; the rest stays."""
    real = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "x",
        "AWS_ENDPOINT_URL_KINESIS": "https://kinesis.example",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/",
        "BOTO_CONFIG": "boto.cfg",
        "https_proxy": "http://127.0.0.1:9",
        "PATH": "/bin",
    }
    lab = lab_environment(real)
    assert lab.pop("PATH") == "/bin"
    assert not set(real) & set(lab)
    assert {"testing", "us-east-1", "disabled", "true", os.devnull} == set(lab.values())


def test_a_profile_of_the_learner_is_not_read(tmp_path, monkeypatch):
    """A config file that points every service elsewhere changes nothing in the lab."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = eu-west-3\nendpoint_url = http://192.0.2.1\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with Sandbox() as lab:
        client = lab.client("kinesis")
        assert (
            client.meta.region_name,
            client.meta.endpoint_url,
        ) == ("us-east-1", "https://kinesis.us-east-1.amazonaws.com")


def test_ids_and_waits_are_the_same_in_every_run():
    """moto's ids and Python's own random numbers start from the sandbox's seed."""
    import random

    def draw(seed):
        with Sandbox(seed=seed) as lab:
            return lab.client("sqs").create_queue(QueueName="q")["ResponseMetadata"]["RequestId"], random.random()

    pytest.importorskip("moto.sqs")
    assert draw(1) == draw(1) != draw(2)


def test_what_a_sandbox_uses_is_left_when_it_stops():
    """In the reverse order, before the clock is given back."""
    from contextlib import contextmanager

    seen = []

    @contextmanager
    def tool(clock):
        yield "in use"
        seen.append(clock.elapsed)

    with Sandbox() as lab:
        assert lab.use(tool(lab.clock)) == "in use"
        lab.clock.advance(5)
    assert seen == [5]


def test_a_sandbox_without_a_mock_keeps_real_time_its_guard_and_its_keys(monkeypatch):
    """For a server of the lab's own: it would take a request signed on the lab's clock for a forgery."""
    from awsbook.lab.guard import LeftTheMachine

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    with Sandbox(mocked=False) as lab:
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
        assert type(datetime.datetime.now()) is datetime.datetime
        with pytest.raises(RuntimeError, match="does not run"):
            lab.clock.advance(1)
        with pytest.raises(LeftTheMachine):
            socket.create_connection(("192.0.2.1", 443))
    assert os.environ["AWS_ACCESS_KEY_ID"] == "real"


def kernel(script):
    """What a fresh process prints that runs `script`, and how it ends."""
    # another test's lab may be open in this process, with its own engine's address in the environment
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=ours | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return run.returncode, run.stdout, run.stderr


def test_a_kernel_that_ends_without_stopping_leaves_quietly():
    """atexit closes the world; nothing is printed, nothing hangs."""
    assert kernel("from awsbook.lab import open_sandbox; open_sandbox()") == (0, "", "")


def test_a_cell_run_after_the_lab_was_stopped_reaches_no_real_account():
    """The learner's keys stay hidden, and the guard of a notebook never goes; it says what to do."""
    script = """
import os
os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "real"
from awsbook.lab import open_sandbox
open_sandbox().stop()
open_sandbox().stop()
import boto3
from botocore.exceptions import HTTPClientError
try:
    boto3.client("kinesis", region_name="us-east-1").create_stream(StreamName="costs-money", ShardCount=1)
except HTTPClientError as error:
    print(os.environ["AWS_ACCESS_KEY_ID"], "the lab is closed: run its first cell" in str(error))
"""
    assert kernel(script) == (0, "testing True\n", "")


def test_the_lab_imports_no_engine_before_it_is_opened_and_no_topic_ever():
    """Who only looks at an exercise need not wait for moto; and rooms do not lean on each other."""
    script = """
import sys
import awsbook.lab, awsbook.lab.checks, awsbook.lab.engines, awsbook.lab.nbguard
print([name for name in ("moto", "boto3", "freezegun") if name in sys.modules])
import awsbook.lab.kinesis_exercises, awsbook.lab.kinesis_engine
print(sorted(name for name in sys.modules if name.startswith("awsbook.") and not name.startswith("awsbook.lab")))
"""
    assert kernel(script) == (0, "[]\n['awsbook.facts']\n", "")


def test_time_stands_still_until_the_lab_moves_it():
    """advance and sleep both move it, and sleep does not wait."""
    really = time.perf_counter
    with Sandbox(begins="2026-03-02T09:00:00+00:00") as lab:
        assert datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.UTC) == lab.clock.now
        lab.clock.advance(90)
        before = really()
        time.sleep(30)
        assert really() - before < 5
        assert lab.clock.elapsed == 120
        assert time.time() == 1772442120


def test_a_thread_of_the_kernel_sleeps_really():
    """A background thread that polls every second must not race the lab's clock ahead."""
    with Sandbox() as lab:
        thread = threading.Thread(target=time.sleep, args=[0.05])
        thread.start()
        thread.join()
        assert lab.clock.elapsed == 0


def test_an_event_loop_waits_really_and_what_it_calls_sees_the_clock_of_the_lab():
    """The kernel runs on such a loop, and a cell may await something."""

    async def cell():
        before = time.time(), really()
        await asyncio.sleep(0.05)
        return time.time() - before[0], really() - before[1]

    really = time.perf_counter
    with Sandbox():
        lab_time, real_time = asyncio.run(cell())
    assert lab_time == 0
    assert real_time >= 0.05


def test_a_program_can_be_waited_for_with_a_time_limit():
    """subprocess counts real time, or its time limits would never come."""
    with Sandbox(), pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", "import threading; threading.Event().wait(20)"], timeout=0.2)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Clock("2026-03-02T09:00:00"), "offset from UTC"),
        (lambda: Clock("2026-03-02T09:00:00+00:00").advance(1), "does not run"),
    ],
)
def test_a_clock_says_what_it_needs(wrong, words):
    """An offset, and to be started."""
    with pytest.raises((ValueError, RuntimeError), match=words):
        wrong()


def test_time_does_not_go_back():
    """The engines would not survive it."""
    with Sandbox() as lab, pytest.raises(ValueError, match="forward only, got -1 seconds"):
        lab.clock.advance(-1)
