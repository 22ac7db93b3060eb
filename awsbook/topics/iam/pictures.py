"""The pictures of the chapter, drawn from verdicts."""

from __future__ import annotations

from awsbook.explore import figure

GATE_NAMES = {
    "deny": "Any Deny?",
    "scp": "SCP",
    "resource": "Bucket policy",
    "identity": "Own policy",
    "boundary": "Boundary",
    "session": "Session policy",
}
OUTCOMES = {
    "passes": "passes",
    "stops": "stops here",
    "opens": "opens the door",
    "silent": "silent, may be",
    "absent": "no such policy",
    "unasked": "not asked",
}
_ROW = 46


def way(verdict):
    """The gates from top to bottom, and how far the request came."""
    shapes = []
    y = 8
    for i, gate in enumerate(verdict.gates):
        live = gate.outcome != "unasked"
        colour = {"stops": "@bad", "passes": "@good", "opens": "@good"}.get(gate.outcome, "@muted")
        shapes.append(
            figure.box(2, y, 46, 30, GATE_NAMES[gate.name], colour=colour, dash=not live, filled=live)
        )  # fmt: skip
        mark = {"stops": "cross", "passes": "circle", "opens": "circle"}.get(gate.outcome, "ring")
        shapes.append(figure.dot(54, y + 15, colour=colour, shape=mark, label=OUTCOMES[gate.outcome]))
        after = verdict.gates[i + 1].outcome if i + 1 < len(verdict.gates) else "end"
        goes_on = live and gate.outcome not in ("stops", "opens") and after != "unasked"
        if goes_on:
            shapes.append(figure.arrow(25, y + 30, 25, y + _ROW, colour="@good"))
        if gate.outcome == "opens":  # past the gates that are not asked
            end = 8 + _ROW * len(verdict.gates) + 15
            shapes.append(figure.link(90, y + 15, 96, y + 15, colour="@good"))
            shapes.append(figure.link(96, y + 15, 96, end, colour="@good"))
            shapes.append(figure.arrow(96, end, 80, end, colour="@good"))
        y += _ROW
    label, colour = ("ALLOWED", "@good") if verdict.allowed else ("REFUSED", "@bad")
    shapes.append(figure.box(2, y, 46, 30, label, colour=colour))
    shapes.append(figure.words(52, y + 20, "by " + ("a Deny" if verdict.explicit else "an Allow")
                               if verdict.allowed or verdict.explicit else "for want of an Allow"))  # fmt: skip
    return figure.picture(shapes, y + 38)


def statements(rows, deciding, verdict):
    """Each statement and which of its parts fit the call.

    rows: (name, effect, (action, resource, conditions) fit); deciding: the index of the one that decided, or None.
    """
    shapes = [figure.words(x, 18, text, anchor="middle", small=True)
              for x, text in ((56, "action"), (73, "resource"), (91, "condition"))]  # fmt: skip
    y = 28
    for i, (name, effect, fits) in enumerate(rows):
        colour = ("@good" if effect == "Allow" else "@bad") if i == deciding else "@muted"
        shown = name if len(name) <= 18 else name[:17] + "…"
        shapes.append(figure.box(1, y, 46, 42, f"{shown}\n{effect}", colour=colour, dash=i != deciding, text="start"))
        for x, fit in zip((56, 73, 91), fits, strict=True):
            shapes.append(figure.dot(x, y + 21, colour="@1" if fit else "@muted", shape="circle" if fit else "cross"))
        y += 50
    label, colour = ("ALLOWED", "@good") if verdict.allowed else ("REFUSED", "@bad")
    shapes.append(figure.box(1, y + 4, 46, 30, label, colour=colour))
    return figure.picture(shapes, y + 42)


def grid(names, columns, met, chosen):
    """Which operator is met by which request. met: rows of booleans; chosen: (row, column)."""
    xs = [62 + 11 * i for i in range(len(columns))]
    shapes = [figure.words(x, 16, text, anchor="middle", small=True) for x, text in zip(xs, columns, strict=True)]
    for i, (name, row) in enumerate(zip(names, met, strict=True)):
        y = 36 + 27 * i
        shapes.append(figure.words(1, y + 4, name, bold=i == chosen[0], small=len(name) > 24))
        for j, (x, one) in enumerate(zip(xs, row, strict=True)):
            if (i, j) == chosen:
                shapes.append(figure.box(x - 5, y - 12, 10, 24, colour="@1", filled=False))
            shapes.append(figure.dot(x, y, colour="@good" if one else "@muted", shape="circle" if one else "cross"))
    return figure.picture(shapes, 36 + 27 * len(names))


