"""The front in Jupyter: every explorable is shown, every control answers, and mistakes are told in words."""

from __future__ import annotations

import pytest
from plotly.graph_objects import FigureWidget

from awsbook.explore import (
    Choice,
    ControlError,
    Explorable,
    Goal,
    Slider,
    Steps,
    Table,
    Text,
    Toggle,
    View,
    everything,
    explore,
    figure,
    find,
)
from awsbook.explore.jupyter import Board, Fit, widget

ALL = everything()
each = pytest.mark.parametrize("made", ALL, ids=[made.id for made in ALL])


def test_there_are_explorables():
    """The count behind every test here."""
    assert len(ALL) >= 1


def others(control):
    """Values unlike the default, in the order to try."""
    match control:
        case Slider():
            middle = control.parse((control.min + control.max) / 2, "n")
            return [v for v in (control.max, control.min, middle) if v != control.value]
        case Choice():
            return [v for v in control.options if v != control.value]
        case Toggle():
            return [not control.value]
        case Text():
            return [control.value + " "]
        case Steps():
            return [f"{control.value} {action}".strip() for action in control.options]


def trace_count(view):
    """How many traces a chart has; 1 for a picture."""
    return len(view.figure["data"]) if "data" in view.figure else 1


def traces(board):
    """The same of what is shown."""
    return len(board.figure.data) if isinstance(board.figure, FigureWidget) else 1


def shown(board):
    shown = board.figure.to_json() if isinstance(board.figure, FigureWidget) else board.figure.value
    return shown, board.sentence.value, board.goals.value, board.table.value


@each
def test_it_is_shown_in_the_state_it_starts_from(made):
    board = explore(made)
    view = made()
    assert isinstance(board, Board)
    assert trace_count(view) == traces(board)
    assert view.sentence in repr(board)
    assert len(view.table.rows) == board.table.value.count("<tr>") - 1
    assert len(view.goals) == board.goals.value.count("<li>")
    assert board.message.value == ""


@each
def test_every_control_moves_what_is_seen(made):
    """As on the page: a control may need company to matter, so it is enough that one value elsewhere shows it."""
    for name, control in made.controls.items():
        board = widget(made, {})
        before, changed = shown(board), False
        for value in others(control):
            board.inputs[name].put(value)
            assert "<pre" not in board.message.value, board.message.value
            expected = made(**{name: value})
            assert trace_count(expected) == traces(board)
            assert expected.sentence == board.view.sentence
            changed |= shown(board) != before
        if not isinstance(control, Text):
            assert changed or name_is_alive_elsewhere(made, name), f"{made.id}.{name} changes nothing"


def name_is_alive_elsewhere(made, name):
    """Whether the control shows in the company of another control's other value."""
    for other, control in made.controls.items():
        if other == name:
            continue
        for value in others(control):
            try:
                seen = {made(**{other: value, name: v}).json() for v in others(made.controls[name])}
                seen.add(made(**{other: value}).json())
            except ControlError:
                continue
            if len(seen) > 1:
                return True
    return False


@each
def test_a_value_out_of_bounds_is_refused_by_name(made):
    for name, control in made.controls.items():
        if isinstance(control, Slider):
            with pytest.raises(ControlError) as refused:
                explore(made, **{name: control.max + 1})
            assert name in str(refused.value)
            assert str(control.max + 1) in str(refused.value)
            assert f"{control.max:,}" in str(refused.value)


@each
def test_reset_brings_the_start_back(made):
    board = widget(made, {})
    start = shown(board)[:2]
    for name, control in made.controls.items():
        board.inputs[name].put(others(control)[0])
    board.reset.click()
    assert made.defaults == {name: each.read() for name, each in board.inputs.items()}
    assert made().sentence == board.view.sentence
    assert start[1] == board.sentence.value


def test_a_start_is_kept_and_reset_returns_to_it():
    board = explore(find("ebs.gp2_burst"), size_gib=500)
    assert board.inputs["size_gib"].read() == 500
    board.inputs["size_gib"].put(900)
    board.reset.click()
    assert board.inputs["size_gib"].read() == 500


def test_a_typed_number_between_two_steps_says_then_what_was_answered():
    """The page's number does the same; a number beside a figure of another one would be a lie."""
    board = explore(find("sqs.visibility"))
    board.inputs["timeout"].field.value = 33
    assert board.inputs["timeout"].read() == 35
    assert board.view.sentence == find("sqs.visibility")(timeout=35).sentence


def test_reset_stops_play():
    board, heard = explore(find("sqs.visibility")), []
    board.inputs["time"].field.send = heard.append
    board.reset.click()
    assert heard == [{"stop": True}]


