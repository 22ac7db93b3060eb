"""SVG's small change: numbers, paths, strokes and colours in as few letters as they need."""

from __future__ import annotations

from .axes import PosterError

GRID = 4000  # the stretched layers are that many units wide and high: a fraction of a pixel each
DASHES = {  # Plotly's, in widths of the line
    "solid": (),
    "dot": (1, 1),
    "dash": (3, 3),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
    "longdashdot": (5, 2, 1, 2),
}

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def escape(text):
    """html.escape; with its module every page would load the names of all of HTML's two thousand entities."""
    return text.translate(_ENTITIES)


def colour_of(token):
    if not token.startswith("@"):
        raise PosterError(f"colour {token!r} is not a token such as @1, @bad or @text")
    return f"var(--ab-{token[1:]})"


def stroke(line):
    width = line.get("width", 2)
    unit = max(width, 3)
    dashes = " ".join(f"{n * unit:g}" for n in DASHES[line.get("dash", "solid")])
    return f'stroke-width="{width:g}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def runs(places):
    """The stretches between gaps."""
    runs: list[list] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]


def path(run, step, foot=None):
    """Path commands through the points (shares of the layer), relative and whole: few letters. foot: closes there."""
    x, y = on_grid(run[0][0]), on_grid(run[0][1])
    parts = [f"M{x} {y}"]
    for i, (a, b) in enumerate(run[1:], 1):
        new_x, new_y = on_grid(a), on_grid(b)
        if new_y == y and i < len(run) - 1 and on_grid(run[i + 1][1]) == y:
            continue  # still level after this one
        if new_y == y:
            parts.append(f"h{new_x - x}")
        elif step:
            parts.append(f"h{new_x - x}v{new_y - y}" if new_x != x else f"v{new_y - y}")
        else:
            parts.append(f"l{new_x - x}{pair(new_y - y)}")
        x, y = new_x, new_y
    if foot is not None:
        parts.append(f"V{on_grid(foot)}H{on_grid(run[0][0])}z")
    return "".join(parts)


def dots(places):
    """Lines of almost no length: with round ends they are dots, which stretching leaves round."""
    parts, x, y = [], 0, 0
    for a, b in places:
        new_x, new_y = on_grid(a), on_grid(b)
        parts.append(f"m{new_x - x}{pair(new_y - y)}h1")
        x, y = new_x + 1, new_y
    return "".join(parts)


def on_grid(share):
    """A share as a coordinate of the stretched layers."""
    return round(share * GRID)


def pair(number):
    """A second number, which needs no space before its minus."""
    return str(number) if number < 0 else f" {number}"


def decimal(value):
    """At most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def percent(share):
    return f"{decimal(100 * share)}%"
