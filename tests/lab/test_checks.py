import json
import math
import signal
import threading
from fractions import Fraction

import numpy
import pytest

from awsbook.lab import Sandbox, checks
from awsbook.lab.checks import BLANK, RIGHT, WRONG, Exercise, compare, prove, same_as, whole
from awsbook.lab.throttle import Patience

needs_a_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer of real time")

DOUBLE = Exercise("double", lambda rng: [(rng.randrange(1, 100),) for _ in range(20)], same_as(lambda n: 2 * n))
SORTED = Exercise("sorted", lambda rng: [([3, 1, 2],)], same_as(sorted))


def test_a_right_answer_is_told_on_how_many_inputs(capsys):
    """The count shows that something was looked at."""
    DOUBLE.check(lambda n: n + n)
    assert capsys.readouterr().out == "double: right, on 20 hidden inputs\n"


def test_a_wrong_answer_gets_the_first_input_expected_and_got():
    """And the same one every time: the hidden inputs are seeded."""
    verdict = DOUBLE.verdict(lambda n: 2 * n if n < 50 else n)
    first = next(n for (n,) in DOUBLE.cases(__import__("random").Random(DOUBLE.seed)) if n >= 50)
    assert verdict.state == WRONG
    assert f"({first}" not in verdict.words
    assert f"{first}: expected {2 * first}, got {first}" in verdict.words
    assert verdict == DOUBLE.verdict(lambda n: 2 * n if n < 50 else n)


@pytest.mark.parametrize("blank", [..., NotImplemented, lambda n: ..., lambda n: NotImplemented])
def test_a_blank_answer_is_not_a_wrong_one(blank, capsys):
    """A notebook with nothing filled in runs to its end."""
    DOUBLE.check(blank)
    assert capsys.readouterr().out == "double: not answered yet\n"


def in_a_cell(text, name):
    """The function that a notebook's cell defines: its code has a file name of its own."""
    room = {"json": json}
    exec(compile(text, "<cell>", "exec"), room)
    return room[name]


TELL = "def tell(n):\n    return json.loads(f'{n}?')\n"
CRASHING = [
    ("def halve(n):\n    return n / 0", "ZeroDivisionError: division by zero (line 2 of halve)"),
    (
        f"{TELL}\ndef halve(n):\n    return tell(n)",
        "JSONDecodeError: Extra data: line 1 column 3 (char 2) (line 2 of tell)",
    ),
]


@pytest.mark.parametrize(("text", "words"), CRASHING)
def test_an_answer_that_raises_is_wrong_and_its_error_is_told(text, words):
    """With the last line that is the learner's own: not the library's that it calls."""
    verdict = DOUBLE.verdict(in_a_cell(text, "halve"))
    assert verdict.state == WRONG
    assert f"hidden input 1. It raised {words}. Its inputs: " in verdict.words


def test_an_answer_without_code_of_its_own_has_no_line():
    """A class or a builtin: a line of ours would mislead."""
    verdict = DOUBLE.verdict(len)
    assert verdict.words.startswith("double: not yet, at hidden input 1. It raised TypeError: object of type 'int'")
    assert "line" not in verdict.words


def test_inputs_that_the_answer_was_not_given_are_not_shown_as_its_own():
    """Where `ask` gives it something else."""
    exercise = Exercise("hidden", lambda rng: [("secret",)], lambda *_: "", ask=lambda answer, secret: answer(17))
    words = exercise.verdict(in_a_cell("def halve(n):\n    return n / 0", "halve")).words
    assert (
        words == "hidden: not yet, at hidden input 1. It raised ZeroDivisionError: division by zero (line 2 of halve)"
    )


TIRELESS = """
def halve(n):
    while True:
        try:
            patience.count_in_vain()
        except Exception:
            pass
"""


def test_an_answer_that_tries_for_ever_is_stopped_and_cannot_catch_that():
    """`except Exception` is what people write around a call that may be refused."""
    answer = in_a_cell(TIRELESS, "halve")
    answer.__globals__["patience"] = Patience(lambda: 0)
    verdict = DOUBLE.verdict(answer)
    assert verdict.state == WRONG
    assert "hidden input 1. It was stopped: 100 calls in the same instant" in verdict.words
    assert "nothing left (line 5 of halve)" in verdict.words


@needs_a_timer
def test_an_answer_that_does_not_come_back_is_stopped(monkeypatch):
    """Also on a clock that stands still; afterwards the signal is whose it was, and no timer runs."""
    monkeypatch.setattr(checks, "LIMIT_S", 0.2)
    before = signal.getsignal(signal.SIGALRM)
    with Sandbox():
        verdict = DOUBLE.verdict(in_a_cell("def halve(n):\n    while True:\n        pass", "halve"))
    assert verdict.state == WRONG
    assert "It was stopped: your function had not come back after 0.2 s" in verdict.words
    assert "of halve)" in verdict.words
    assert (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)) == (before, (0, 0))


