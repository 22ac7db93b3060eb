"""What Plotly does by width, without a script: every variant is in the page, container queries show the right one."""

from __future__ import annotations

import math
from itertools import pairwise

from .axes import FONT
from .svg import decimal, percent

FIGURES = range(300, 901, 10)  # px: from a narrow phone to wider than the page's column


def spells_of(state_at, sides):
    """Runs of equal states from the narrowest plot to the widest: [first width, last width, state].

    state_at: from a plot's width to its state. sides: px of a figure's width that are not plot. The first run starts
    at 0 and the last has no end; the borders between are exact to the pixel.
    """
    widths = range(max(60, FIGURES.start - sides), FIGURES.stop - sides, FIGURES.step)
    found = [[0, math.inf, state_at(widths[0])]]
    for before, after in pairwise(widths):
        state = state_at(after)
        if state == found[-1][2]:
            continue
        while after - before > 1:
            middle = (before + after) // 2
            if state_at(middle) == found[-1][2]:
                before = middle
            else:
                after = middle
        found[-1][1] = after - 0.02  # browsers compare widths to a sixty-fourth of a pixel
        found.append([after, math.inf, state])
    return found


def merged(spells, part):
    """The spells of one part of the state."""
    found = []
    for first, last, state in spells:
        value = part(state)
        if found and found[-1][2] == value:
            found[-1][1] = last
        else:
            found.append([first, last, value])
    return found


def within(first, last, rules):
    """The rules for plots from `first` to `last` px wide."""
    low = [f"(min-width:{first:g}px)"] if first else []
    high = [f"(max-width:{last:g}px)"] if last < math.inf else []
    return f"@container {' and '.join(low + high)}{{{rules}}}"


def variants(name, rules, spells, part, draw):
    """Each part that `draw` draws, in all its variants; the rules hide all but the one that fits."""
    spells = merged(spells, part)
    different = list(dict.fromkeys(value for *_, value in spells))
    drawn = [draw(value) for value in different]
    last = different.index(spells[-1][2])
    if len(different) > 1:
        rules.append(",".join(f".{name}{i}" for i in range(len(different)) if i != last) + "{display:none}")
    for low, high, value in spells:
        if (i := different.index(value)) != last:
            rules.append(within(low, high, f".{name}{i}{{display:inline}}.{name}{last}{{display:none}}"))
    return ["".join(_wrapped(name, each)) for each in zip(*drawn, strict=True)]


def _wrapped(name, variants):
    if len(set(variants)) == 1:
        return [variants[0]]
    return [f'<g class="{name}{i}">{variant}</g>' for i, variant in enumerate(variants) if variant]


def height_rules(name, rules, spells):
    spells = merged(spells, lambda state: state.height)
    rules.append(f".{name}p{{height:{spells[-1][2]}px}}")
    for first, last, height in spells[:-1]:
        rules.append(within(first, last, f".{name}p{{height:{height}px}}"))


def layer_rules(name, rules, spells):
    """Where the layers stand: a over the plot, b over both boxes, x and y over one; c cuts off what leaves the plot."""
    rules.append(
        f".{name}{{box-sizing:border-box;overflow:hidden{';container-type:inline-size' if len(spells) > 1 else ''}}}"
        f".{name}p{{position:relative}}.{name}c{{position:absolute;inset:0;overflow:hidden}}"
        f".{name} svg{{position:absolute;overflow:visible;fill:var(--ab-text);font-size:{FONT}px}}"
        f".{name}a,.{name}x,.{name}y{{left:0;top:0;width:100%;height:100%}}"
    )
    *narrower, widest = merged(spells, lambda state: state.boxes)
    rules.append(_box_rule(name, *widest[2]))
    rules.extend(within(first, last, _box_rule(name, *boxes)) for first, last, boxes in narrower)


def _box_rule(name, x, y):
    (left, wide), (low, tall) = x, y
    top = (1 - low[0] - tall[0], -low[1] - tall[1])
    return (
        f".{name}b,.{name}x{{left:{_length(*left)};width:{_length(*wide)}}}"
        f".{name}b,.{name}y{{top:{_length(*top)};height:{_length(*tall)}}}"
    )


def _length(share, px):
    if not round(px, 2):
        return percent(share)
    return f"calc({percent(share)} {'-' if px < 0 else '+'} {decimal(abs(px))}px)"
