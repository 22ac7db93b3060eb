"""What Plotly does by width, without a script: every variant is in the page, container queries show the right one."""

from __future__ import annotations

import math
from itertools import pairwise

from .axes import FONT
from .svg import decimal, percent

FIGURES = range(240, 901, 10)  # px: from a phone of 320 px to wider than the page's column


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


def layer_rules(name, rules):
    """Where the layers stand: a over the plot, b over both boxes, x and y over one; c cuts off what leaves the plot.

    Where the boxes are, p says in custom properties (`seat`).
    """
    rules.append(
        f".{name}{{box-sizing:border-box;overflow:hidden}}"
        f".{name}p{{position:relative}}.{name}c{{position:absolute;inset:0;overflow:hidden}}"
        f".{name} svg{{position:absolute;overflow:visible;fill:var(--ab-text);font-size:{FONT}px}}"
        f".{name}a,.{name}x,.{name}y{{left:0;top:0;width:100%;height:100%}}"
        f".{name}b,.{name}x{{left:var(--bl);width:var(--bw)}}.{name}b,.{name}y{{top:var(--bt);height:var(--bh)}}"
    )


def seat_rules(name, rules, spells):
    """The plot's height and its boxes, by width."""
    rules.append(f".{name}{{container-type:inline-size}}")
    *narrower, widest = merged(spells, seat)
    rules.append(f".{name}p{{{widest[2]}}}")
    rules.extend(within(first, last, f".{name}p{{{seat}}}") for first, last, seat in narrower)


def seat(state):
    """The plot's height, and where its boxes are, as CSS."""
    (left, wide), (low, tall) = state.boxes
    top = (1 - low[0] - tall[0], -low[1] - tall[1])
    sides = {"bl": left, "bw": wide, "bt": top, "bh": tall}
    return f"height:{state.height}px;" + ";".join(f"--{side}:{_length(*at)}" for side, at in sides.items())


def _length(share, px):
    if not round(px, 2):
        return percent(share)
    return f"calc({percent(share)} {'-' if px < 0 else '+'} {decimal(abs(px))}px)"
