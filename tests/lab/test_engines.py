import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from awsbook.lab import Sandbox, engines
from awsbook.lab.engines import HOST, EngineError, available, free_port, running

ROOT = Path(__file__).parents[2]


def http_server(port):
    return running(sys.executable, "-m", "http.server", str(port), "--bind", HOST, port=port)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def gone(port):
    """Whether nobody answers on `port` within ten seconds."""
    return soon(lambda: not answers(port))


def soon(condition):
    """Whether `condition()` holds within ten seconds."""
    for _ in range(100):
        if condition():
            return True
        threading.Event().wait(0.1)
    return False


def test_a_server_answers_in_its_block_and_is_gone_after_it():
    """Also when the block fails."""
    port = free_port()
    seen = []

    def cell():
        with http_server(port) as server:
            seen.append(server)
            with urllib.request.urlopen(f"http://{HOST}:{port}/") as page:
                assert page.status == 200
            raise RuntimeError("the cell fails")

    with pytest.raises(RuntimeError, match="the cell fails"):
        cell()
    assert not answers(port)
    assert not seen[0].alive


def test_a_server_starts_while_the_clock_of_the_lab_stands_still():
    """Waiting for another process takes real time, inside a sandbox and through its guard."""
    port = free_port()
    with Sandbox() as lab, http_server(port):
        assert answers(port)
        assert lab.clock.elapsed == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_server_and_its_folder_go_when_its_kernel_is_killed(tmp_path):
    """A killed process runs no clean-up; its pipe to the minder closes all the same."""
    port, room = free_port(), tmp_path / "room"
    (room / "data").mkdir(parents=True)
    script = (
        "import sys, threading\n"
        "from awsbook.lab.engines import HOST, running\n"
        f"server = [sys.executable, '-m', 'http.server', '{port}', '--bind', HOST]\n"
        f"with running(*server, port={port}, room={str(room)!r}):\n"
        "    print('up', flush=True)\n"
        "    threading.Event().wait(60)\n"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with kernel:
        assert kernel.stdout.readline() == "up\n"
        kernel.send_signal(signal.SIGKILL)
    assert gone(port)
    assert soon(lambda: not room.exists())


def test_the_folder_of_a_server_that_is_stopped_stays(tmp_path):
    """It may be started again there; whoever made the folder removes it."""
    port = free_port()
    with running(sys.executable, "-m", "http.server", str(port), "--bind", HOST, port=port, room=tmp_path):
        pass
    assert tmp_path.exists()


def run_to_its_end(script):
    """A Python of its own, as a kernel is one, that has run the script and ended."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_sandbox_closes_its_connections_before_its_servers_go():
    """At the kernel's end too: PostgreSQL waits for its sessions, and the kernel is not given that long."""
    port = free_port()
    script = (
        "import sys\n"
        "from awsbook.lab import open_sandbox\n"
        "from awsbook.lab.engines import HOST, running\n"
        "lab = open_sandbox(mocked=False)\n"
        f"server = lab.use(running(sys.executable, '-m', 'http.server', '{port}', '--bind', HOST, port={port}))\n"
        "lab._open.callback(lambda: print('alive:', server.alive))\n"
    )
    run = run_to_its_end(script)
    assert (run.returncode, run.stdout, run.stderr) == (0, "alive: True\n", "")
    assert not answers(port)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no process groups to signal")
def test_interrupting_a_cell_leaves_its_server_running():
    """Jupyter sends the interrupt to the whole group of the kernel's processes."""
    port = free_port()
    script = (
        "import signal, sys, threading\n"
        # a job in the background is born with interrupts ignored, and a kernel is not
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from awsbook.lab.engines import HOST, running, _answers\n"
        f"with running(sys.executable, '-m', 'http.server', '{port}', '--bind', HOST, port={port}):\n"
        "    try:\n"
        "        print('up', flush=True)\n"
        "        threading.Event().wait(60)\n"
        "    except KeyboardInterrupt:\n"
        "        threading.Event().wait(0.5)\n"
        f"        print('still answers:', _answers({port}))\n"
    )
    kernel = subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with kernel:
        assert kernel.stdout.readline() == "up\n"
        os.killpg(kernel.pid, signal.SIGINT)
        assert kernel.stdout.read() == "still answers: True\n"
    assert not answers(port)


def test_a_server_ends_with_its_kernel_when_a_cell_forgot_it():
    """atexit stops a server whose block was never left."""
    port = free_port()
    script = (
        "import sys\n"
        "from awsbook.lab.engines import HOST, running\n"
        f"block = running(sys.executable, '-m', 'http.server', '{port}', '--bind', HOST, port={port})\n"
        "block.__enter__()\n"
        "print('up')\n"
    )
    run = run_to_its_end(script)
    assert (run.returncode, run.stdout, run.stderr) == (0, "up\n", "")
    assert not answers(port)


def test_a_program_that_ends_at_once_is_quoted():
    """Its own last words are the best explanation there is."""
    with pytest.raises(EngineError, match=r"(?s)ended before it answered.*no port today"):  # noqa: SIM117
        with running(sys.executable, "-c", "raise SystemExit('no port today')", port=free_port()):
            pass


def test_a_program_s_last_words_are_its_own():
    """The minder ends with the program's exit code, and adds nothing of its own to what the program said."""
    minder = subprocess.Popen(
        [sys.executable, "-I", engines._MINDER, "", sys.executable, "-c", "raise SystemExit(3)"],
        stdin=subprocess.PIPE,  # stays open, as a kernel's does
        stderr=subprocess.PIPE,
    )
    with minder:
        assert (minder.wait(10), minder.stderr.read()) == (3, b"")


def test_a_program_that_never_answers_is_given_up_and_ended():
    """Planted fault: it runs, but does not listen; even one that ignores a polite request goes."""
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    with pytest.raises(EngineError, match=r"did not answer on 127\.0\.0\.1:\d+ within 1 s.*deaf"):  # noqa: SIM117
        with running(sys.executable, "-c", deaf, port=free_port(), within=1):
            pass


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_a_second_door_is_waited_for_too(tmp_path):
    """HAProxy opens its ports before its Unix socket; whoever came in between found no such file."""
    door, port = tmp_path / "door", free_port()
    door.touch()  # left there by an earlier server
    slow = (
        "import socket, time\n"
        f"first = socket.create_server(({HOST!r}, {port}))\n"
        "time.sleep(0.5)\n"
        f"second = socket.socket(socket.AF_UNIX); second.bind({str(door)!r}); second.listen()\n"
        "time.sleep(60)\n"
    )
    with running(sys.executable, "-c", slow, port=port, unix_socket=door), socket.socket(socket.AF_UNIX) as line:
        line.connect(str(door))
    with pytest.raises(EngineError, match=r"did not answer on 127\.0\.0\.1:\d+ and .*door within 1 s"):  # noqa: SIM117
        with running(sys.executable, "-m", "http.server", str(port), port=port, unix_socket=door, within=1):
            pass


def test_a_missing_program_is_one_sentence(capsys):
    """The notebook says which part it skips and what would bring it."""
    assert not available("no-such-engine", "apt install no-such-engine")
    assert (
        capsys.readouterr().out
        == "This part is skipped: no-such-engine is not installed here (apt install no-such-engine brings it).\n"
    )
    assert available(sys.executable, "nothing")
    with pytest.raises(EngineError, match="no-such-engine is not installed"):  # noqa: SIM117
        with running("no-such-engine", port=free_port()):
            pass


def test_a_server_is_found_where_a_plain_user_s_path_does_not_look(tmp_path, monkeypatch):
    name = "server.exe" if sys.platform == "win32" else "server"
    (tmp_path / name).touch(mode=0o755)
    assert engines.find("server") is None
    monkeypatch.setattr(engines, "_SERVERS", (str(tmp_path),))
    assert engines.find("server") == str(tmp_path / name)
