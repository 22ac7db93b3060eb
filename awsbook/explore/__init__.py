"""Explorables: one definition, three hosts (Jupyter, the published page, a test)."""

from . import figure, words
from .controls import Choice, ControlError, Slider, Steps, Text, Toggle
from .explorable import Explorable, everything, explorable, find, in_topic, topics
from .show import explore
from .view import Goal, Sketch, Table, View

__all__ = [
    "Choice",
    "ControlError",
    "Explorable",
    "Goal",
    "Sketch",
    "Slider",
    "Steps",
    "Table",
    "Text",
    "Toggle",
    "View",
    "everything",
    "explorable",
    "explore",
    "figure",
    "find",
    "in_topic",
    "topics",
    "words",
]
