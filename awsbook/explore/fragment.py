"""The HTML of an explorable on a published page: all of it that can be there before any script runs.

`static/element.js` adds life to it and writes nothing that must be there without it. Controls are native inputs in
a fieldset that stays disabled until a script can answer them, so nothing pretends to work.
"""

from __future__ import annotations

import json
import math
from html import escape

from .controls import Slider, describe
from .explorable import Explorable
from .poster import poster
from .view import Goal, Table

RANGE_STEPS = 1000  # positions of a logarithmic slider's handle


class Fragment:
    """What `explore` returns while the book is built: shows itself as HTML, and as one sentence where that is all."""

    def __init__(self, made: Explorable, start: dict):
        self.made, self.start = made, start
        self.view = made(**start)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html(), "text/plain": self.view.sentence}

    def html(self) -> str:
        made, plain = self.made, self.view.plain()
        key = made.id
        spec = {
            "controls": {name: describe(control) for name, control in made.controls.items()},
            "start": self.start,
            "figure": plain["figure"],
        }
        if self.view.lines:
            spec["lines"] = plain["lines"]
        controls = "".join(_control(key, n, c, self.start[n]) for n, c in made.controls.items())
        return f"""\
<aws-explorable id="{key}" class="ab" role="group" aria-labelledby="{key}-title" data-explorable="{key}" data-state="idle">
<p class="ab-title" id="{key}-title">{escape(made.title)}</p>
<form class="ab-form" autocomplete="off" novalidate><fieldset class="ab-controls" disabled><legend class="ab-hidden">Controls of: {escape(made.title)}</legend>
{controls}</fieldset></form>
<div class="ab-plot" style="min-height:{_height(plain["figure"])}px">{_drawn(plain["figure"], f"{made.title}. {self.view.sentence}")}</div>
<p class="ab-status" role="status"></p>
<noscript><p class="ab-noscript">The controls need JavaScript. The words and the numbers here show the starting values.</p></noscript>
<p class="ab-sentence">{escape(self.view.sentence)}</p>
<p class="ab-spoken ab-hidden" aria-live="polite"></p>
{_goals(self.view.goals)}
<details class="ab-table" open><summary>The same in numbers</summary><div class="ab-scroll" tabindex="0" role="region" aria-label="Numbers of: {escape(made.title)}">{_table(self.view.table)}</div></details>
<p class="ab-buttons"><button type="button" class="ab-reset" disabled>Reset</button> <button type="button" class="ab-link" disabled>Copy link to this state</button> <span class="ab-copied" role="status"></span></p>
<script type="application/json" class="ab-spec">{_json_for_html(spec)}</script>
</aws-explorable>"""


def _height(figure):
    return figure["height"] if "svg" in figure else figure["layout"]["height"]


def _drawn(figure, label):
    """The figure as it stands before any script runs."""
    if "svg" in figure:
        return f'<div class="ab-poster" role="img" aria-label="{escape(label)}">{figure["svg"]}</div>'
    return poster(figure, label)


def _json_for_html(thing):
    """JSON that cannot close the script element it stands in."""
    return json.dumps(thing, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _goals(goals: tuple[Goal, ...]):
    if not goals:
        return ""
    items = "".join(
        f'<li data-met="{"true" if g.met else "false"}"><span class="ab-tick" aria-hidden="true"></span>'
        f'{escape(g.text)} <span class="ab-met">{"(reached)" if g.met else ""}</span></li>'
        for g in goals
    )
    return f'<ul class="ab-goals" aria-label="Goals">{items}</ul>'


def _table(table: Table):
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(cell)}</th>' if i == 0 else f"<td>{escape(cell)}</td>"
            for i, cell in enumerate(row)
        )
        + "</tr>"
        for row in table.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _control(key, name, control, value):
    body = _BODY[control.kind](f"{key}-{name}", name, control, value)
    return f'<div class="ab-control ab-{control.kind}">{body}</div>\n'


def _slider(at, name, control, value):
    label, unit = escape(control.label), escape(control.unit)
    shown_unit = f' <span class="ab-unit">{unit}</span>' if unit else ""
    spoken = f"{label}, exact value{f' in {unit}' if unit else ''}"
    span = (
        f'min="0" max="{RANGE_STEPS}" step="1" value="{_position(control, value)}"'
        if control.log
        else f'min="{control.min}" max="{control.max}" step="{control.step}" value="{value}"'
    )
    play = f'<button type="button" class="ab-play" data-play="{name}">Play</button>' if control.play_s else ""
    return (
        f'<label for="{at}">{label}</label>'
        f'<span class="ab-slide">{play}<input type="range" id="{at}" data-control="{name}" {span} '
        f'aria-valuetext="{value:,} {unit}">'
        f'<span class="ab-exact"><input type="number" data-exact="{name}" min="{control.min}" '
        f'max="{control.max}" step="{control.step}" value="{value}" aria-label="{spoken}">'
        f"{shown_unit}</span></span>"
    )


def _choice(at, name, control, value):
    options = "".join(
        f'<option value="{escape(v)}"{" selected" if v == value else ""}>{escape(t)}</option>'
        for v, t in control.options.items()
    )
    return (
        f'<label for="{at}">{escape(control.label)}</label><select id="{at}" data-control="{name}">{options}</select>'
    )


def _toggle(at, name, control, value):
    return (
        f'<label class="ab-toggle"><input type="checkbox" id="{at}" data-control="{name}"{" checked" if value else ""}> '
        f"{escape(control.label)}</label>"
    )


def _text(at, name, control, value):
    field = f'id="{at}" data-control="{name}" spellcheck="false"'
    if control.rows > 1:
        wrap = ' wrap="off"' if control.lines else ""
        # HTML drops one newline at the start
        typed = f'<textarea {field} rows="{control.rows}"{wrap}>\n{escape(value)}</textarea>'
    else:
        typed = f'<input type="text" {field} value="{escape(value)}">'
    if control.lines:
        numbers = "\n".join(str(i + 1) for i in range(value.count("\n") + 1))
        typed = f'<span class="ab-editor"><span class="ab-lines" aria-hidden="true">{numbers}</span>{typed}</span>'
    file = (
        f'<label class="ab-file">Open a file instead (it stays on this device) '
        f'<input type="file" data-file="{name}" accept="{escape(control.accept)}"></label>'
        if control.accept
        else ""
    )
    return f'<label for="{at}">{escape(control.label)}</label>{typed}{file}'


def _steps(at, name, control, value):
    """Buttons that add an action, one that takes the last back, and the list; a hidden field holds the value."""
    taken = value.split()
    buttons = "".join(
        f'<button type="button" data-do="{escape(action)}">{escape(said)}</button> '
        for action, said in control.options.items()
    )
    items = "".join(f"<li>{escape(control.options[action])}</li>" for action in taken)
    return (
        f'<input type="hidden" id="{at}" data-control="{name}" value="{escape(value)}">'
        f'<p class="ab-label" id="{at}-label">{escape(control.label)}</p>'
        f'<div role="group" aria-labelledby="{at}-label" class="ab-actions">{buttons}'
        f'<button type="button" class="ab-undo" data-undo="{name}">Undo</button></div>'
        f'<ol class="ab-taken" aria-label="Steps taken">{items}</ol>'
    )


_BODY = {"slider": _slider, "choice": _choice, "toggle": _toggle, "text": _text, "steps": _steps}


def _position(control: Slider, value):
    """Where a logarithmic slider's handle stands, 0 to RANGE_STEPS. `slider.js` has the inverse."""
    return round(RANGE_STEPS * math.log(value / control.min) / math.log(control.max / control.min))
