"""The HTML of an explorable on a published page: all of it that can be there before any script runs.

`static/element.js` adds life to it and writes nothing that must be there without it. Controls are native inputs in
a fieldset that stays disabled until a script can answer them, so nothing pretends to work.
"""

from __future__ import annotations

import json
from html import escape

from .controls import Choice, Slider, Text, Toggle, describe
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
        controls = "".join(_control(key, n, c, self.start[n]) for n, c in made.controls.items())
        return f"""\
<aws-explorable id="{key}" class="ab" role="group" aria-labelledby="{key}-title" data-explorable="{key}" data-state="idle">
<p class="ab-title" id="{key}-title">{escape(made.title)}</p>
<form class="ab-form" autocomplete="off"><fieldset class="ab-controls" disabled><legend class="ab-hidden">Controls of: {escape(made.title)}</legend>
{controls}</fieldset></form>
<div class="ab-plot">{poster(plain["figure"], f"{made.title}. {self.view.sentence}")}</div>
<p class="ab-status" role="status"></p>
<noscript><p class="ab-noscript">The controls need JavaScript. The words and the numbers here show the starting values.</p></noscript>
<p class="ab-sentence">{escape(self.view.sentence)}</p>
<p class="ab-spoken ab-hidden" aria-live="polite"></p>
{_goals(self.view.goals)}
<details class="ab-table" open><summary>The same in numbers</summary><div class="ab-scroll" tabindex="0" role="region" aria-label="Numbers of: {escape(made.title)}">{_table(self.view.table)}</div></details>
<p class="ab-buttons"><button type="button" class="ab-reset" disabled>Reset</button> <button type="button" class="ab-link" disabled>Copy link to this state</button></p>
<script type="application/json" class="ab-spec">{_json_for_html(spec)}</script>
</aws-explorable>"""


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
    at = f"{key}-{name}"
    label = escape(control.label)
    match control:
        case Slider():
            unit = f' <span class="ab-unit">{escape(control.unit)}</span>' if control.unit else ""
            spoken = f"{label}, exact value{f' in {escape(control.unit)}' if control.unit else ''}"
            span = (
                f'min="0" max="{RANGE_STEPS}" step="1" value="{_position(control, value)}"'
                if control.log
                else f'min="{control.min}" max="{control.max}" step="{control.step}" value="{value}"'
            )
            body = (
                f'<label for="{at}">{label}</label>'
                f'<span class="ab-slide"><input type="range" id="{at}" data-control="{name}" {span} '
                f'aria-valuetext="{value:,} {escape(control.unit)}">'
                f'<span class="ab-exact"><input type="number" data-exact="{name}" min="{control.min}" '
                f'max="{control.max}" step="any" value="{value}" aria-label="{spoken}">{unit}</span></span>'
            )
        case Choice():
            options = "".join(
                f'<option value="{escape(v)}"{" selected" if v == value else ""}>{escape(t)}</option>'
                for v, t in control.options.items()
            )
            body = f'<label for="{at}">{label}</label><select id="{at}" data-control="{name}">{options}</select>'
        case Toggle():
            checked = " checked" if value else ""
            body = (
                f'<label class="ab-toggle"><input type="checkbox" id="{at}" data-control="{name}"{checked}> '
                f"{label}</label>"
            )
        case Text():
            body = f'<label for="{at}">{label}</label>' + (
                f'<textarea id="{at}" data-control="{name}" rows="{control.rows}" spellcheck="false">'
                f"\n{escape(value)}</textarea>"  # HTML drops one newline at the start
                if control.rows > 1
                else f'<input type="text" id="{at}" data-control="{name}" value="{escape(value)}" spellcheck="false">'
            )
            if control.accept:
                body += (
                    f'<label class="ab-file">Open a file instead (it stays on this device) '
                    f'<input type="file" data-file="{name}" accept="{escape(control.accept)}"></label>'
                )
    return f'<div class="ab-control ab-{control.kind}">{body}</div>\n'


def _position(control: Slider, value):
    """Where a logarithmic slider's handle stands, 0 to RANGE_STEPS. `element.js` has the inverse."""
    import math

    return round(RANGE_STEPS * math.log(value / control.min) / math.log(control.max / control.min))
