"""Plotly figures as plain dicts, in the few shapes the book uses.

A colour is a token, `@1` to `@6` for series, `@bad`, `@good`, `@muted` for meaning; each host puts its own theme's
colour there (`for_plotly`), so one figure serves light, dark and print. Series also differ in dash or pattern,
because colour must never be the only sign. Only scatter and bar: the page loads Plotly's basic bundle, and the
picture that stands there before any script runs (`awsbook.explore.poster`) draws just these. What has no axes is a
`picture` of boxes, arrows, dots and words.
"""

from __future__ import annotations

from .picture import arrow, box, dot, link, picture, words

__all__ = [
    "arrow", "bars", "box", "chart", "dot", "for_plotly", "level", "line", "link", "moment", "picture", "points",
    "words",
]  # fmt: skip

HEIGHT = 340  # px, the same on every page so that nothing jumps

# Okabe-Ito hues, moved until each has a contrast of 3:1 or more against its background
LIGHT = {
    "@1": "#0067a3", "@2": "#b34c00", "@3": "#007a5a", "@4": "#a8487f", "@5": "#8a6d00", "@6": "#4a4a8f",
    "@bad": "#b3261e", "@good": "#1a7340", "@muted": "#6b6b6b",
}  # fmt: skip
DARK = {
    "@1": "#6cb8f0", "@2": "#f29b5c", "@3": "#3fc7a0", "@4": "#e093c0", "@5": "#dcc04a", "@6": "#a9a9ec",
    "@bad": "#ff8a80", "@good": "#7bd99a", "@muted": "#a6a6a6",
}  # fmt: skip
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
PATTERNS = ("", "/", "x", ".", "-", "\\")


def line(name, x, y, *, series=1, colour=None, dash=None, step=False, fill=False, width=2.5):
    """A line through (x, y). series: 1 to 6, gives colour and dash; step: holds each y until the next x."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {
            "color": colour or f"@{series}",
            "dash": dash or DASHES[series - 1],
            "width": width,
            "shape": "hv" if step else "linear",
        },
        **({"fill": "tozeroy"} if fill else {}),
    }


def points(name, x, y, *, series=1, colour=None, symbol="circle", size=8, text=None):
    """Markers at (x, y). symbol: a Plotly name (circle, square, diamond, x, cross, triangle-up)."""
    return {
        "type": "scatter",
        "mode": "markers" if text is None else "markers+text",
        "name": name,
        "x": list(x),
        "y": list(y),
        "marker": {"color": colour or f"@{series}", "symbol": symbol, "size": size},
        **({"text": list(text), "textposition": "top center"} if text is not None else {}),
    }


def bars(name, x, y, *, series=1, colour=None, text=None, across=False):
    """Bars of height y over x (names or numbers); across: they lie, x and y as for upright ones."""
    x, y = list(x), list(y)
    return {
        "type": "bar",
        "name": name,
        "x": y if across else x,
        "y": x if across else y,
        **({"orientation": "h"} if across else {}),
        "marker": {"color": colour or f"@{series}", "pattern": {"shape": PATTERNS[series - 1]}},
        **({"text": list(text), "textposition": "auto"} if text is not None else {}),
    }


def level(y, label, colour="@muted"):
    """A horizontal line across the chart with a label: a limit, a price, a target. For `chart(marks=...)`."""
    return {"y": y, "label": label, "colour": colour}


def moment(x, label, colour="@muted"):
    """A vertical line with a label: an event in time. For `chart(marks=...)`."""
    return {"x": x, "label": label, "colour": colour}


def chart(traces, x_title, y_title, *, log_x=False, log_y=False, x_range=None, y_range=None, stacked=False, marks=()):
    """The figure dict. x_title, y_title carry the unit ("Size (GiB)"). Ranges in data units, log axes included.

    marks: `level`s and `moment`s.
    """
    import math

    def axis(title, log, span, **place):
        scaled = [math.log10(v) for v in span] if span and log else list(span) if span else None
        return {
            "title": {"text": title, **place},
            "type": "log" if log else "-",
            **({"range": scaled} if scaled else {}),
        }

    shapes, notes = [], []
    for mark in marks:
        line_style = {"color": mark["colour"], "width": 1.5, "dash": "dash"}
        if "y" in mark:
            at = math.log10(mark["y"]) if log_y else mark["y"]
            shapes.append(
                {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": mark["y"], "y1": mark["y"],
                 "line": line_style}
            )  # fmt: skip
            notes.append(
                {"xref": "paper", "x": 1, "xanchor": "right", "yref": "y", "y": at, "yanchor": "bottom",
                 "text": mark["label"], "showarrow": False, "font": {"color": mark["colour"]}}
            )  # fmt: skip
        else:
            at = math.log10(mark["x"]) if log_x else mark["x"]
            shapes.append(
                {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "xref": "x", "x0": mark["x"], "x1": mark["x"],
                 "line": line_style}
            )  # fmt: skip
            notes.append(
                {"yref": "paper", "y": 1, "yanchor": "top", "xref": "x", "x": at, "xanchor": "left",
                 "text": mark["label"], "showarrow": False, "font": {"color": mark["colour"]}}
            )  # fmt: skip
    return {
        "data": list(traces),
        "layout": {
            "height": HEIGHT,
            "margin": {"l": 64, "r": 16, "t": 16, "b": 84},
            # close to its numbers, so that a legend of several rows stays clear of it
            "xaxis": axis(x_title, log_x, x_range, standoff=2),
            "yaxis": axis(y_title, log_y, y_range),
            "barmode": "stack" if stacked else "group",
            "showlegend": len(traces) > 1,
            # below the axis title: at the right it would eat half the width of a phone
            "legend": {"orientation": "h", "x": 0, "y": -0.24, "yanchor": "top"},
            "hovermode": "closest",
            **({"shapes": shapes, "annotations": notes} if marks else {}),
        },
    }


def for_plotly(thing, palette, key=""):
    """The figure as Plotly is to have it: colours from `palette`, and other text as text, since Plotly reads HTML.

    A reader's own text may look like a token, or like a link. KeyError if a token is not in the palette.
    """
    if isinstance(thing, dict):
        return {key: for_plotly(value, palette, key) for key, value in thing.items()}
    if isinstance(thing, list):
        return [for_plotly(value, palette, key) for value in thing]
    if not isinstance(thing, str):
        return thing
    if key.endswith("color"):
        return palette[thing] if thing.startswith("@") else thing
    return thing.replace("&", "&amp;").replace("<", "&lt;")
