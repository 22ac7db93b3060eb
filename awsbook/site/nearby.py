"""Answers from the build: every explorable's Views one control away from its start, in `_static/nearby/<id>.json`.

The first touch on a page then moves the figure at once, while Python, ten times as large as all else, is still on its
way. Nothing new is defined here: the Views are the same function's, drawn by the same poster, and `static/nearby.js`
shows them only until Python answers. Measured: 1 to 47 kB an explorable, compressed, of which the drawings are half or
more; Plotly, which would draw them otherwise, is ten to a hundred times that, and runs a tenth of a second first.
"""

from __future__ import annotations

import json
import re
from html import unescape
from inspect import isgeneratorfunction
from pathlib import Path

from awsbook.explore import find
from awsbook.explore.controls import Control, ControlError
from awsbook.explore.explorable import Explorable
from awsbook.explore.wire import shown

POSITIONS = 21  # of a slider's handle: one every twentieth of its way
POSITIONS_IF_SLOW = 5  # where an answer takes so long that the view tells how far it is
_SPEC = re.compile(
    r'<aws-explorable id="([^"]+)".*?<script type="application/json" class="ab-spec">(.*?)</script>', re.S
)


def values(control: Control, start, positions: int = POSITIONS) -> list:
    """Values of one control worth an answer: along a slider, all of a choice, one step more or less; none of a text."""
    if control.kind == "slider":
        return list(dict.fromkeys(control.at(i / (positions - 1)) for i in range(positions)))
    if control.kind == "choice":
        return list(control.options)
    if control.kind == "toggle":
        return [True, False]
    if control.kind == "steps":
        taken = start.split()
        more = [[*taken, action] for action in control.options] if len(taken) < control.max_steps else []
        return [" ".join(steps) for steps in ([taken[:-1]] if taken else []) + more]
    return []


def answers(made: Explorable, start: dict) -> list[dict]:
    """[{"control", "value", "view", "drawn"}]: first the start itself (control ""), then one control changed.

    A value that the view refuses at the others' start is left out: Python will say why.
    """
    positions = POSITIONS_IF_SLOW if isgeneratorfunction(made.function) else POSITIONS
    found = [{"control": "", "value": "", **shown(made, made(**start))}]
    for name, control in made.controls.items():
        for value in values(control, start[name], positions):
            if value == start[name]:
                continue
            try:
                view = made(**{**start, name: value})
            except ControlError:
                continue
            found.append({"control": name, "value": value, **shown(made, view)})
    return found


def on_page(html: str) -> dict[str, dict]:
    """The explorables of a built page: {id: its controls' values at the start}."""
    return {unescape(id): json.loads(spec)["start"] for id, spec in _SPEC.findall(html)}


def write(app, error):
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "nearby"
    folder.mkdir(parents=True, exist_ok=True)
    for page in sorted(Path(app.outdir).glob("book/**/*.html")):
        for id, start in on_page(page.read_text(encoding="utf-8")).items():
            text = json.dumps(answers(find(id), start), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            (folder / f"{id}.json").write_text(text, encoding="utf-8")


def setup(app):
    app.connect("build-finished", write)
