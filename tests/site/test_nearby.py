import json

from hypothesis import given
from hypothesis import strategies as st

from awsbook.explore import Choice, ControlError, Slider, Steps, Table, Text, Toggle, View, explorable, figure, find
from awsbook.explore.fragment import Fragment
from awsbook.site.nearby import POSITIONS, POSITIONS_IF_SLOW, answers, on_page, values


def view(sentence):
    return View(figure.picture([figure.words(5, 20, sentence)], 60), sentence, Table(("What",), ((sentence,),)))


@explorable("Sum", a=Slider("A", 4, min=0, max=10), b=Slider("B", 2, min=0, max=10))
def total(a, b):
    if a == 7:
        raise ControlError("a: seven is refused")
    return view(f"{a} and {b}")


@explorable("Long", a=Slider("A", 0, min=0, max=1000))
def slow(a):
    yield 0.5
    return view(f"{a}")


def test_the_first_answer_is_the_start_and_each_other_changes_one_control():
    made = answers(total, {"a": 3, "b": 9})
    assert made[0] == {"control": "", "value": "", "view": total(a=3, b=9).plain(), "drawn": ""}
    assert {(one["control"], one["value"]) for one in made[1:]} == (
        {("a", a) for a in range(11)} | {("b", b) for b in range(11)}
    ) - {("a", 3), ("b", 9), ("a", 7)}
    assert next(one for one in made if one["value"] == 5)["view"]["sentence"] == "5 and 9"


def test_a_slow_view_is_asked_less_often():
    assert len(answers(slow, slow.defaults)) == POSITIONS_IF_SLOW


@given(st.integers(1, 500), st.integers(1, 10_000), st.integers(1, 50), st.booleans())
def test_a_slider_has_answers_at_both_ends_and_on_its_grid(low, span, step, log):
    slider = Slider("A", low, min=low, max=low + span, step=step, log=log)
    found = values(slider, low)
    assert found[0] == low
    assert found[-1] == slider.parse(low + span, "")
    assert found == sorted(set(found))
    assert len(found) <= POSITIONS
    assert all(slider.parse(value, "") == value for value in found)


def test_choices_toggles_and_steps_have_all_their_next_values_and_a_text_has_none():
    assert values(Choice("C", "a", {"a": "A", "b": "B"}), "a") == ["a", "b"]
    assert values(Toggle("T", True), True) == [True, False]
    steps = Steps("S", "x", {"x": "X", "y": "Y"}, max_steps=2)
    assert values(steps, "x") == ["", "x x", "x y"]
    assert values(steps, "x y") == ["x"]
    assert values(steps, "") == ["x", "y"]
    assert values(Text("T", "a", max_chars=5), "a") == []


def test_explorables_and_their_starts_are_read_from_a_built_page():
    burst = find("ebs.gp2_burst")
    start = {**burst.defaults, "size_gib": 250}
    html = f"<p>before</p>{Fragment(burst, start).html()}{Fragment(total, total.defaults).html()}"
    assert on_page(html) == {burst.id: start, total.id: total.defaults}


def test_an_answer_says_what_the_page_would_get_from_python():
    burst = find("ebs.gp2_burst")
    for one in answers(burst, burst.defaults)[1:]:
        assert json.loads(burst(**{one["control"]: one["value"]}).json()) == json.loads(json.dumps(one["view"]))