def test_a_typed_number_out_of_bounds_is_told_and_the_figure_stays():
    board = explore(find("ebs.gp2_burst"))
    before = shown(board)
    board.inputs["size_gib"].field.value = 10**9
    assert "outside its bounds" in board.message.value
    assert "size_gib" in board.message.value
    assert before == shown(board)
    board.inputs["size_gib"].field.value = 5
    assert board.message.value == ""
    assert before != shown(board)


def drawn(ratio, lines, kind, marks, numbers):
    if numbers == "fault":
        raise ZeroDivisionError("a fault of ours")
    try:
        y = [ratio * float(word) for word in numbers.split()]
    except ValueError as error:
        raise ControlError(f"numbers: {error}") from None
    make = figure.line if kind == "line" else figure.bars
    traces = [make(f"{i}", range(len(y)), y, series=i + 1) for i in range(lines)]
    return View(
        figure.chart(traces, "x", "y", marks=[figure.level(1, "one")] if marks else ()),
        f"{lines} <lines>.",
        Table(("a<b",), (("<script>",),)),
        (Goal("Draw <two>", lines == 2),),
    )


bench = Explorable(
    "bench",
    "bench",
    "A <test> bench",
    {
        "ratio": Slider("Ratio", 1.0, min=0.01, max=100.0, step=0.01, log=True),
        "lines": Slider("Lines", 1, min=0, max=4),
        "kind": Choice("Kind", "line", {"line": "Lines", "bar": "Bars"}),
        "marks": Toggle("Marks", False),
        "numbers": Text("Numbers", "1 2 3", 40, rows=3, accept=".txt"),
    },
    drawn,
)


def test_words_and_cells_are_escaped():
    board = widget(bench, {})
    for html in (board.sentence.value, board.goals.value, board.table.value):
        assert not {"<lines>", "<two>", "<script>", "a<b"} & {
            w for w in ("<lines>", "<two>", "<script>", "a<b") if w in html
        }


def test_a_bad_text_is_told_and_the_last_good_figure_stays():
    board = widget(bench, {})
    before = shown(board)
    board.inputs["numbers"].put("1 <b> 3")
    assert "could not convert" in board.message.value
    assert "<b>" not in board.message.value
    assert before == shown(board)
    board.inputs["numbers"].put("4 5")
    assert board.message.value == ""
    assert list(board.figure.data[0].y) == [4, 5]


def test_a_screen_reader_is_told_the_sentence_that_is_shown():
    board = widget(bench, {})
    board.inputs["lines"].put(3)
    assert board.spoken.sentence == board.view.sentence == "3 <lines>."


def test_the_lines_that_decided_are_shown_with_their_numbers():
    """The page marks them beside the text, where ipywidgets has no place."""
    text = Text("Rules", "first <b>\nsecond\nthird", 99, rows=3, lines=True)

    def decide(lines, rules):
        decided = {"rules": (lines, 2)} if lines else {}
        return View(figure.chart([], "x", "y"), "s", Table(("a",), (("1",),)), lines=decided)

    controls = {"lines": Slider("Lines", 1, min=0, max=2), "rules": text}
    board = widget(Explorable("bench", "decide", "Decide", controls, decide), {})
    marked = board.inputs["rules"].marked
    both = "<pre style='margin:0'>1  first &lt;b&gt;\n2  second</pre>"
    assert marked.value == f"<div>Marked: lines 1 to 2{both}</div>"
    board.inputs["lines"].put(2)
    assert marked.value == "<div>Marked: line 2<pre style='margin:0'>2  second</pre></div>"
    board.inputs["lines"].put(0)
    assert marked.value == ""


def test_a_fault_of_ours_is_shown_in_full():
    board = widget(bench, {})
    board.inputs["numbers"].put("fault")
    assert "ZeroDivisionError: a fault of ours" in board.message.value
    assert "Traceback" in board.message.value


def test_a_fault_at_the_start_is_raised():
    with pytest.raises(ZeroDivisionError):
        widget(bench, {"numbers": "fault"})


def test_a_file_is_read_into_the_text_and_a_wrong_one_is_told():
    board = widget(bench, {})
    text = board.inputs["numbers"]

    def opened(content):
        text._opened(
            ({"name": "n.txt", "content": memoryview(content)},), lambda words: setattr(board.message, "value", words)
        )

    opened(b"7 8")
    assert text.read() == "7 8"
    assert list(board.figure.data[0].y) == [7, 8]
    opened(b"\xff\xfe")
    assert "n.txt is not a text" in board.message.value
    opened(b"1 " * 40)
    assert "80 characters" in board.message.value
    assert text.read() == "7 8"


def test_traces_come_and_go_and_change_their_kind():
    board = widget(bench, {})
    for lines in (4, 0, 2, 1, 3):
        board.inputs["lines"].put(lines)
        assert [str(i) for i in range(lines)] == [trace.name for trace in board.figure.data]
    board.inputs["kind"].put("bar")
    assert {"bar"} == {trace.type for trace in board.figure.data}
    board.inputs["kind"].put("line")
    assert {"scatter"} == {trace.type for trace in board.figure.data}


