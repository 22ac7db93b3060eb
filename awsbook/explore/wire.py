"""Questions and answers as JSON text: what the page's worker, and the check that it agrees with CPython, both call.

A chart is answered twice: as Plotly's figure, and drawn, for a reader whose hand is still on the control.
"""

from __future__ import annotations

import json
from time import perf_counter

from . import controls
from .controls import ControlError
from .explorable import Explorable, everything, find
from .poster import poster
from .view import Sketch, View


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
        self._id, self._width, self._run = id, width, self._answer(controls_json)

    def _answer(self, controls_json):
        self._made = find(self._id)
        return (yield from self._made.run(**json.loads(controls_json)))

    def go(self, seconds: float = float("inf")) -> str:
        """Works for about `seconds`. If that was not enough: {"progress": share done}, and beside it what the last
        Sketch shows, {"view": ..., "drawn": HTML}, if there was one. Else the answer, which is

        {"view": ..., "drawn": HTML} of one explorable at one setting (a JSON object of control values); a picture is
        drawn already, so "drawn" is "";
        {"error": message, "control": name, "line": number} if a control does not take its value, and the reader can
        mend it;
        {"crash": "Type: message"} for anything else: a defect of the model or the view, which the page must survive.
        """
        until, sketch = perf_counter() + seconds, None
        try:
            while True:
                came = next(self._run)
                share, sketch = (came.share, came) if isinstance(came, Sketch) else (came, sketch)
                if perf_counter() >= until:
                    return _text({"progress": share, **(self._shown(sketch.view()) if sketch else {})})
        except StopIteration as end:
            return _text(self._shown(end.value))
        except ControlError as error:
            return _text({"error": str(error), "control": error.control, "line": error.line})
        except Exception as error:  # the boundary: whatever a view raises has to reach the page as words
            return _text({"crash": f"{type(error).__name__}: {error}"})

    def _shown(self, view):
        return shown(self._made, view, self._width)


def shown(made: Explorable, view: View, width: float | None = None) -> dict:
    """{"view": as plain data, "drawn": its chart as HTML, "" if it is a picture}; width: of its place, px, if known."""
    plain = view.plain()
    if "svg" in plain["figure"]:
        return {"view": plain, "drawn": ""}
    return {"view": plain, "drawn": poster(plain["figure"], f"{made.title}. {plain['sentence']}", made.id, width)}


def rehearse(id: str, number: int, width: float) -> None:
    """Begins an answer that nobody hears, to the `number`-th of many settings.

    Browsers run WebAssembly slowly at first and compile anew what runs often, so that a hand's first moves would be the
    slow ones. Of a long answer it is the first part. A setting that is refused has rehearsed the refusal.
    """
    sliders = [(name, control) for name, control in find(id).controls.items() if control.kind == "slider"]
    # multiples of the golden ratio spread evenly over the way; `random` would be one more module for every page to load
    setting = {name: slider.at(number * i * 0.618034 % 1) for i, (name, slider) in enumerate(sliders, 1)}
    Run(id, _text(setting), width).go(0)


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
