import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from awsbook.lab.guard import LeftTheMachine, guarded, is_loopback, lower_guard, proxy_ports, raise_guard

ELSEWHERE = "192.0.2.1"  # reserved for documentation: no machine has it
AWAY = (ELSEWHERE, 9)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.8.8", "::1", "::1%lo", "localhost", "LocalHost", "", None, b"::1"]
)
def test_this_machine_is_known_by_all_its_names(host):
    """Loopback addresses, localhost, and the empty host that servers bind to."""
    assert is_loopback(host)


@pytest.mark.parametrize("host", [ELSEWHERE, "169.254.169.254", "0.0.0.0", "aws.example", "localhost.example", b"x"])
def test_other_machines_are_not(host):
    """Any name counts as far away: to look it up would already send a packet."""
    assert not is_loopback(host)


@pytest.mark.parametrize(
    "leave",
    [
        lambda: socket.create_connection(AWAY, timeout=1),
        lambda: socket.socket().connect(AWAY),
        lambda: socket.socket().connect_ex(AWAY),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", AWAY),
        pytest.param(
            lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, AWAY),
            marks=pytest.mark.skipif(not hasattr(socket.socket, "sendmsg"), reason="no sendmsg on this system"),
        ),
        lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 9)),
        lambda: socket.getaddrinfo("aws.example", 443),
        lambda: socket.gethostbyname("aws.example"),
        lambda: socket.gethostbyaddr(ELSEWHERE),
        lambda: socket.getnameinfo(AWAY, 0),
        lambda: socket._socket.socket().connect(AWAY),  # the C class under socket.socket
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_every_way_off_the_machine_is_refused(leave):
    """The error names the host and says why."""
    with (
        guarded(),
        pytest.raises(LeftTheMachine, match=r"'(192\.0\.2\.1|2001:db8::1|aws\.example)'.*this machine only"),
    ):
        leave()


def test_a_server_on_this_machine_still_answers():
    """Engines listen on loopback, and Jupyter talks to its kernel there."""
    with guarded(), socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as client:
            server.accept()[0].close()
            assert client.recv(1) == b""


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets on this system")
def test_unix_sockets_are_files_of_this_machine(tmp_path):
    """Their address is a path, not a host."""
    with guarded(), socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))


def test_the_guard_stands_in_every_thread_and_until_the_last_one_goes():
    """Nested guards count; a thread that was there before is guarded too."""
    seen = []

    def leave():
        try:
            socket.getaddrinfo("aws.example", 443)
        except LeftTheMachine as error:
            seen.append(error)

    with guarded():
        with guarded():
            pass
        thread = threading.Thread(target=leave)
        thread.start()
        thread.join()
    assert len(seen) == 1


def test_after_the_guard_everything_is_as_before():
    """Planted fault: without a guard the same call is not refused by us."""
    with socket.socket(type=socket.SOCK_DGRAM) as quiet:
        quiet.connect(AWAY)  # a UDP connect sends nothing
        with guarded(), pytest.raises(LeftTheMachine):
            quiet.connect(AWAY)
        quiet.connect(AWAY)


def test_lowering_a_guard_that_does_not_stand_is_an_error():
    """Or a lab could be left open by a stop() too many."""
    raise_guard()
    lower_guard()
    with pytest.raises(RuntimeError, match="no guard stands"):
        lower_guard()


REAL_LOOKING = {
    "AWS_ACCESS_KEY_ID": "AKIA" + "IOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": f"http://{ELSEWHERE}:4566",
    "HTTPS_PROXY": "http://127.0.0.1:9",  # a proxy on this machine carries requests off it
}

ESCAPES = """
import sys
heard = []
from awsbook.lab import open_sandbox
lab = open_sandbox()
sys.addaudithook(lambda event, args: heard.append((event, args)) if event.startswith("socket.") else None)  # after ours

import boto3
from botocore.exceptions import HTTPClientError
from moto.core.models import botocore_stubber

inside = boto3.client("kinesis")
inside.create_stream(StreamName="orders", ShardCount=1)
print("keys:", inside._request_signer._credentials.access_key)

botocore_stubber.enabled = False   # the mock is gone: only the guard is left
for client in inside, boto3.client("s3", endpoint_url="http://192.0.2.1"):
    try:
        client.list_streams() if client is inside else client.list_buckets()
    except HTTPClientError as error:
        print("refused:", "refuses to reach" in str(error))
print("left:", [event for event, args in heard if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto")])
"""


def said(script, **settings):
    """The lines that a fresh process prints which runs `script` with settings of a real account."""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | REAL_LOOKING | {"PYTHONPATH": str(root)} | settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert not run.returncode, run.stderr
    return run.stdout.splitlines()


def test_no_packet_leaves_with_real_looking_credentials_even_without_the_mock():
    """A second listener, behind the guard, would hear every socket call that the guard lets pass."""
    assert said(ESCAPES) == ["keys: testing", "refused: True", "refused: True", "left: []"]


BY_PROXY = """
import os, socket, sys, urllib.request
import boto3
from botocore.exceptions import HTTPClientError

heard = []
sns = {"region_name": "us-east-1", "endpoint_url": "http://192.0.2.1"}
del os.environ["AWS_PROFILE"]  # nobody has it
early = boto3.Session().client("sns", **sns)
from awsbook.lab import open_sandbox
lab = open_sandbox()
sys.addaudithook(lambda event, args: heard.append(args) if event == "socket.connect" else None)  # after ours

def attempt(call, **settings):
    try:
        call(**settings)
    except (HTTPClientError, RuntimeError) as error:
        print("refused:", "refuses to reach" in str(error), "closed:", "the lab is closed" in str(error))

attempt(early.create_topic, Name="x")
lab.stop()
late = boto3.client("sns", **sns)
print("keys:", late._request_signer._credentials.access_key)
for client in early, late:
    attempt(client.create_topic, Name="x")
attempt(urllib.request.urlopen, url="http://192.0.2.1/x")
attempt(socket.create_connection, address=("localhost", 9))
print("left:", heard)
"""


def test_a_proxy_on_this_machine_carries_nothing_off_it():
    """Neither for a client that is older than the lab, nor after the lab was closed; and that it is, is said then."""
    closed = "refused: True closed: True"
    lines = ["refused: True closed: False", "keys: testing", closed, closed, closed, closed, "left: []"]
    assert said(BY_PROXY, HTTP_PROXY="http://localhost:9") == lines


def test_a_proxy_is_known_by_its_port_however_it_is_written():
    """Only one on this machine needs that; another one is refused as any machine is."""
    proxies = {
        "http": "http://127.0.0.1:3128",
        "https": "user:secret@localhost:8080",
        "all": "https://[::1]",
        "ftp": f"http://{ELSEWHERE}:21",
        "no": "localhost",
        "ws": "http://localhost:none",
    }
    assert proxy_ports(proxies) == {3128, 8080, 443}
