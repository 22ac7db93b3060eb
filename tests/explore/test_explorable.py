"""Explorables: found by name, safe against bad settings, the same under every host."""

from __future__ import annotations

import json
import math
import re
from functools import partial

import pytest

from awsbook.explore import ControlError, Sketch, Slider, Table, Text, View, everything, explorable, find, wire
from awsbook.explore.fragment import Fragment, _position
from awsbook.explore.view import _rounded

ALL = everything()
each = pytest.mark.parametrize("made", ALL, ids=[made.id for made in ALL])


def test_there_are_explorables():
    """The count behind every test here."""
    assert len(ALL) >= 1


def test_one_is_found_by_its_name():
    assert find("ebs.gp2_burst").title


@pytest.mark.parametrize(("id", "said"), [("moon.x", "moon"), ("ebs.nothing", "gp2_burst")])
def test_an_unknown_name_lists_what_there_is(id, said):
    with pytest.raises(ControlError, match=said):
        find(id)


def test_an_unknown_control_lists_what_there_is():
    with pytest.raises(ControlError, match="size_gib"):
        find("ebs.gp2_burst")(colour="red")


def test_a_default_outside_its_bounds_fails_at_import():
    with pytest.raises(ControlError):
        explorable("x", n=Slider("n", 5, min=6, max=7))(lambda n: None)


def test_controls_that_are_not_the_parameters_fail_at_import():
    with pytest.raises(TypeError):
        explorable("x", n=Slider("n", 6, min=6, max=7))(lambda m: None)


@each
def test_a_view_has_words_a_figure_and_a_table(made):
    view = made()
    assert view.sentence.strip().endswith((".", "!", "?"))
    assert view.figure.get("svg") or view.figure["data"]
    assert view.table.rows
    assert json.loads(view.json()) == view.plain()


@each
def test_goals_keep_their_order_and_their_words(made):
    """The page ticks them by place."""
    first = [goal.text for goal in made().goals]
    for name, control in made.controls.items():
        if control.kind == "slider":
            for value in (control.min, control.max):
                assert [goal.text for goal in made(**{name: value}).goals] == first


@each
def test_the_fragment_is_whole_without_a_script(made):
    html = Fragment(made, made.defaults).html()
    assert html.count("data-explorable=") == 1
    assert "<table>" in html
    assert "<svg" in html
    assert "disabled" in html
    spec = re.search(r'class="ab-spec">(.*?)</script>', html, re.S).group(1)
    assert json.loads(spec)["start"] == made.defaults
    assert "<" not in spec


@each
def test_the_fragment_names_every_control(made):
    html = Fragment(made, made.defaults).html()
    for name in made.controls:
        assert f'id="{made.id}-{name}"' in html


def test_a_number_that_is_not_finite_never_reaches_a_page():
    view = View({"data": [{"y": [math.inf]}]}, "x.", Table(("a",), (("1",),)))
    with pytest.raises(ValueError, match="inf"):
        view.json()


def test_rounding_keeps_six_digits():
    assert _rounded({"x": (1 / 3, 12345678, "a")}) == {"x": [0.333333, 12345678, "a"]}


def test_a_table_refuses_a_ragged_row():
    with pytest.raises(ValueError, match="cells"):
        Table(("a", "b"), (("1",),))


def test_a_cell_that_is_no_text_is_named():
    """It would fail in the page's fragment, which knows neither row nor column."""
    with pytest.raises(TypeError, match="3 under 'b' in row"):
        Table(("a", "b"), (("1", 3),))


def test_a_logarithmic_handle_runs_from_end_to_end():
    slider = Slider("x", 10, min=1, max=1000, log=True)
    assert [_position(slider, v) for v in (1, 1000)] == [0, 1000]
    assert _position(slider, 10) == 333


def slow(n):
    for i in range(n):
        yield i / n
    return View({"svg": "<svg></svg>", "height": 10}, f"{n} parts.", Table(("n",), ((str(n),),)))


def test_a_long_answer_comes_in_parts_and_can_be_left():
    """A host that asks for it gets the share done; a plain call waits for the end."""
    made = explorable("x", n=Slider("n", 3, min=1, max=9))(slow)
    assert list(made.run(n=4)) == [0, 0.25, 0.5, 0.75]
    assert made(n=4).sentence == "4 parts."


def test_a_slice_of_work_says_how_far_it_came(monkeypatch):
    made = explorable("x", n=Slider("n", 3, min=1, max=9))(slow)
    monkeypatch.setattr(wire, "find", lambda id: made)
    run = wire.Run("any", '{"n": 2}', 640)
    assert [json.loads(run.go(0)) for _ in range(2)] == [{"progress": 0}, {"progress": 0.5}]
    assert json.loads(run.go(0))["view"]["sentence"] == "2 parts."


def test_a_slice_of_work_shows_what_is_known_by_then(monkeypatch):
    def growing(n):
        def shown(i):
            return View({"svg": f"<svg>{i}</svg>", "height": 10}, f"{i} parts.", Table(("n",), ((str(i),),)))

        for i in range(n):
            yield Sketch(i / n, partial(shown, i))
            yield (i + 0.5) / n
        return shown(n)

    made = explorable("x", n=Slider("n", 3, min=1, max=9))(growing)
    monkeypatch.setattr(wire, "find", lambda id: made)
    run = wire.Run("any", '{"n": 2}', 640)
    heard = [json.loads(run.go(0)) for _ in range(5)]
    assert [one.get("progress") for one in heard] == [0, 0.25, 0.5, 0.75, None]
    assert [one["view"]["sentence"] for one in heard if "view" in one] == ["0 parts.", "1 parts.", "2 parts."]
    assert heard[0]["drawn"] == ""  # a picture is drawn already


def test_a_rehearsal_begins_many_settings_and_ends_none(monkeypatch):
    seen, ended = [], []

    def watched(n, m):
        seen.append((n, m))
        yield 0.5
        ended.append(n)
        return View({"svg": "<svg></svg>", "height": 10}, f"{n}.", Table(("n",), ((str(n),),)))

    made = explorable("x", n=Slider("n", 3, min=1, max=9), m=Slider("m", 3.0, min=0.1, max=100.0, step=0.1, log=True))(
        watched
    )
    monkeypatch.setattr(wire, "find", lambda id: made)
    for number in range(1, 21):
        wire.rehearse("any", number, 640)
    assert not ended
    assert {n for n, _ in seen} == set(range(1, 10))
    assert len({m for _, m in seen}) > 15


def test_an_error_says_which_control_and_which_line(monkeypatch):
    def judged(policy):
        raise ControlError("line 3: no such effect", control="policy", line=3)

    made = explorable(
        "x", policy=Text("Policy", "{}", max_chars=10, rows=4, lines=True), n=Slider("n", 1, min=1, max=2)
    )(lambda policy, n: judged(policy))
    monkeypatch.setattr(wire, "find", lambda id: made)
    assert json.loads(wire.answer("any", "{}")) == {"error": "line 3: no such effect", "control": "policy", "line": 3}
    assert json.loads(wire.answer("any", '{"n": 7}'))["control"] == "n"
