"""The pictures of a request's way past the rules, of certificates, and of what a target sees."""

from __future__ import annotations

from awsbook.explore import figure

CHARS, SHOWN, STEP = 40, 9, 40  # characters of a rule that fit a phone; rules drawn; px from one to the next


def short(text, chars=CHARS):
    return text if len(text) <= chars else text[: chars - 1] + "…"


def walk(request, asked, rules, said, end):
    """The rules in order, with what each said to the request. said: texts, one for each rule that was asked."""
    first = max(0, len(asked) - SHOWN + 1) if len(rules) > SHOWN else 0
    shown = rules[first : first + SHOWN]
    shapes = [figure.words(0, 15, short(request, 46), bold=True)]
    if first:
        shapes.append(figure.words(100, 31, f"{first} rules before", anchor="end", small=True))
    for i, rule in enumerate(shown):
        n, y = first + i, 24 + i * STEP
        hit, was_asked = n == len(asked) - 1, n < len(asked)
        mark = {"shape": "circle", "colour": "@good"} if hit else {"shape": "cross", "colour": "@bad"}
        colour = "@good" if hit else "@1" if was_asked else "@muted"
        shapes.append(figure.box(6, y, 93.5, 23, short(rule), colour=colour, dash=not was_asked, text="start"))
        if was_asked:
            shapes.append(figure.dot(2, y + 11, radius=5, **mark))
        shapes.append(figure.words(7, y + 34, short(said[n] if was_asked else "not asked", 54), small=True,
                                   colour="@text" if was_asked else "@muted"))  # fmt: skip
    y = 24 + len(shown) * STEP
    shapes.append(figure.box(6, y + 4, 93.5, 26, short(end, 44), colour="@2"))
    return figure.picture(shapes, y + 36)


def certificates(client, rows, outcome, good):
    """The client's wish, the listener's certificates, and the end. rows: (label, mark, note), mark one of shown, fits,
    no."""
    shapes = [figure.box(0.5, 2, 99, 26, short(client, 46), colour="@6")]
    for i, (label, mark, note) in enumerate(rows[:7]):
        y = 38 + 42 * i
        colour = {"shown": "@1", "fits": "@3", "no": "@muted"}[mark]
        shapes.append(figure.box(6, y, 93.5, 23, short(label), colour=colour, dash=mark == "no", text="start"))
        if mark == "shown":
            shapes.append(figure.arrow(0, y + 11, 5.5, y + 11, colour="@text"))
        shapes.append(figure.words(7, y + 35, note, small=True))
    y = 38 + 42 * min(len(rows), 7)
    shapes.append(figure.box(0.5, y + 4, 99, 28, outcome, colour="@good" if good else "@bad", dash=not good))
    return figure.picture(shapes, y + 38)


def hops(names, lines, outcome, good):
    """Who talks to whom: names with addresses, then what arrives, then whom the application believes."""
    wide = 100 / len(names) - 3
    shapes = []
    for i, (name, address) in enumerate(names):
        x = i * 100 / len(names) + 1.5
        shapes.append(figure.box(x, 2, wide, 44, colour="@1" if i < len(names) - 1 else "@3"))
        shapes.append(figure.words(x + wide / 2, 20, name, anchor="middle"))
        shapes.append(figure.words(x + wide / 2, 37, address, anchor="middle", small=True))  # a phone is narrow
        if i:
            shapes.append(figure.arrow(x - 3, 24, x - 0.2, 24, colour="@text"))
    shapes.append(figure.words(0, 70, "The target sees", bold=True))
    for i, (name, value) in enumerate(lines):
        y = 80 + 42 * i
        shapes.append(figure.words(1, y + 11, name, small=True))
        shapes.append(figure.box(0.5, y + 15, 99, 22, short(value, 46), text="start",
                                 colour="@muted" if value == "–" else "@2"))  # fmt: skip
    y = 80 + 42 * len(lines)
    shapes.append(figure.box(0.5, y + 6, 99, 28, outcome, colour="@good" if good else "@bad", dash=not good))
    return figure.picture(shapes, y + 40)
