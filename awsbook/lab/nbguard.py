"""Which notebooks compare nothing: nbval is green on a notebook that was never run, and on one that ignores it all.

nbval compares a cell's outputs only if the cell has an execution count, and not at all if a tag or a comment says so.
"""

from __future__ import annotations

from collections import Counter

_MARKERS = {"NBVAL_IGNORE_OUTPUT", "NBVAL_SKIP", "PYTEST_VALIDATE_IGNORE_OUTPUT"}  # in a comment of its own
_TAGS = {marker.lower().replace("_", "-") for marker in _MARKERS}
COMPARED, IGNORED, UNRUN = "compared", "ignored", "never run"


def standing(cell: dict) -> str:
    """What nbval does with a code cell: COMPARED, IGNORED (by tag or comment) or UNRUN (no execution count)."""
    lines = [line.strip() for line in _text(cell["source"]).splitlines()]
    comments = {line.lstrip("#").strip() for line in lines if line.startswith("#")}
    if comments & _MARKERS or _TAGS & set(cell["metadata"].get("tags", ())):
        return IGNORED
    return UNRUN if cell.get("execution_count") is None else COMPARED


def code_cells(notebook: dict) -> list[dict]:
    """The cells of a notebook that hold code; an empty one holds none."""
    return [c for c in notebook["cells"] if c["cell_type"] == "code" and _text(c["source"]).strip()]


def uncompared(notebook: dict, budget: int = 0) -> list[str]:
    """Why replaying this notebook would prove too little; empty if it is fine.

    budget: how many cells may have their outputs ignored.
    """
    found = [(number, standing(cell)) for number, cell in enumerate(code_cells(notebook), start=1)]
    count = Counter(state for _, state in found)
    complaints = [f"code cell {number} was {UNRUN}: nbval skips it" for number, state in found if state == UNRUN]
    if count[IGNORED] > budget:
        complaints.append(f"{count[IGNORED]} cells have their outputs ignored, the budget is {budget}")
    if not count[COMPARED]:
        complaints.append(f"nothing is compared in its {len(found)} code cells")
    return complaints


def compared(notebook: dict) -> int:
    """How many cells nbval would compare; a gate prints their sum."""
    return sum(standing(cell) == COMPARED for cell in code_cells(notebook))


def _text(source):
    return source if isinstance(source, str) else "".join(source)
