"""What Binder would do with this repository, done here without Docker.

repo2docker itself reads binder/; the environment it describes is made in an empty folder; the server that Binder
starts is started there, and the labs are run through it, cell by cell, as a learner's browser would.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WAIT_S = 120


@pytest.fixture(scope="module")
def buildpack():
    """The buildpack that repo2docker picks for this repository."""
    from repo2docker.app import Repo2Docker

    before = Path.cwd()
    os.chdir(ROOT)
    try:
        app = Repo2Docker()
        made = (pack(app.base_image) for pack in app.buildpacks)
        picked = next((pack for pack in made if pack.detect()), None)
        assert picked is not None, "repo2docker finds nothing to build"
        yield picked
    finally:
        os.chdir(before)


def test_repo2docker_reads_the_repository(buildpack):
    """The Python it would install, and the requirements it would install there."""
    assert type(buildpack).__name__ == "PythonBuildPack"
    assert buildpack.python_version == "3.11"
    scripts = " ".join(script for _, script in buildpack.get_assemble_scripts())
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in scripts
    assert "chromium" not in scripts
    assert buildpack.get_post_build_scripts()


def test_repo2docker_renders_a_dockerfile_without_docker():
    """Its own command, asked not to build."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WAIT_S)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "FROM " in done.stdout + done.stderr


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The repository's tracked files in an empty folder, and the environment that binder/ describes."""
    folder = tmp_path_factory.mktemp("binder") / "home"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    subprocess.run([sys.executable, "-m", "venv", str(folder / ".binder-env")], check=True)
    bin = folder / ".binder-env" / ("Scripts" if os.name == "nt" else "bin")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS", "PYTHONPATH", "VIRTUAL_ENV"))}
    clean["PATH"] = f"{bin}{os.pathsep}{clean['PATH']}"
    pip = [str(bin / "python"), "-m", "pip", "install", "-q", "-r", "binder/requirements.txt"]
    subprocess.run(pip, cwd=folder, env=clean, check=True)
    subprocess.run(["sh", "binder/postBuild"], cwd=folder, env=clean, check=True)
    return folder, bin, clean


@pytest.fixture(scope="module")
def server(home):
    """The Jupyter server that Binder starts, on a free port of this machine."""
    folder, bin, environment = home
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [str(bin / "jupyter-lab"), "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root"]
    log = open(folder / "server.log", "w")  # noqa: SIM115 (the server writes to it until it is stopped)
    started = subprocess.Popen(
        [*command, f"--IdentityProvider.token={token}"], cwd=folder, env=environment, stdout=log, stderr=log
    )
    try:
        for _ in range(WAIT_S * 5):
            assert started.poll() is None, (folder / "server.log").read_text()[-2000:]
            try:
                ask(port, token, "GET", "api/status")
                break
            except OSError:
                time.sleep(0.2)
        yield port, token
    finally:
        started.terminate()
        started.wait(timeout=30)
        log.close()


def ask(port, token, method, path, body=None):
    """One call of the server's REST interface."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=WAIT_S) as response:
        return json.loads(response.read() or "null")


@pytest.mark.parametrize("lab", sorted(path.name for path in (ROOT / "labs").glob("*.ipynb")))
def test_a_lab_runs_through_the_server(server, lab):
    """Every code cell is executed by the kernel the server starts; an error in any cell fails."""
    import websocket

    port, token = server
    notebook = ask(port, token, "GET", f"api/contents/labs/{lab}")["content"]
    asked = {"path": f"labs/{lab}", "type": "notebook", "name": lab, "kernel": {"name": "python3"}}
    kernel = ask(port, token, "POST", "api/sessions", asked)["kernel"]["id"]
    line = websocket.create_connection(
        f"ws://127.0.0.1:{port}/api/kernels/{kernel}/channels", header=[f"Authorization: token {token}"], timeout=WAIT_S
    )
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells
    for code in cells:
        problem = execute(line, code)
        assert problem is None, f"{lab}: {problem}\nin\n{code}"
    line.close()


def execute(line, code) -> str | None:
    """Runs one cell over the kernel's channel; the error it ends in, or None."""
    message = uuid.uuid4().hex
    header = {"msg_id": message, "username": "", "session": message, "msg_type": "execute_request", "version": "5.3"}
    content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": True}
    line.send(
        json.dumps(
            {
                "header": header,
                "parent_header": {},
                "metadata": {},
                "content": content,
                "channel": "shell",
                "buffers": [],
            }
        )
    )
    while True:
        heard = json.loads(line.recv())
        if heard["parent_header"].get("msg_id") == message and heard["msg_type"] == "execute_reply":
            reply = heard["content"]
            clean = re.compile(r"\x1b\[[0-9;]*m")
            return None if reply["status"] == "ok" else clean.sub("", "\n".join(reply["traceback"]))[-1500:]
