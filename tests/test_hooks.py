"""The hooks of a commit: they run in a shell that knows nothing of the environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
LAUNCHER = ROOT / "tools" / "python"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows starts no shell script; git's own shell does there")


def launched(folder: Path, *arguments: str):
    bare = {"PATH": "/usr/bin:/bin"}
    return subprocess.run([LAUNCHER, *arguments], cwd=folder, env=bare, capture_output=True, text=True, check=False)


def test_every_hook_takes_the_environments_python():
    """`python` in the shell of a commit may be another one, without ruff, or none."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert hooks
    assert {hook["entry"].split()[0] for hook in hooks} == {"tools/python"}


def test_the_environment_is_found_without_being_activated(tmp_path):
    (tmp_path / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    ran = launched(tmp_path, "-c", "import ruff, sys; print(sys.argv[1])", "a b")
    assert ran.stdout == "a b\n", ran.stderr


def test_without_an_environment_it_says_how_to_make_one(tmp_path):
    ran = launched(tmp_path, "-c", "")
    assert ran.returncode == 1
    assert "make site" in ran.stderr
