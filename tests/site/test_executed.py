"""The executed notebooks that the build leaves behind, which nbval replays: they must be able to fail."""

from __future__ import annotations

import json

import pytest

from awsbook.lab.nbguard import uncompared

from .conftest import ROOT

EXECUTED = sorted((ROOT / "_build" / "jupyter_execute" / "book").rglob("*.ipynb"))


def test_the_build_left_executed_notebooks():
    assert EXECUTED, "no executed notebook: run `make site` first"


@pytest.mark.parametrize("path", EXECUTED, ids=[path.stem for path in EXECUTED])
def test_an_executed_chapter_compares_something(path):
    assert uncompared(json.loads(path.read_text(encoding="utf-8"))) == []
