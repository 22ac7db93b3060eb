"""An explorable: a function from named controls to a View, known by `<topic>.<name>`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import GeneratorType

from .controls import Control, ControlError
from .view import Sketch, View


@dataclass(frozen=True)
class Explorable:
    """One thing a reader can change. Called with control values it returns a View.

    topic: as in the book's file names ("launch-types"); name: the function's; controls: in the order shown;
    function: returns the View, or, where that takes long, yields the share done (0 to 1), or a Sketch of what is known
    so far, and then returns it.
    """

    topic: str
    name: str
    title: str
    controls: dict[str, Control]
    function: Callable[..., View | Generator[float | Sketch, None, View]]

    @property
    def id(self) -> str:
        return f"{self.topic}.{self.name}"

    def _repr_pretty_(self, printer, cycle):
        """What IPython prints: not a dataclass of every option and text."""
        printer.text(f"{self.id}: {self.title} Controls: {', '.join(self.controls)}. Show it with explore(...).")

    @property
    def defaults(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    def parse(self, raw: dict) -> dict:
        """The full setting: defaults, and over them what `raw` gives. ControlError names what is wrong."""
        for name in raw:
            if name not in self.controls:
                raise ControlError(f"{self.id} has no control {name!r}; it has {', '.join(self.controls)}")
        return {name: _parsed(control, raw.get(name, control.value), name) for name, control in self.controls.items()}

    def run(self, **raw) -> Generator[float | Sketch, None, View]:
        """The answer on its way: yields what a function that takes long yields, and returns the View."""
        came = self.function(**self.parse(raw))
        return (yield from came) if isinstance(came, GeneratorType) else came

    def __call__(self, *values, **raw) -> View:
        """The View at a setting: defaults, and over them what is given by name."""
        if values:
            raise TypeError(f"{self.id} takes its controls by name: {', '.join(f'{n}=' for n in self.controls)}")
        run = self.run(**raw)
        while True:
            try:
                next(run)
            except StopIteration as end:
                return end.value


def _parsed(control, value, name):
    try:
        return control.parse(value, name)
    except ControlError as error:
        error.control = name
        raise


def explorable(title: str, **controls: Control):
    """Makes an Explorable of a function in `awsbook/topics/<topic>/views.py`, whose parameters are the controls."""

    def wrap(function):
        names = function.__code__.co_varnames[: function.__code__.co_argcount]
        if list(names) != list(controls):
            raise TypeError(f"{function.__name__}{names} does not take the controls {list(controls)}")
        topic = function.__module__.split(".")[-2:][0].replace("_", "-")
        made = Explorable(topic, function.__name__, title, dict(controls), function)
        made.parse({})  # a default outside its own bounds fails at import
        return made

    return wrap


def topics() -> list[str]:
    """The names of all topics whose room has views, as in the book's file names."""
    import awsbook.topics

    # the browser has views.pyc; pkgutil would be a module more for every page to load
    rooms = {views.parent.name for home in awsbook.topics.__path__ for views in Path(home).glob("*/views.py*")}
    return sorted(room.replace("_", "-") for room in rooms)


@cache  # looking through the rooms takes the browser's Python longer than many a view
def find(id: str) -> Explorable:
    """The explorable called `<topic>.<name>`. ControlError lists what the topic has, if there is none."""
    topic, _, name = id.partition(".")
    if topic not in topics():
        raise ControlError(f"no topic {topic!r}; there are {', '.join(topics())}")
    room = importlib.import_module(f"awsbook.topics.{topic.replace('-', '_')}.views")
    found = getattr(room, name, None)
    if not isinstance(found, Explorable):
        raise ControlError(f"no explorable {id!r}; the topic has {', '.join(e.name for e in in_topic(topic))}")
    return found


def in_topic(topic: str) -> list[Explorable]:
    """All explorables of a topic, in the order of its `views.py`."""
    room = importlib.import_module(f"awsbook.topics.{topic.replace('-', '_')}.views")
    return [thing for thing in vars(room).values() if isinstance(thing, Explorable) and thing.topic == topic]


def everything() -> list[Explorable]:
    """All explorables of the book."""
    return [made for topic in topics() for made in in_topic(topic)]
