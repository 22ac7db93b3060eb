"""What holds for every explorable of the book: alive, finite, of a page's size, and its words true to its table."""

import json
import re
from inspect import isgeneratorfunction

import pytest

from awsbook.explore import Sketch, Slider, everything

from .settings import settings, values

ALL = everything()
each = pytest.mark.parametrize("made", ALL, ids=[made.id for made in ALL])
PAGE_SIZE = 20_000  # characters of JSON: what a redraw sends through the worker


def tried(control):
    """Values from which at least one must change what the reader sees."""
    yield from values(control)
    if isinstance(control, Slider):
        for i in range(1, 8):
            yield control.parse(control.min + i * (control.max - control.min) / 8, "x")


@each
def test_every_control_changes_something_from_the_start(made):
    start = made().json()
    dead = [
        name
        for name, control in made.controls.items()
        if control.kind != "text" and not any(made(**{name: value}).json() != start for value in tried(control))
    ]
    assert not dead


@each
def test_every_setting_gives_a_finite_view_of_a_page_s_size(made):
    texts = {name for name, control in made.controls.items() if control.kind == "text"}
    asked = [setting for setting in settings(made) if not texts & setting.keys()]
    assert asked
    for setting in asked:
        view = made(**setting)
        assert len(view.json()) < PAGE_SIZE, setting
        assert view.sentence.strip().endswith((".", "!", "?")), setting
        assert ("svg" in view.figure) == ("svg" in made().figure), setting  # a figure stays of its kind


@each
def test_goals_are_invitations_and_not_all_reached_at_the_start(made):
    goals = made().goals
    assert goals
    assert not all(goal.met for goal in goals)
    assert all(goal.text.split()[0].istitle() for goal in goals)


LONG = [made for made in ALL if isgeneratorfunction(made.function)]


@pytest.mark.parametrize("made", LONG, ids=[made.id for made in LONG])
def test_a_long_answer_is_sketched_at_once_in_words_that_differ_from_the_last(made):
    """A hand on the control sees something of its own setting within a frame, and that it is not all yet."""
    run = made.run(**{name: control.at(0.3) for name, control in made.controls.items() if isinstance(control, Slider)})
    first = next(run)
    assert isinstance(first, Sketch)
    sketches = [first.view(), *(came.view() for came in run if isinstance(came, Sketch))]
    assert len({sketch.sentence for sketch in sketches}) > 1
    for sketch in sketches:
        assert 0 < len(sketch.json()) < PAGE_SIZE
        assert sketch.plain()["figure"]["data"]


@each
def test_what_the_sentence_says_in_numbers_the_reader_finds_again(made):
    """In the table, in the figure's labels or on a control."""
    view = made()
    shown = json.dumps([view.plain()["table"], view.figure], ensure_ascii=False)
    shown += " ".join(f"{v:,} {v}" if isinstance(v, int | float) else str(v) for v in made.defaults.values())
    said = re.findall(r"\d[\d,]*(?:\.\d+)?", view.sentence)
    assert not [number for number in said if number.rstrip(",") not in shown]
