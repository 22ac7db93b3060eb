"""Exercises that check themselves: on inputs the learner has not seen, in the same order on every machine.

    shard_of.check(my_answer)

says "not answered yet" while the answer is blank, names the first input where it is wrong, or says it is right.
`prove` is the same check turned on itself: it fails unless the right answer passes and each wrong one is caught.
"""

from __future__ import annotations

import copy
import random
import signal
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral, Real

BLANK, WRONG, RIGHT = "blank", "wrong", "right"
LIMIT_S = 60  # real seconds for one hidden input; a right answer takes a few, also on a busy machine


class Endless(BaseException):
    """An answer would never come back, and is stopped. Not an Exception: those it may catch, to try for ever."""


def call(answer: Callable, *inputs):
    """Asks the answer as it stands: one call with the inputs."""
    return answer(*inputs)


@dataclass(frozen=True)
class Verdict:
    """What a check found: `state` is BLANK, WRONG or RIGHT; `words` is the sentence the learner reads."""

    state: str
    words: str


@dataclass(frozen=True)
class Exercise:
    """A task whose answer is a function.

    cases: hidden inputs, as tuples of arguments, drawn from the generator it is handed.
    judge: given the inputs and what came back, "" if that is right, else a sentence with expected and got.
    ask: how to put one case to the answer, where a plain call does not do. What it returns is judged, except that it
        hands a blank straight through.
    seed: where the hidden inputs start.
    """

    name: str
    cases: Callable[[random.Random], Iterable[tuple]]
    judge: Callable[..., str]
    ask: Callable = call
    seed: int = 2026

    def verdict(self, answer: Callable) -> Verdict:
        """Puts every hidden case to `answer`. ValueError if there is none to put."""
        tried = 0
        for inputs in self.cases(random.Random(self.seed)):
            words = self._wrong_with(answer, inputs)
            if words is None:
                return Verdict(BLANK, f"{self.name}: not answered yet")
            if words:
                return Verdict(WRONG, f"{self.name}: not yet, at hidden input {tried + 1}. {words}")
            tried += 1
        if not tried:
            raise ValueError(f"exercise {self.name!r} has no hidden input: it would pass anything")
        return Verdict(RIGHT, f"{self.name}: right, on {tried} hidden inputs")

    def check(self, answer: Callable) -> None:
        """Prints what the learner needs to know next."""
        print(self.verdict(answer).words)

    def _wrong_with(self, answer, inputs):
        """None for a blank, "" for a right answer, else what is wrong."""
        if is_blank(answer):
            return None
        kept = copy.deepcopy(inputs)  # an answer may change what it is given
        given = f". Its inputs: {_shown(kept)}" if self.ask is call else ""  # else they are not the answer's
        try:
            with _limited(LIMIT_S):
                got = self.ask(answer, *inputs)
        except Endless as error:
            return f"It was stopped: {error}{_line(error, answer)}{given}"
        except Exception as error:  # the learner's mistake is the finding, so it is said instead of raised
            return f"It raised {type(error).__name__}: {error}{_line(error, answer)}{given}"
        if is_blank(got):
            return None
        try:
            return self.judge(*kept, got)
        except Exception as error:  # an answer of another shape than anybody thought of
            return f"This cannot be judged: got {_short(repr(got))} ({type(error).__name__}: {error})"


def is_blank(answer) -> bool:
    """Whether an answer, or what it returned, says that nobody has written it yet."""
    return answer is ... or answer is NotImplemented


def whole(answer) -> int | None:
    """The whole number that an answer is, in whatever form, such as 5.0 or numpy's. None if it is none."""
    if isinstance(answer, bool) or not isinstance(answer, Real):
        return None
    return int(answer) if isinstance(answer, Integral) or float(answer).is_integer() else None


def same_as(reference: Callable) -> Callable[..., str]:
    """A judge for exercises with one right answer: the one that `reference` gives."""

    def judge(*inputs_and_got):
        *inputs, got = inputs_and_got
        expected = reference(*inputs)
        return "" if got == expected else f"{_shown(inputs)}: expected {expected!r}, got {got!r}"

    return judge


def compare(guess, came: object) -> None:
    """Prints a prediction beside what came out. A prediction is left open as `...`."""
    if is_blank(guess):
        print(f"it is {came}; you had not guessed yet")
    elif _same(guess, came):
        print(f"it is {came}, as you said")
    elif str(guess) == str(came):
        print(f"it is {came!r}, you said {guess!r}: why?")
    else:
        print(f"it is {came}, you said {guess}: why?")


def prove(exercise: Exercise, right: Callable, wrong: dict[str, Callable], at_least: int = 3) -> None:
    """AssertionError unless `right` passes, a blank is left alone and every one of `wrong` is caught.

    wrong: answers that hold a misconception, by its name. at_least: how many of them a check must have faced.
    """
    assert len(wrong) >= at_least, f"{exercise.name}: {len(wrong)} wrong answers to catch, need {at_least}"
    verdict = exercise.verdict(right)
    assert verdict.state == RIGHT, f"{exercise.name}: the right answer fails. {verdict.words}"
    assert exercise.verdict(lambda *_: ...).state == BLANK, f"{exercise.name}: a blank answer is judged"
    missed = [name for name, answer in wrong.items() if exercise.verdict(answer).state != WRONG]
    assert not missed, f"{exercise.name}: these wrong answers pass: {', '.join(missed)}"


def _same(guess, came):
    try:
        return bool(guess == came)
    except Exception:  # such as an array, which compares each of its numbers
        return False


def _shown(inputs):
    return _short(", ".join(map(repr, inputs)))


def _short(text):
    return text if len(text) <= 300 else f"{text[:300]}..."


def _line(error, answer):
    """Where in the cell of `answer` the error came up: what it calls there is not the learner's."""
    cell = getattr(getattr(answer, "__code__", None), "co_filename", None)
    mine = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == cell]
    return f" (line {mine[-1].lineno} of {mine[-1].name})" if mine else ""


@contextmanager
def _limited(seconds):
    """A block that lasts so many real seconds at most; Endless beyond.

    Without a limit on Windows, which has no such timer, and outside of the main thread, where no signal arrives; in a
    kernel cells run in the main thread. A timer that somebody has set already is left to them.
    """
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not able or any(signal.getitimer(signal.ITIMER_REAL)):
        yield
        return

    def ring(*_):
        raise Endless(f"your function had not come back after {seconds} s; look for a loop that never ends")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