def test_where_there_is_no_timer_a_check_works_without_a_limit(monkeypatch):
    """In another thread, where no signal arrives, and on a system that has none."""
    seen = []
    thread = threading.Thread(target=lambda: seen.append(DOUBLE.verdict(lambda n: 2 * n)))
    thread.start()
    thread.join()
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert [verdict.state for verdict in [*seen, DOUBLE.verdict(lambda n: 2 * n)]] == [RIGHT, RIGHT]


@needs_a_timer
def test_a_timer_of_somebody_else_is_left_to_them():
    """Such as that of a test runner."""
    signal.setitimer(signal.ITIMER_REAL, 1000)
    try:
        assert DOUBLE.verdict(lambda n: 2 * n).state == RIGHT
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 900
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.mark.parametrize("five", [5, 5.0, numpy.int64(5), numpy.float64(5), numpy.float32(5), Fraction(5)])
def test_a_whole_number_is_one_in_any_form(five):
    """What numpy or a division without a remainder made is as right as what // made."""
    assert (whole(five), type(whole(five))) == (5, int)


@pytest.mark.parametrize("other", [5.5, "5", None, True, math.nan, -math.inf, numpy.array([5]), ...])
def test_what_is_no_whole_number_is_none(other):
    """Also what only looks like one."""
    assert whole(other) is None


UNJUDGED = [
    (lambda n: [n] * 200, "TypeError: unhashable type: 'list'"),
    (lambda n: numpy.array([n, n]), "TypeError: unhashable type: 'numpy.ndarray'"),
]


@pytest.mark.parametrize(("answer", "why"), UNJUDGED)
def test_an_answer_of_a_shape_that_the_judge_does_not_expect_is_wrong(answer, why):
    """The judge may not raise at the learner: it says what it got, not all of it, and why that will not do."""

    def judge(n, got):
        return "" if {got} == {2 * n[0]} else "no"

    verdict = Exercise("double", lambda rng: [([7],)], judge).verdict(answer)
    assert (verdict.state, len(verdict.words) < 500) == (WRONG, True)
    assert "This cannot be judged: got " in verdict.words
    assert why in verdict.words


def test_an_answer_cannot_spoil_the_inputs_it_is_judged_on():
    """One that empties its list is compared with the list as it was."""
    assert SORTED.verdict(lambda numbers: numbers.clear() or []).state == WRONG
    assert SORTED.verdict(sorted).state == RIGHT


def test_an_exercise_without_inputs_is_an_error():
    """Planted fault: it would pass anything."""
    with pytest.raises(ValueError, match="no hidden input"):
        Exercise("empty", lambda rng: [], same_as(abs)).verdict(abs)


WRONG_DOUBLES = {"squares": lambda n: n * n, "adds two": lambda n: n + 2, "as it is": lambda n: n}


def test_a_check_that_catches_every_wrong_answer_is_proved():
    """The plain case."""
    prove(DOUBLE, lambda n: 2 * n, WRONG_DOUBLES)


@pytest.mark.parametrize(
    ("exercise", "right", "wrong", "words"),
    [
        (DOUBLE, lambda n: n, WRONG_DOUBLES, "the right answer fails"),
        (DOUBLE, lambda n: 2 * n, WRONG_DOUBLES | {"sneaky": lambda n: n << 1}, "wrong answers pass: sneaky"),
        (DOUBLE, lambda n: 2 * n, {"one": abs}, "1 wrong answers to catch, need 3"),
        (
            Exercise("deaf", lambda rng: [(1,)], lambda n, got: "", ask=lambda answer, n: answer(n) and None),
            abs,
            WRONG_DOUBLES,
            "a blank answer is judged",
        ),
    ],
)
def test_a_check_that_proves_too_little_is_found(exercise, right, wrong, words):
    """Planted faults: a right answer that fails, a wrong one that passes, too few, a deaf check."""
    with pytest.raises(AssertionError, match=words):
        prove(exercise, right, wrong)


def test_states_are_three_different_words():
    """So that no verdict can be taken for another."""
    assert len({BLANK, WRONG, RIGHT}) == 3


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (..., "it is 463; you had not guessed yet"),
        (463, "it is 463, as you said"),
        (0, "it is 463, you said 0: why?"),
        ("463", "it is 463, you said '463': why?"),
        (numpy.array([463, 1]), "it is 463, you said [463   1]: why?"),
    ],
)
def test_a_prediction_is_set_beside_what_came_out(guess, words, capsys):
    """Left open, right, wrong, or of another kind: never an error."""
    compare(guess, 463)
    assert capsys.readouterr().out == words + "\n"