def test_marks_that_a_view_leaves_away_go():
    board = widget(bench, {})
    board.inputs["marks"].put(True)
    assert len(board.figure.layout.shapes) == 1
    board.inputs["marks"].put(False)
    assert len(board.figure.layout.shapes) == 0


def test_a_goal_once_met_stays_ticked():
    board = widget(bench, {})
    assert "☐" in board.goals.value
    board.inputs["lines"].put(2)
    board.inputs["lines"].put(3)
    assert "☑" in board.goals.value
    board.reset.click()
    assert "☑" in board.goals.value


def test_colours_are_the_light_theme_s_not_tokens():
    """A token that reached Plotly would be refused."""
    assert figure.LIGHT["@1"] == widget(bench, {}).figure.data[0].line.color


def test_text_that_looks_like_a_token_or_a_link_stays_text():
    """Plotly reads HTML, and a reader's own keys can be anything."""
    keys = ["@1", '<a href="x">&']
    drawn = figure.for_plotly(figure.chart([figure.points("keys", [1, 2], [1, 2], text=keys)], "", ""), figure.LIGHT)
    assert drawn["data"][0]["text"] == ["@1", '&lt;a href="x">&amp;']
    assert drawn["data"][0]["marker"]["color"] == figure.LIGHT["@1"]


def test_steps_are_taken_and_taken_back():
    from awsbook.explore import Steps, Table, View, explorable

    @explorable("x", steps=Steps("Do", "a", {"a": "Do A", "b": "Do B"}, max_steps=2))
    def done(steps):
        return View({"svg": f"<svg>{steps}</svg>", "height": 10}, f"Did {steps}.", Table(("Steps",), ((steps,),)))

    board = widget(done, {})
    given = board.inputs["steps"]
    *actions, undo = given.box.children[1].children
    actions[1].click()
    assert board.view.sentence == "Did a b."
    assert "<svg>a b</svg>" in board.figure.value
    actions[0].click()
    assert board.view.sentence == "Did a b."  # no more than max_steps
    assert "it takes 2 steps" in board.message.value
    undo.click()
    assert board.message.value == ""
    undo.click()
    assert board.view.sentence == "Did ."
    undo.click()
    assert "no step to undo" in board.message.value


@each
def test_without_widgets_all_is_said_as_text_and_as_html(made):
    """ipywidgets' own text ends after 110 characters; nbconvert and GitHub have nothing else to show."""
    board = explore(made)
    bundle = board._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    for cell in made().table.rows[-1]:
        assert cell in bundle["text/plain"]
    assert made().sentence in bundle["text/plain"]
    # a chart's drawing is for a page of its own: nbconvert's style sheet drew its lines outside the axes
    assert ("<svg" in bundle["text/html"]) == ("svg" in made().figure)
    assert ("&lt;svg" in bundle["text/html"]) == ("data" in made().figure)
    assert board.table.value in bundle["text/html"]
    assert "var(--ab-1" not in bundle["text/html"]
    assert len(bundle["text/html"]) < 20_000


def test_a_question_is_not_ended_twice():
    assert repr(explore(find("placement-groups.flows"))).startswith("How many flows fill the line? With")


def test_a_view_and_an_explorable_are_printed_in_words():
    from IPython.lib.pretty import pretty

    made = find("ebs.gp2_burst")
    assert pretty(made()).startswith(made().sentence)
    assert made().goals[0].text in pretty(made())
    assert "size_gib" in pretty(made)
    assert len(pretty(find("launch-types.spot_history"))) < 200


def test_what_is_no_explorable_is_told():
    for wrong in ("ebs.gp2_burst", None, find("ebs.gp2_burst")()):
        with pytest.raises(TypeError, match="explore takes an explorable"):
            explore(wrong)
    with pytest.raises(TypeError, match="by name: size_gib="):
        find("ebs.gp2_burst")(100)


def test_every_field_has_a_name_and_no_name_is_cut():
    """The name stands in the widget itself, where its label is for the field; ipywidgets cuts at 300 px."""
    for made in ALL:
        for name, given in explore(made).inputs.items():
            control = made.controls[name]
            if isinstance(control, Slider):
                assert given.field.control["label"] == control.label
            elif not isinstance(control, Steps):
                assert given.field.description == control.label
                assert given.field.layout.width in ("max-content", "95%")


def test_a_chart_hears_when_its_place_changes():
    board = explore(find("ebs.gp2_burst"))
    assert board.figure._config["responsive"] is True
    assert any(isinstance(child, Fit) for child in board.children)
