"""Engines that are programs of their own: started on a free port of this machine, and never left behind.

    if available("haproxy", "sudo apt install haproxy"):
        with running("haproxy", "-f", config, port=port) as server:
            ...

A server keeps real time: the lab's clock does not move it. It ends when its block ends, when the kernel ends, and also
when the kernel is killed (see `minder.py`).
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"
_MINDER = Path(__file__).with_name("minder.py")
_SERVERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_PAUSE_S = 0.05  # between two looks at a server that is starting
_started = set()  # servers that nobody has stopped yet


class EngineError(RuntimeError):
    """A program that is not installed, or a server that did not come up; says which and why."""


def available(program: str, install: str) -> bool:
    """Whether `program` is on this machine; if not, prints the one sentence that explains the skipped part."""
    if find(program):
        return True
    print(f"This part is skipped: {program} is not installed here ({install} brings it).")
    return False


def find(program: str) -> str | None:
    """Where `program` is on this machine. Debian puts servers where the PATH of a plain user does not look."""
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SERVERS]))


def free_port() -> int:
    """A port of this machine that nobody listens on. Between this call and its use another program may take it."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


class Server:
    """A running program. `port`: where it answers. `output()`: what it has printed so far."""

    def __init__(self, command: list[str], port: int, room: Path | str = ""):
        self.command, self.port = command, port
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115, closed by stop()
        self._minder = subprocess.Popen(
            [sys.executable, "-I", str(_MINDER), str(room), *command],
            stdin=subprocess.PIPE,  # closes with this process, however it ends; the minder waits for that
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # "interrupt the kernel" is meant for the cell, not for the server
        )
        _started.add(self)

    @property
    def alive(self) -> bool:
        return self._minder.poll() is None

    def output(self) -> str:
        """Everything the program has printed. Empty once it is stopped."""
        if self._log.closed:
            return ""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def stop(self) -> None:
        """Ends the program and waits until it is gone; harmless when it is gone already."""
        _started.discard(self)
        if not self._minder.stdin.closed:
            with suppress(OSError):  # it has ended already
                os.write(self._minder.stdin.fileno(), b"stop")
            self._minder.stdin.close()
        self._minder.wait()  # the minder itself sets the time limit, on a clock that no lab has stopped
        self._log.close()


@atexit.register  # when this file is read, so that a sandbox, which is opened later, goes first, with its connections
def _stop_all():
    for server in list(_started):
        server.stop()


@contextmanager
def running(
    program: str,
    *arguments: str,
    port: int,
    unix_socket: Path | None = None,
    room: Path | str = "",
    within: float = 20,
):
    """A `Server` for the length of a block, from the moment it accepts connections on `port`.

    unix_socket: a socket that it must accept connections on as well; what an earlier server left there is removed.
    room: a folder of its own, which is removed after it if the kernel is killed, and else stays.
    within: seconds of real time it may take to come up. EngineError if it is not installed, ends early or is late.
    """
    path = find(program)
    if path is None:
        raise EngineError(f"{program} is not installed, or not on the PATH")
    if unix_socket:
        unix_socket.unlink(missing_ok=True)
    server = Server([path, *arguments], port, room)
    try:
        _wait_until_it_answers(server, unix_socket, within)
        yield server
    finally:
        server.stop()


def _wait_until_it_answers(server, unix_socket, within):
    really_wait = threading.Event().wait  # time.sleep and time.monotonic may belong to the lab's clock
    for _ in range(max(1, round(within / _PAUSE_S))):
        if not server.alive:
            raise EngineError(f"{server.command[0]} ended before it answered; it said: {server.output()[-2000:]}")
        if _answers(server.port) and (unix_socket is None or _opens(unix_socket)):
            return
        really_wait(_PAUSE_S)
    where = f"{HOST}:{server.port}" + (f" and {unix_socket}" if unix_socket else "")
    raise EngineError(
        f"{server.command[0]} did not answer on {where} within {within} s; it said: {server.output()[-2000:]}"
    )


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def _opens(unix_socket):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(unix_socket)) == 0