def accounts(one, way_in, steps):
    """Alice, the door and the bucket. steps: (call, verdict) in order; those after a refused one were not made."""
    left, right = (1, 56)
    frames = [(left, 98, "@1", "account 1111…")] if one else [
        (left, 36, "@1", "account 1111…"), (right, 43, "@2", "account 4444…"),
    ]  # fmt: skip
    shapes = [
        *(figure.box(x, 24, width, 150, colour=colour, dash=True, filled=False) for x, width, colour, _ in frames),
        *(figure.words(x, 16, label) for x, _, _, label in frames),
        figure.box(left + 4, 80, 28, 36, "alice", colour="@1"),
    ]
    where = {"role": [(62, 40, "role")], "bucket": []}[way_in] + [(62, 116, "bucket")]
    shapes += [figure.box(x, y, 31, 36, label, colour="@1" if one else "@2") for x, y, label in where]
    paths = [(33, 98, 62, 58), (78, 76, 78, 116)] if way_in == "role" else [(33, 98, 62, 134)]
    open_so_far = True
    for (x1, y1, x2, y2), (_, verdict) in zip(paths, steps, strict=True):
        colour = "@muted" if not open_so_far else "@good" if verdict.allowed else "@bad"
        shapes.append(figure.arrow(x1, y1, x2, y2, colour=colour, dash=not (open_so_far and verdict.allowed)))
        if open_so_far and not verdict.allowed:
            shapes.append(figure.dot((x1 + x2) / 2, (y1 + y2) / 2, colour="@bad", shape="cross", radius=8))
        open_so_far &= verdict.allowed
    for i, (call, verdict) in enumerate(steps):
        asked = all(other.allowed for _, other in steps[:i])
        shapes.append(figure.words(1, 200 + 18 * i, f"{i + 1}. {call}: {verdict.words if asked else 'not made'}"))
    return figure.picture(shapes, 190 + 18 * len(steps) + 6)


def person(state, may):
    """Alice's user with what hangs on her, and what she may do now. may: {call: bool}."""
    wears = "in the role deployer" if state.in_role else "user alice" if state.exists else "user deleted"
    shapes = [figure.box(1, 8, 47, 34, wears, colour="@3" if state.in_role else "@1" if state.exists else "@bad")]
    own = [*(f"group {name}" for name in state.groups), *(["policy on the user"] if state.attached else [])]
    shapes.append(
        figure.words(4, 62, "her policies come from" if not state.in_role else "do not count now", small=True)
    )
    for i in range(3):
        label = own[i] if i < len(own) else "nothing" if not i else ""
        live = i < len(own) and not state.in_role
        colour = "@1" if live else "@muted"
        shapes.append(figure.box(4, 68 + 36 * i, 44, 28, label, colour=colour, dash=not live, filled=live))
    for i, (call, can) in enumerate(may.items()):
        shapes.append(figure.dot(60, 22 + 32 * i, colour="@good" if can else "@bad", shape="circle" if can else "cross",
                                 label=f"{call}: {'yes' if can else 'no'}"))  # fmt: skip
    return figure.picture(shapes, 180)


def lifetime(lasts_h, stolen_h, used_h, key_h, span_h):
    """Two time lines: how long the credentials work, and how long a thief has them; and the same for an access key.

    Hours; used_h: 0 for never usable; key_h: for the key.
    """

    def at(hours):
        return 2 + 96 * min(hours, span_h) / span_h

    def bar(y, start, length, colour, dash=False):
        wide = max(0.8, at(start + length) - at(start))
        return figure.box(min(at(start), 99), y, min(wide, 100 - min(at(start), 99)), 22, colour=colour, dash=dash)

    shapes = [
        figure.words(2, 16, "the credentials work"),
        figure.words(2, 66, "a thief has them"),
        figure.words(2, 116, "a thief would have an access key"),
        *([bar(22, 0, lasts_h, "@1")] if lasts_h else []),
        *([bar(72, stolen_h, used_h, "@bad")] if used_h else [figure.link(2, 83, 98, 83)]),
        bar(122, stolen_h, key_h, "@bad", dash=True),
    ]
    for i, anchor in enumerate(("start", "middle", "end")):
        shapes.append(figure.words(2 + 48 * i, 166, f"{span_h * i / 2:g} h", anchor=anchor, small=True))
    return figure.picture(shapes, 174)


def scores(calls):
    """The game: what should be allowed on the left, what should be refused on the right. calls: (should, label, is)."""
    shapes = [figure.words(1, 16, "should be allowed", bold=True), figure.words(52, 16, "should be refused", bold=True)]
    rows = {True: 0, False: 0}
    for should, label, allowed in calls:
        x, y = (3, 38 + 25 * rows[True]) if should else (54, 38 + 25 * rows[False])
        rows[should] += 1
        right = should == allowed
        shapes.append(figure.dot(x, y, colour="@good" if right else "@bad", shape="circle" if right else "cross",
                                 label=label))  # fmt: skip
    return figure.picture(shapes, 38 + 25 * max(rows.values()) - 8)
