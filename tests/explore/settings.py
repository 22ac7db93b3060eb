"""The settings at which tests ask an explorable: they follow from its controls, so a new one needs no line here."""

import random

from awsbook.explore import Choice, Slider, Steps, Text, Toggle

RANDOM_SETTINGS = 6  # an explorable, besides its defaults, its corners and each of its choices


def values(control):
    """What a control is set to in turn: its first value, its bounds or all that it offers."""
    match control:
        case Slider():
            return [control.value, control.min, control.max]
        case Choice():
            return [control.value, *control.options]
        case Toggle():
            return [control.value, not control.value]
        case Text():
            return [control.value, mangled(control)]
        case Steps():
            return [control.value, "", *(f"{control.value} {action}".strip() for action in control.options)]


def mangled(control):
    """The text as a careless reader leaves it: cut in the middle, something foreign put there."""
    middle = len(control.value) // 2
    return (control.value[:middle] + "}é\t\U0001f600" + control.value[middle + 1 :])[: control.max_chars]


def at_random(control, chance):
    if isinstance(control, Slider):
        if control.log:
            return min(control.max, control.min * (control.max / control.min) ** chance.random())
        return chance.uniform(control.min, control.max)
    if isinstance(control, Steps):
        return " ".join(chance.choices(list(control.options), k=chance.randint(0, control.max_steps)))
    return chance.choice(values(control))


def settings(made):
    """The settings at which one explorable is asked: the same ones each time."""
    chance = random.Random(made.id)
    controls = made.controls
    drawn = [{}]
    drawn += [{name: value} for name, control in controls.items() for value in values(control)[1:]]
    drawn += [{name: values(control)[end] for name, control in controls.items()} for end in (1, -1)]
    drawn += [{name: at_random(control, chance) for name, control in controls.items()} for _ in range(RANDOM_SETTINGS)]
    return drawn
