"""An explorable in Jupyter: ipywidgets controls above a live Plotly figure, answered by this kernel.

Imported only when an explorable is shown, so that views and models need neither ipywidgets nor Plotly.
"""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from html import escape
from pathlib import Path

import anywidget
import ipywidgets as widgets
import traitlets
from plotly import graph_objects as go

from .controls import Choice, ControlError, Slider, Steps, Text, Toggle, describe
from .explorable import Explorable
from .figure import LIGHT, for_plotly
from .picture import painted
from .poster import poster
from .scripts import joined
from .view import Goal, Sketch, Table

_HERE = Path(__file__).parent
_PAPER = "padding:4px;background:#fff;color:#1c1c1c;--ab-grid:#dfe3e8"
FONT_PX = 13  # as on the page
# what a narrow window would cut is wrapped, or can be scrolled
_STYLE = """
.awsbook-board .widget-checkbox, .awsbook-board .widget-checkbox .widget-label-basic {
  height: auto; white-space: normal; line-height: 1.5 }
.awsbook-board .widget-html-content { line-height: 1.5; overflow-x: auto }
.awsbook-spoken { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%) }
"""
_FULL = {"width": "max-content", "max_width": "100%"}  # ipywidgets cuts what needs more than 300 px
_WIDE = {"description_width": "initial"}  # labels are read in full, not cut to ipywidgets' 80 px


def widget(view: Explorable, start: dict) -> Board:
    """The explorable's controls, figure, sentence, goals and table, starting from `start` (defaults elsewhere).

    ControlError if a value in `start` is unknown or out of bounds.
    """
    return Board(view, view.parse(start))


class Board(widgets.VBox):
    """What is shown. inputs: {name: Input}; figure: the FigureWidget; the rest are HTML widgets.

    A setting that the explorable does not take is answered in words, and the last good figure stays.
    """

    def __init__(self, made: Explorable, start: dict):
        self.made, self.start = made, start
        self.view = made(**start)
        self.met: set[int] = set()  # a goal once met stays met
        self._quiet = False
        self.inputs = {name: make_input(made.controls[name], start[name], self.update, self.complain) for name in start}
        self.figure = _drawing(self.view.figure)
        self.message, self.sentence, self.goals, self.table = (widgets.HTML() for _ in range(4))
        self.spoken = Spoken(layout={"height": "0", "margin": "0"})
        self.reset = widgets.Button(description="Reset", tooltip="Back to the values at the start")
        self.reset.on_click(lambda _button: self.put(self.start))
        self._tell()
        title = widgets.HTML(f"<style>{_STYLE}</style><b>{escape(made.title)}</b>")
        rows = [each.box for each in self.inputs.values()]
        drawn = [self.figure, Fit()] if isinstance(self.figure, go.FigureWidget) else [self.figure]
        words = [self.sentence, self.spoken, self.goals, self.table]
        super().__init__([title, *rows, self.message, *drawn, *words, self.reset])
        self.add_class("awsbook-board")

    def __repr__(self):
        title = self.made.title
        return f"{title}{'' if title.endswith('?') else '.'} {self.view.sentence}"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and the same as HTML and as text, for where there are none: nbconvert, GitHub, a terminal."""
        plain = "\n".join([repr(self), self.view.table.text(), *map(str, self.view.goals)])
        # ipywidgets would cut the text to 110 characters
        return (super()._repr_mimebundle_(**kwargs) or {}) | {"text/plain": plain, "text/html": _still(self)}

    def put(self, values: dict):
        """Sets several controls and answers once."""
        with self._held():
            for name, value in values.items():
                self.inputs[name].put(value)
        self.update()

    def update(self, _change=None):
        """Answers the setting that the controls show now."""
        if self._quiet:
            return
        try:
            setting = self.made.parse({name: each.read() for name, each in self.inputs.items()})
            view = self._answer(setting)
        except ControlError as error:
            self.complain(str(error))
            return
        except KeyboardInterrupt:
            self.message.value = "<p role='alert'>Stopped. The figure shows the last result.</p>"
            return
        except Exception:
            # a fault of ours, not of the reader's setting: all of it is shown, as a cell would
            self.message.value = f"<pre role='alert'>⚠ {escape(traceback.format_exc())}</pre>"
            return
        with self._held():
            for name, each in self.inputs.items():
                each.follow(setting[name])
        self.message.value = ""
        self.view = view
        if isinstance(self.figure, go.FigureWidget):
            _redraw(self.figure, _plotly(view.figure))
        else:
            self.figure.value = _svg(view.figure)
        self._tell()

    def complain(self, words: str):
        """Says why what the reader did is not shown."""
        self.message.value = f"<p role='alert'>⚠ {escape(words)}</p>"

    def _answer(self, setting):
        """The view, with its progress shown where it takes long; "interrupt the kernel" stops it."""
        run = self.made.run(**setting)
        while True:
            try:
                came = next(run)
            except StopIteration as end:
                return end.value
            share = came.share if isinstance(came, Sketch) else came
            self.message.value = f"<p><progress value='{share:.3f}'></progress> {100 * share:.0f} %</p>"

    def _tell(self):
        self.met |= {i for i, goal in enumerate(self.view.goals) if goal.met}
        self.sentence.value = f"<p>{escape(self.view.sentence)}</p>"
        self.spoken.sentence = self.view.sentence
        self.goals.value = _goals(self.view.goals, self.met)
        self.table.value = _table(self.view.table)
        for name, each in self.inputs.items():
            each.mark(self.view.lines.get(name))

    @contextmanager
    def _held(self):
        """While it lasts, controls may be set without an answer to each."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


