"""What a reader can change: sliders, choices, toggles, texts and steps, each able to judge a value.

A control turns whatever a URL, a page or a kernel hands it into a value of its own type, or raises a
`ControlError` that names the control, the value and the bounds.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

_SAID = 80  # characters of a refused value in a message


class ControlError(ValueError):
    """A value that a control does not take.

    control: the name of the control, and line: the line of its text, counted from 1, where a reader can mend it.
    """

    def __init__(self, message: str, control: str = "", line: int = 0):
        super().__init__(message)
        self.control, self.line = control, line


def _said(raw) -> str:
    """A value that was refused, as the message names it: a long one by its beginning."""
    if isinstance(raw, int) and abs(raw) >= 10**30:
        return "an int of more than 30 digits"  # Python refuses to write one of thousands of digits
    said = repr(raw[: _SAID + 1] if isinstance(raw, str) else raw)
    return said if len(said) <= _SAID else f"{said[:_SAID]} …"


@dataclass(frozen=True)
class Slider:
    """A number between two bounds.

    value: where it stands at first. step: the grid it snaps to, counted from `min`; ints in, ints out.
    log: the handle moves by ratio, not by difference (needs min > 0).
    source: the fact's key that the bounds come from, named in the error.
    play_s: seconds in which a Play button moves the handle from `min` to `max`; 0 for no such button.
    """

    label: str
    value: int | float
    min: int | float
    max: int | float
    step: int | float = 1
    unit: str = ""
    log: bool = False
    source: str = ""
    play_s: float = 0
    kind: str = "slider"

    def parse(self, raw, name):
        bounds = f"{self.min:,} to {self.max:,}{f' {self.unit}' if self.unit else ''}"
        if self.source:
            bounds += f" (from {self.source})"
        try:
            number = float(raw)
        except (TypeError, ValueError):
            raise ControlError(f"{name} ({self.label}): {_said(raw)} is not a number; bounds {bounds}") from None
        except OverflowError:  # an int of hundreds of digits
            number = math.inf
        if isinstance(raw, bool) or not math.isfinite(number) or not self.min <= number <= self.max:
            raise ControlError(f"{name} ({self.label}): {_said(raw)} is outside its bounds, {bounds}")
        steps = round((number - self.min) / self.step)
        snapped = min(self.max, self.min + steps * self.step)
        # ints stay ints; floats lose the dust of the multiplication
        return snapped if isinstance(snapped, int) else round(snapped, 10)

    def at(self, way):
        """The value on the grid where the handle stands after `way` (0 to 1) of its way."""
        there = self.min * (self.max / self.min) ** way if self.log else self.min + way * (self.max - self.min)
        return self.parse(min(self.max, there), "")


@dataclass(frozen=True)
class Choice:
    """One of several. options: {value: what the reader sees}; value: the one chosen at first."""

    label: str
    value: str
    options: dict[str, str]
    kind: str = "choice"

    def parse(self, raw, name):
        # a list, which interact makes a choice of, is not even a key
        if not isinstance(raw, str) or raw not in self.options:
            raise ControlError(f"{name} ({self.label}): {_said(raw)} is not one of {', '.join(self.options)}")
        return raw


@dataclass(frozen=True)
class Toggle:
    """On or off. A URL writes it as true or false."""

    label: str
    value: bool
    kind: str = "toggle"

    def parse(self, raw, name):
        if isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and raw in ("true", "false"):
            return raw == "true"
        raise ControlError(f"{name} ({self.label}): {_said(raw)} is neither true nor false")


@dataclass(frozen=True)
class Text:
    """A text that the reader types or opens.

    max_chars: the longest it takes. rows: lines shown. accept: the kind of file a reader may open into it
    (".json"), or "" for none. lines: shows line numbers, and marks the lines that a ControlError or a View names.
    The view reads the text and raises ControlError with what is wrong in it.
    """

    label: str
    value: str
    max_chars: int
    rows: int = 1
    accept: str = ""
    lines: bool = False
    kind: str = "text"

    def parse(self, raw, name):
        if not isinstance(raw, str):
            raise ControlError(f"{name} ({self.label}): {_said(raw)} is not a text")
        if len(raw) > self.max_chars:
            raise ControlError(
                f"{name} ({self.label}): {len(raw):,} characters, more than the {self.max_chars:,} it takes"
            )
        try:
            raw.encode()  # half of a pair of UTF-16, as a broken paste may hold, is no character
        except UnicodeEncodeError as error:
            raise ControlError(f"{name} ({self.label}): character {error.start + 1:,} is not one of Unicode") from None
        return raw


@dataclass(frozen=True)
class Steps:
    """What the reader does, one action after another, and can undo.

    value: the actions taken at first, names with blanks between ("put put delete"); the view gets such a text and
    folds the actions over its model's state. options: {action: what its button says}. max_steps: how many it takes.
    """

    label: str
    value: str
    options: dict[str, str]
    max_steps: int
    kind: str = "steps"

    def parse(self, raw, name):
        if not isinstance(raw, str):
            raise ControlError(f"{name} ({self.label}): {_said(raw)} is not a text of steps")
        steps = raw.split()
        for step in steps:
            if step not in self.options:
                raise ControlError(f"{name} ({self.label}): {_said(step)} is not one of {', '.join(self.options)}")
        if len(steps) > self.max_steps:
            raise ControlError(f"{name} ({self.label}): {len(steps)} steps, more than the {self.max_steps} it takes")
        return " ".join(steps)


Control = Slider | Choice | Toggle | Text | Steps


def describe(control: Control) -> dict:
    """The control as plain data, for a page."""
    return asdict(control)
