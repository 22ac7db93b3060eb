import copy

import pytest

from awsbook.lab.nbguard import compared, uncompared


def cell(source, count=1, tags=()):
    return {
        "cell_type": "code",
        "source": source,
        "execution_count": count,
        "metadata": {"tags": list(tags)},
        "outputs": [],
    }


GOOD = {"cells": [{"cell_type": "markdown", "source": "Words.", "metadata": {}}, cell("1 + 1"), cell("2", 2)]}


def planted(fault):
    notebook = copy.deepcopy(GOOD)
    fault(notebook["cells"])
    return notebook


def test_a_notebook_that_was_run_is_fine():
    """Prose and empty cells are not counted: nbval has nothing to compare there."""
    notebook = planted(lambda cells: cells.append(cell(" \n", None)))
    assert uncompared(notebook) == []
    assert compared(notebook) == 2


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (lambda cells: cells[1].update(execution_count=None), "code cell 1 was never run"),
        (lambda cells: cells[2]["metadata"]["tags"].append("nbval-ignore-output"), "1 cells have their outputs"),
        (lambda cells: cells[2]["metadata"]["tags"].append("nbval-skip"), "budget is 0"),
        (lambda cells: cells[1].update(source="#NBVAL_IGNORE_OUTPUT\n1 + 1"), "budget is 0"),
        (lambda cells: cells[1].update(source=["1\n", "  # NBVAL_SKIP"]), "budget is 0"),
        (lambda cells: cells.clear(), "nothing is compared in its 0 code cells"),
    ],
)
def test_a_notebook_that_compares_too_little_is_named(fault, word):
    """Planted faults: each makes nbval green without a comparison."""
    assert word in "; ".join(uncompared(planted(fault)))


def test_the_budget_lets_as_many_cells_through_as_it_says():
    """One ignored cell fits a budget of one; but a notebook that ignores everything fits none."""
    one = planted(lambda cells: cells[2]["metadata"]["tags"].append("nbval-ignore-output"))
    every = planted(lambda cells: [c["metadata"].update(tags=["nbval-skip"]) for c in cells])
    assert uncompared(one, budget=1) == []
    assert uncompared(every, budget=2) == ["nothing is compared in its 2 code cells"]


def test_a_comment_that_only_mentions_a_marker_changes_nothing():
    """nbval wants the marker alone in its line, and so do we."""
    assert uncompared(planted(lambda cells: cells[1].update(source="# NBVAL_SKIP is not used here\n1"))) == []
