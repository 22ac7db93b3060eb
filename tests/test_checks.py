"""The runner of the gates: it fails on zero, on a failure, and under CI on a skip; it never says nothing."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import checks


@pytest.fixture
def gate(monkeypatch, capsys):
    """Runs the runner over one gate with a given outcome; gives its exit code and its last line."""

    def run(outcome, ci=""):
        monkeypatch.setattr(checks, "GATES", {"only": lambda: outcome})
        monkeypatch.setattr(sys, "argv", ["checks.py"])
        monkeypatch.setenv("CI", ci)
        code = checks.main()
        return code, capsys.readouterr().out.strip().splitlines()[-1]

    return run


def test_a_gate_that_saw_something_passes(gate):
    code, said = gate(checks.Outcome(True, 3, "things"))
    assert code == 0
    assert "1 gates passed" in said
    assert "nothing skipped" in said


def test_a_gate_that_saw_nothing_fails(gate):
    """Planted fault: an empty folder must not pass."""
    code, said = gate(checks.Outcome(True, 0, "things"))
    assert code == 1
    assert "FAILED in only" in said


def test_a_gate_that_failed_fails(gate):
    assert gate(checks.Outcome(False, 3, "things"))[0] == 1


def test_a_skip_is_said_and_is_a_failure_where_ci_is_true(gate):
    skipped = checks.Outcome(True, 3, "things", ["no browser"])
    code, said = gate(skipped)
    assert code == 0
    assert "no browser" in said
    assert gate(skipped, ci="true")[0] == 1


def test_a_gate_that_failed_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(checks, "GATES", {"labs": lambda: checks.Outcome(False, 3, "cells")})
    monkeypatch.setattr(sys, "argv", ["checks.py"])
    checks.main()
    assert checks.HINTS["labs"] in capsys.readouterr().out.split("\n\n")[-1]


def test_a_gate_that_passed_gives_no_advice(monkeypatch, capsys):
    monkeypatch.setattr(checks, "GATES", {"labs": lambda: checks.Outcome(True, 3, "cells")})
    monkeypatch.setattr(sys, "argv", ["checks.py"])
    checks.main()
    assert checks.HINTS["labs"] not in capsys.readouterr().out


def test_advice_is_of_gates_that_are():
    assert checks.HINTS.keys() <= checks.GATES.keys()


def test_a_reason_of_many_lines_leaves_the_verdict_in_the_last_line(tmp_path):
    (tmp_path / "test_planted.py").write_text(
        "import pytest\ndef test_a(): pytest.skip('no browser\\n+----+')\ndef test_b(): pass\n"
    )
    assert checks.pytest("tests", str(tmp_path), "-p", "no:cacheprovider").skipped == ["no browser"]


def test_an_unknown_gate_lists_the_gates(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["checks.py", "moon"])
    assert checks.main() == 2
    assert "browser" in capsys.readouterr().out


@pytest.mark.parametrize(("stored", "ok"), [("2\n", True), ("3\n", False)])
def test_nbval_notices_an_output_that_is_not_the_stored_one(tmp_path, stored, ok):
    """Planted fault: a stored 3 where the cell prints 2."""
    cell = nbformat.v4.new_code_cell("print(1 + 1)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), tmp_path / "planted.ipynb")
    outcome = checks.pytest("cells", "--nbval", str(tmp_path), "-p", "no:cacheprovider")
    assert outcome.ok is ok
    assert outcome.count == 1


@pytest.mark.parametrize("tool", ["checks", "build"])
def test_ctrl_c_ends_a_tool_with_a_line_and_no_traceback(tool, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess, "run", stopped)
    monkeypatch.setattr(subprocess, "Popen", stopped)
    monkeypatch.setattr(sys, "argv", [tool])
    with pytest.raises(SystemExit, match="stopped before"):
        runpy.run_path(str(Path(__file__).parents[1] / "tools" / f"{tool}.py"), run_name="__main__")