# ---- controls


class Input:
    """One control's widgets. box: what is shown; field: the widget whose value counts."""

    def __init__(self, field, changed):
        self.field = self.box = field
        field.observe(changed, "value")

    def read(self):
        return self.field.value

    def put(self, value):
        self.field.value = value

    def follow(self, value):
        """Called with the value that was taken, for widgets that show it a second time."""

    def mark(self, lines):
        """Called with the (first, last) line of its text that decided, or None, for widgets that show them."""


class Slide(anywidget.AnyWidget):
    """A handle for the hand and beside it a number for the exact value, and Play where the control has it."""

    _esm = joined(_HERE / "slide.js")
    _css = _HERE / "slide.css"
    control = traitlets.Dict().tag(sync=True)
    value = traitlets.Any().tag(sync=True)

    def stop(self):
        """Play, if it runs, stops in every front end."""
        self.send({"stop": True})


class Fit(anywidget.AnyWidget):
    """Lets the chart beside it be as wide as its place."""

    _esm = joined(_HERE / "fit.js")


class Spoken(anywidget.AnyWidget):
    """The sentence, read out by a screen reader when it has changed."""

    _esm = joined(_HERE / "spoken.js")
    sentence = traitlets.Unicode().tag(sync=True)


class SliderInput(Input):
    """A slider. Its number says what was answered; one that is refused stays, and so does the reason."""

    def __init__(self, control, value, changed):
        super().__init__(Slide(control=describe(control), value=value), changed)

    def put(self, value):
        self.field.stop()
        super().put(value)

    def follow(self, value):
        self.field.value = value


class TextInput(Input):
    """A text, and where the control accepts files a button that reads one into it."""

    def __init__(self, control, value, changed, complain):
        kind = widgets.Textarea if control.rows > 1 else widgets.Text
        more = {"rows": control.rows} if control.rows > 1 else {}
        # answered when the reader leaves the field: a half-typed text would only be complained about
        above = {"width": "95%", "height": "auto", "flex_flow": "column", "align_items": "flex-start"}
        named = {"description": control.label, "style": {"description_width": "auto"}}
        field = kind(value, continuous_update=False, layout=above, **named, **more)
        super().__init__(field, changed)
        self.control = control
        parts = [field]
        if control.accept:
            self.upload = widgets.FileUpload(accept=control.accept, multiple=False, description="Open a file")
            self.upload.observe(lambda change: self._opened(change["new"], complain), "value")
            parts.append(self.upload)
        if control.lines:
            self.marked = widgets.HTML()
            parts.append(self.marked)
        self.box = widgets.VBox(parts)

    def mark(self, lines):
        if self.control.lines:
            self.marked.value = _marked(self.field.value, lines) if lines else ""

    def _opened(self, files, complain):
        if not files:
            return
        try:
            text = bytes(files[0]["content"]).decode()
            self.field.value = self.control.parse(text, files[0]["name"])
        except UnicodeDecodeError:
            complain(f"{files[0]['name']} is not a text in UTF-8")
        except ControlError as error:
            complain(str(error))


class StepsInput(Input):
    """A button an action, one that takes the last step back, and the list of steps. The hidden text counts."""

    def __init__(self, control, value, changed, complain):
        super().__init__(widgets.Text(value), changed)
        self.control, self.complain = control, complain
        self.list = widgets.HTML()
        buttons = [self._button(said, lambda taken, a=action: [*taken, a]) for action, said in control.options.items()]
        undo = self._button("Undo", lambda taken: taken[:-1])
        row = widgets.HBox([*buttons, undo], layout={"flex_flow": "row wrap"})
        self.box = widgets.VBox([widgets.Label(control.label), row, self.list])
        self.field.observe(lambda _change: self._tell(), "value")
        self._tell()

    def _button(self, said, change):
        button = widgets.Button(description=said, layout={"width": "auto"})
        button.on_click(lambda _button: self._do(change))
        return button

    def _do(self, change):
        before = self.field.value.split()
        taken = change(before)
        if len(taken) > self.control.max_steps:
            self.complain(f"{self.control.label}: it takes {self.control.max_steps} steps; undo one first")
        elif taken == before:
            self.complain(f"{self.control.label}: there is no step to undo")
        else:
            self.field.value = " ".join(taken)

    def _tell(self):
        items = "".join(f"<li>{escape(self.control.options[step])}</li>" for step in self.field.value.split())
        self.list.value = f"<ol aria-label='Steps taken'>{items}</ol>"


