"""The pictures of checks, zones and draining."""

from __future__ import annotations

import math

from awsbook.explore import figure

LEFT, WIDE = 25, 73  # per cent: the names stand left of the time lines
DOTS = 45


def _lane(y, name, spans, at):
    """A named row of boxes. spans: (start, end, colour, dash, label)."""
    shapes = [figure.words(0, y + 17, name)]
    for start, end, colour, dash, label in spans:
        left, wide = at(start), at(end) - at(start)
        if wide > 0:
            label = label if wide > 2.3 * len(label) else ""
            shapes.append(figure.box(left, y, max(wide, 0.6), 25, label, colour=colour, dash=dash))
    return shapes


def course(seen, breaks, lasts, open_all, span):
    """One failure: the target, its checks, whether it gets requests, and the errors, over `span` s (a text on top)."""
    end = max(breaks + lasts, seen.checks[-1].end, min(seen.back_at, 1e9) if not math.isinf(seen.back_at) else 0) * 1.03
    mended = breaks + lasts

    def at(seconds):
        return LEFT + WIDE * min(max(seconds, 0), end) / end

    out, back = min(seen.out_at, end), min(seen.back_at, end)
    target = [(0, breaks, "@good", False, ""), (breaks, mended, "@bad", True, "broken"),
              (mended, end, "@good", False, "well")]  # fmt: skip
    served = [(0, out, "@1", False, "in"), (out, back, "@muted", True, "out"), (back, end, "@1", False, "in")]
    errors = [(breaks, min(out, mended), "@bad", False, "errors"), (back, max(back, mended), "@bad", False, "errors")]
    if open_all:
        served[1], errors = (out, back, "@2", False, "fails open"), [(breaks, mended, "@bad", False, "errors")]
    shapes = [*_lane(4, "target", target, at), figure.words(0, 57, "checks")]
    step = math.ceil(len(seen.checks) / DOTS)
    for check in seen.checks[::step]:
        good = {"shape": "circle", "colour": "@good"} if check.good else {"shape": "cross", "colour": "@bad"}
        shapes.append(figure.dot(at(check.start), 52, radius=4, **good))
    shapes += _lane(74, "requests", served, at) + _lane(109, "users see", errors, at)
    for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end")):
        shapes.append(figure.words(LEFT + WIDE * part, 152, span(end * part), anchor=anchor, small=True))
    if step > 1:
        shapes.append(figure.words(0, 152, f"1 check in {step}", small=True))
    return figure.picture(shapes, 158)


def refused(lines):
    """Two short lines in place of a picture."""
    return figure.picture([figure.box(4, 30, 92, 70, "\n".join(lines), colour="@bad", dash=True)], 158)


def zones(counts, made, cross, percent):
    """Three zones: the node on top with its share, its targets below, arrows from node to zone."""
    shapes, middles = [], (17, 50, 83)
    for zone, (x, count) in enumerate(zip(middles, counts, strict=True)):
        live = made.nodes[zone] > 0
        label = f"node {'abc'[zone]}\n" + (percent(made.nodes[zone]) if live else "not in DNS")
        shapes.append(figure.box(x - 14, 4, 28, 44, label, colour="@1" if live else "@muted", dash=not live))
        for other, there in enumerate(counts):
            if live and there and (cross or other == zone):
                colour, end = "@1" if other == zone else "@2", middles[other] + 3 * (zone - other)
                shapes.append(figure.arrow(x + 5 * (other - zone), 48, end, 92, colour=colour, dash=other != zone))
        share = f"{percent(made.targets[zone])} each" if count else "no target"
        busiest = made.targets[zone] > 0 and made.targets[zone] == max(made.targets) and made.worst > 1.001
        for i in range(count):
            shapes.append(
                figure.box(x - 14 + 5.7 * (i % 5), 96 + 20 * (i // 5), 5, 16, colour="@bad" if busiest else "@3")
            )
        shapes += [
            figure.words(x, 152, share, anchor="middle", bold=busiest),
            figure.words(x, 170, ("", "1 target")[count] if count < 2 else f"{count} targets", anchor="middle",
                         small=True),
            *([figure.words(x, 186, "most", anchor="middle", bold=True)] if busiest else []),
        ]  # fmt: skip
    return figure.picture(shapes, 192)


TICKS = ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"), (43_200, "12 h"))


def _log(seconds):
    """Time as 1 s, 10 s, 100 s ... at even steps, from 0 to 12 h."""
    return LEFT + WIDE * min(1.0, math.log10(1 + seconds) / math.log10(1 + TICKS[-1][0]))


def lives(kinds, made, delay):
    """Requests in flight of each kind, six drawn of each, until they end or are cut; time in steps of ten."""
    shapes, y = [], 6
    for kind, ended in zip(kinds, made.finished, strict=True):
        shapes += [figure.words(0, y + 14, kind.name), figure.words(0, y + 30, f"{ended} of {kind.count}", small=True)]
        shown = sorted(kind.left)[:: max(1, kind.count // 6)][:6]
        for i, left in enumerate(shown):
            fine = left <= delay
            stop = _log(min(left, delay))
            shapes.append(figure.link(LEFT, y + 6 + 7 * i, stop, y + 6 + 7 * i, colour="@good" if fine else "@bad",
                                      dash=not fine))  # fmt: skip
            if not fine:
                shapes.append(figure.dot(stop, y + 6 + 7 * i, radius=3, shape="cross", colour="@bad"))
        y += 54
    shapes.append(figure.link(_log(delay), 2, _log(delay), y, colour="@text", dash=True))
    side = "end" if _log(delay) > 60 else "start"
    shapes.append(figure.words(_log(delay), y + 12, "delay over", anchor=side, small=True))
    for seconds, text in TICKS[1:]:
        anchor = "end" if seconds == TICKS[-1][0] else "middle"
        shapes.append(figure.words(_log(seconds), y + 30, text, anchor=anchor, small=True))
    return figure.picture(shapes, y + 36)
