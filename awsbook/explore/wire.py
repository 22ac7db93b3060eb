"""Questions and answers as JSON text: what the page's worker, and the check that it agrees with CPython, both call."""

from __future__ import annotations

import json

from . import controls
from .controls import ControlError
from .explorable import everything, find


def describe(id: str) -> str:
    """{"id", "title", "controls": {name: the control as data}} of one explorable, or {"error": message}."""
    try:
        made = find(id)
    except ControlError as error:
        return _text({"error": str(error)})
    described = {name: controls.describe(control) for name, control in made.controls.items()}
    return _text({"id": made.id, "title": made.title, "controls": described})


def answer(id: str, controls_json: str) -> str:
    """{"view": ...} of one explorable at one setting (a JSON object of control values).

    {"error": message} if a control does not take its value: the reader can mend it.
    {"crash": "Type: message"} for anything else: a defect of the model or the view, which the page must survive.
    """
    try:
        return f'{{"view":{find(id)(**json.loads(controls_json)).json()}}}'
    except ControlError as error:
        return _text({"error": str(error)})
    except Exception as error:  # the boundary: whatever a view raises has to reach the page as words
        return _text({"crash": f"{type(error).__name__}: {error}"})


def answer_all() -> str:
    """{"asked": count, "wrong": {id: message}}: every explorable of the book at its defaults."""
    answers = {made.id: json.loads(answer(made.id, "{}")) for made in everything()}
    wrong = {id: got.get("error") or got.get("crash") for id, got in answers.items() if "view" not in got}
    return _text({"asked": len(answers), "wrong": wrong})


def _text(thing) -> str:
    return json.dumps(thing, ensure_ascii=False, separators=(",", ":"))