def make_input(control, value, changed, complain):
    """The widgets for a control. changed: called when the reader changes it; complain: with words, if that fails."""
    match control:
        case Slider():
            return SliderInput(control, value, changed)
        case Choice():
            options = [(text, key) for key, text in control.options.items()]
            named = {"description": control.label, "style": _WIDE, "layout": _FULL}
            return Input(widgets.Dropdown(options=options, value=value, **named), changed)
        case Toggle():
            return Input(
                widgets.Checkbox(value, description=control.label, indent=False, style=_WIDE, layout=_FULL), changed
            )
        case Text():
            return TextInput(control, value, changed, complain)
        case Steps():
            return StepsInput(control, value, changed, complain)
    raise TypeError(f"{control!r} has no widget")


# ---- figure and words


def _drawing(figure):
    """The widget that shows a figure: Plotly's for a chart, HTML for a picture."""
    if "svg" in figure:
        return widgets.HTML(_svg(figure))
    made = go.FigureWidget(_plotly(figure))
    made._config = made._config | {"responsive": True}  # `Fit` tells it when
    return made


def _svg(figure):
    # on white in a dark theme too, as a chart is: the colours are those that can be read there
    return f"<div style='min-width:20em;{_PAPER}'>{painted(figure['svg'], LIGHT)}</div>"


def _still(board):
    """What is shown now, without controls."""
    figure = board.view.figure
    return f"<p><b>{escape(board.made.title)}</b></p>{_svg(figure) if 'svg' in figure else _framed(board)}" + (
        f"{board.sentence.value}{board.goals.value}{board.table.value}"
    )


def _framed(board):
    """A chart in a frame of its own: nbconvert's style sheet gives SVG another height, and lines left the axes."""
    drawn = painted(poster(board.view.plain()["figure"], repr(board)), LIGHT)
    page = f"<body style='margin:0;font-family:sans-serif;{_PAPER}'>{drawn}"
    height = board.view.figure["layout"]["height"] + 16
    return (
        f"<iframe title='{escape(board.made.title)}' sandbox srcdoc='{escape(page)}' "
        f"style='width:100%;max-width:700px;height:{height}px;border:0'></iframe>"
    )


def _plotly(figure):
    """The figure in Plotly's own plain look and our light colours; lists that a view leaves away are emptied."""
    layout = {"shapes": [], "annotations": [], **figure["layout"], "template": "none", "font": {"size": FONT_PX}}
    for axis in ("xaxis", "yaxis"):
        layout[axis] = {"gridcolor": "#dfe3e8", "zerolinecolor": "#dfe3e8", "linecolor": "#dfe3e8", **layout[axis]}
    return for_plotly({"data": list(figure["data"]), "layout": layout}, LIGHT)


def _redraw(shown, figure):
    """Changes what differs, in place: zoom and a running drag survive. The number of traces may change."""
    same = 0
    for old, new in zip(shown.data, figure["data"], strict=False):
        if set(old.to_plotly_json()) - {"uid"} != set(new):
            break  # another kind of trace: it and those after it are made anew
        same += 1
    with shown.batch_update():
        for old, new in zip(shown.data[:same], figure["data"], strict=False):
            old.update(new, overwrite=True)
        shown.layout.update(figure["layout"], overwrite=True)
    if len(shown.data) > same:
        shown.data = shown.data[:same]
    if len(figure["data"]) > same:
        shown.add_traces(figure["data"][same:])


def _goals(goals: tuple[Goal, ...], met: set[int]):
    items = "".join(
        f"<li>{'☑' if i in met else '☐'} {escape(goal.text)}{' (reached)' if i in met else ''}</li>"
        for i, goal in enumerate(goals)
    )
    return f"<ul aria-label='Goals' style='list-style:none;padding-left:0'>{items}</ul>" if items else ""


def _marked(text, lines):
    """Lines of a text with their numbers, which ipywidgets' field has not."""
    first, last = lines
    shown = "\n".join(f"{i}  {line}" for i, line in enumerate(text.split("\n"), 1) if first <= i <= last)
    which = f"line {first}" if first == last else f"lines {first} to {last}"
    return f"<div>Marked: {which}<pre style='margin:0'>{escape(shown)}</pre></div>"


def _table(table: Table):
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in table.header)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
