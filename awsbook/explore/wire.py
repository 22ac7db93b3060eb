"""Questions and answers as JSON text: what the page's worker, and the check that it agrees with CPython, both call.

A chart is answered twice: as Plotly's figure, and drawn, for a reader whose hand is still on the control.
"""

from __future__ import annotations

import json
from time import perf_counter

from . import controls
from .controls import ControlError
from .explorable import everything, find
from .poster import poster


def describe(id: str) -> str:
    """{"id", "title", "controls": {name: the control as data}} of one explorable, or {"error": message}."""
    try:
        made = find(id)
    except ControlError as error:
        return _text({"error": str(error)})
    described = {name: controls.describe(control) for name, control in made.controls.items()}
    return _text({"id": made.id, "title": made.title, "controls": described})


class Run:
    """An answer on its way, made in slices, so that the page's worker can hear "stop" in between."""

    def __init__(self, id: str, controls_json: str, width: float):
        """width: of the place where the figure will stand, in px."""
        self._run = _run(id, controls_json, width)

    def go(self, seconds: float = float("inf")) -> str:
        """Works for about `seconds`: {"progress": share done} if that was not enough, else the answer, which is

        {"view": ..., "drawn": HTML} of one explorable at one setting (a JSON object of control values); a picture is
        drawn already, so "drawn" is "";
        {"error": message, "control": name, "line": number} if a control does not take its value, and the reader can
        mend it;
        {"crash": "Type: message"} for anything else: a defect of the model or the view, which the page must survive.
        """
        until = perf_counter() + seconds
        try:
            while True:
                share = next(self._run)
                if perf_counter() >= until:
                    return _text({"progress": share})
        except StopIteration as end:
            return end.value


def _run(id, controls_json, width):
    try:
        made = find(id)
        view = (yield from made.run(**json.loads(controls_json))).plain()
        label = f"{made.title}. {view['sentence']}"
        return _text(
            {"view": view, "drawn": "" if "svg" in view["figure"] else poster(view["figure"], label, (id, width))}
        )
    except ControlError as error:
        return _text({"error": str(error), "control": error.control, "line": error.line})
    except Exception as error:  # the boundary: whatever a view raises has to reach the page as words
        return _text({"crash": f"{type(error).__name__}: {error}"})


def answer(id: str, controls_json: str, width: float = 640) -> str:
    """The whole answer at once; see `Run.go`."""
    return Run(id, controls_json, width).go()


def answer_all() -> str:
    """{"asked": count, "wrong": {id: message}}: every explorable of the book at its defaults."""
    answers = {made.id: json.loads(answer(made.id, "{}")) for made in everything()}
    wrong = {id: got.get("error") or got.get("crash") for id, got in answers.items() if "view" not in got}
    return _text({"asked": len(answers), "wrong": wrong})


def _text(thing) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
