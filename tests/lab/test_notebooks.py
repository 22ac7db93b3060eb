"""Every lab, as it is stored: nbval can fail on it, and nothing in it belongs to one machine or one run."""

import copy
import json
from pathlib import Path

import pytest

from awsbook.lab.nbguard import code_cells, compared, uncompared

LABS = sorted((Path(__file__).parents[2] / "labs").glob("*.ipynb"))
RENEW = (
    "renew it: .venv/bin/jupyter nbconvert --to notebook --execute --inplace "
    "--ExecutePreprocessor.record_timing=False labs/<lab>.ipynb"
)
OF_ONE_MACHINE = ("/home/", "/tmp/", "/work/", "C:\\", " at 0x", "\x1b[", "Traceback")  # colours come from a terminal
each_lab = pytest.mark.parametrize("path", LABS, ids=[path.stem for path in LABS])


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def texts(node):
    """Every piece of text in an output, however deep."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from texts(inner)


def of_one_run(notebook):
    """What another machine, or the next run, would show differently."""
    cells = code_cells(notebook)
    seen = "\n".join(text for cell in cells for text in texts(cell["outputs"]))
    found = [f"output holds {mark!r}" for mark in OF_ONE_MACHINE if mark in seen]
    return found + ["time stamps of its last run"] * any("execution" in cell["metadata"] for cell in cells)


def test_there_are_labs():
    """A glob that finds nothing would make every test below pass."""
    assert LABS


@each_lab
def test_a_lab_compares_every_cell(path):
    """No cell was left unrun, and none has its output ignored."""
    assert uncompared(load(path)) == [], RENEW
    assert compared(load(path)) == len(code_cells(load(path)))


@each_lab
def test_a_lab_is_the_same_on_every_machine(path):
    """No path, no address in memory, no error, no time stamp; the kernel that everybody has."""
    assert of_one_run(load(path)) == [], RENEW
    assert load(path)["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (lambda cell: cell["outputs"].append({"data": {"text/plain": ["<object at 0x7f00>"]}}), "at 0x"),
        (lambda cell: cell["outputs"].append({"text": "saved in /tmp/x"}), "/tmp/"),
        (lambda cell: cell["metadata"].update(execution={"iopub.execute_input": "2026"}), "time stamps"),
    ],
)
def test_what_belongs_to_one_run_is_found(fault, word):
    """Planted faults, in the first lab."""
    notebook = copy.deepcopy(load(LABS[0]))
    fault(code_cells(notebook)[0])
    assert word in "; ".join(of_one_run(notebook))
