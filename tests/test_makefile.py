"""What make says to someone whose machine lacks something, and what it does where no target is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the machines of these tests are shell scripts")


@pytest.fixture
def make(tmp_path):
    """Runs make on a machine that has a shell, and the programs given as scripts; gives its code and what it said."""
    house, programs = tmp_path / "a house ü", tmp_path / "bin"
    house.mkdir()
    programs.mkdir()
    shutil.copy(ROOT / "Makefile", house)
    for name in ("requirements.txt", "pyproject.toml"):
        (house / name).touch()
    for name in ("sh", "sed", "mkdir", "chmod"):
        (programs / name).symlink_to(shutil.which(name))

    def run(*arguments, **scripts):
        for name, text in scripts.items():
            (programs / name).write_text(f"#!{shutil.which('sh')}\n{text}\n")
            (programs / name).chmod(0o755)
        ran = subprocess.run(
            [shutil.which("make"), *arguments],
            cwd=house,
            env={"PATH": str(programs)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ran.returncode, ran.stdout

    return run


# a Python that is what its code says, whose `-m venv` does as told
PYTHON = """if [ "$1 $2" = "-m venv" ]; then {venv}; fi
if [ "$1 $2" = "-m pip" ]; then {pip}; fi
exec {python} "$@" """


def python(venv="exit 0", pip="exit 0"):
    return PYTHON.format(venv=venv, pip=pip, python=sys.executable)


def test_make_alone_lists_what_there_is_to_type(make):
    code, said = make()
    assert code == 0
    assert {"make book: ", "make test: ", "make labs: "} <= {line[:11] for line in said.splitlines()}


def test_no_python_is_said_with_the_way_out(make):
    code, said = make("site")
    assert code
    assert "make site PYTHON=" in said


def test_a_python_that_is_too_old_is_named_before_anything_is_made(make):
    code, said = make("site", "PYTHON=old", old="exit 1")
    assert code
    assert "old does not run, or is not Python 3.11" in said
    assert "making" not in said


def test_without_venv_the_package_to_install_is_named(make):
    code, said = make("site", python3=python(venv="exit 1"))
    assert code
    assert "apt install python3-venv" in said


def made_with(inside: str) -> str:
    """A `-m venv` that leaves an environment whose Python is this script."""
    text = inside.replace("'", "'\\''")
    return (
        f"mkdir -p .venv/bin; printf '%s\\n' '#!/bin/sh' '{text}' >.venv/bin/python; chmod +x .venv/bin/python; exit 0"
    )


def test_an_environment_of_another_python_is_said(make):
    code, said = make("site", python3=python(venv=made_with("exit 1")))
    assert code
    assert "rm -r .venv" in said


def test_packages_that_cannot_be_fetched_are_said(make):
    code, said = make("site", python3=python(venv=made_with(python(pip="exit 1"))))
    assert code
    assert "needs the network" in said
