"""The pictures of the chapter: time lines of receipts, queues with one message in them."""

from __future__ import annotations

from awsbook.explore import figure

LEFT, WIDE = 16, 82  # per cent: the names stand left of the time lines
ENDINGS = {"deleted": ("@good", ""), "late": ("@bad", "late"), "crashed": ("@bad", "crash")}


def _at(seconds, horizon):
    return LEFT + WIDE * min(max(seconds, 0), horizon) / horizon


def holders(run, sent, seen, consumers, now, horizon, hidden_s):
    """Which consumer holds which message until `now` (s). seen: when each becomes visible first."""
    lane = 44
    shapes = [figure.words(0, 18, "sent")]
    for message, at in enumerate(sent):
        if at <= now:
            kind = "circle" if seen[message] <= now else "ring"
            shapes.append(figure.dot(_at(at, horizon), 14, colour=f"@{message + 1}", shape=kind, label="ABC"[message]))
    for consumer in range(consumers):
        y = 36 + consumer * lane
        shapes += [figure.words(0, y + 18, f"W{consumer + 1}"), figure.link(LEFT, y + 34, 98, y + 34)]
    for receipt in run.receipts:
        if receipt.start > now:
            continue
        y, left, until = 36 + receipt.consumer * lane, _at(receipt.start, horizon), min(receipt.end, now)
        ending = ENDINGS[receipt.how][1] if until == receipt.end else ""
        label = "ABC"[receipt.message] + (f" {ending}" if ending else "")
        wide = max(0.6, _at(until, horizon) - left)
        shapes.append(
            figure.box(left, y, wide, 26, label if wide > 9 else label[0] if wide > 4 else "",
                       colour=f"@{receipt.message + 1}", dash=receipt.how != "deleted")
        )  # fmt: skip
        gone = _at(min(receipt.start + hidden_s, now), horizon)
        shapes.append(figure.link(left, y + 30, max(left, gone), y + 30, colour=f"@{receipt.message + 1}"))
    foot = 36 + consumers * lane + 8
    shapes.append(figure.link(_at(now, horizon), 4, _at(now, horizon), foot - 4, colour="@text", dash=True))
    for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end")):
        shapes.append(figure.words(LEFT + WIDE * part, foot + 10, f"{horizon * part:g} s", anchor=anchor, small=True))
    return figure.picture(shapes, foot + 16)


def letters(state, limit):
    """Where the poisoned message is: its queue, a consumer's hands, the dead-letter queue."""
    here = {"source": "source", "flight": "flight", "dlq": "dlq", "done": "done"}.get(state.place, "")
    shapes = [
        figure.box(1, 30, 27, 54, "orders\n(source)", colour="@1"),
        figure.box(38, 30, 24, 54, "consumer", colour="@3"),
        figure.box(72, 30, 27, 54, "processed", colour="@good", dash=here != "done"),
        figure.arrow(28, 48, 38, 48),
        figure.arrow(38, 68, 28, 68, dash=True),
        figure.arrow(62, 57, 72, 57, colour="@good" if state.fixed else "@muted", dash=not state.fixed),
        figure.box(1, 128, 27, 42, "DLQ" if limit else "no DLQ", colour="@bad" if limit else "@muted", dash=not limit),
    ]
    if limit:
        shapes += [
            figure.arrow(9, 84, 9, 128, colour="@bad"),
            figure.words(31, 142, f"after {limit} received: down"),
            figure.arrow(20, 128, 20, 84, colour="@good", dash=True),
            figure.words(31, 160, "redrive: up again"),
        ]
    spots = {"source": (3, 16), "flight": (40, 16), "dlq": (4, 182), "done": (74, 16)}
    if here:
        x, y = spots[here]
        shapes.append(figure.dot(x, y, colour="@2", shape="square", label=f"received {state.receives}"
                                 if here != "dlq" else "the message"))  # fmt: skip
    return figure.picture(shapes, 196)


def ages(life, fifo, span):
    """Days of one message: hidden by the delay, in its source queue, in the dead-letter queue."""

    def at(day):
        return 2 + 96 * min(day, span) / span

    def bar(y, start, end, label, colour, dash=False):
        wide = at(end) - at(start)
        return [figure.words(2, y, label), figure.box(at(start), y + 6, max(wide, 0.5), 24, colour=colour, dash=dash)]

    shapes = bar(16, life.seen, life.left, "in the source queue", "@1")
    if life.where == "dlq":
        shapes += bar(74, life.left, life.gone, "in the dead-letter queue", "@2")
        if not life.in_dlq:
            shapes.append(figure.words(60, 74, "deleted at once", colour="@bad"))
    else:
        shapes.append(figure.words(2, 94, "deleted by its age before it could fail often enough", colour="@bad"))
    start = life.left if fifo and life.where == "dlq" else 0
    shapes += bar(132, start, life.gone, "its age counts", "@4", dash=True)
    for i, anchor in enumerate(("start", "middle", "end")):
        shapes.append(figure.words(2 + 48 * i, 182, f"day {span * i / 2:g}", anchor=anchor, small=True))
    return figure.picture(shapes, 190)


def lanes(jobs, consumers, groups, horizon):
    """What each consumer works on: boxes with the message's number, in its group's colour and with its letter."""
    shapes = []
    for consumer in range(consumers):
        y = 6 + 32 * consumer
        shapes += [figure.words(0, y + 18, f"W{consumer + 1}"), figure.link(8, y + 27, 98, y + 27)]
    for job in jobs:
        left, right = 8 + 90 * job.start / horizon, 8 + 90 * job.end / horizon
        label = f"{'ABCDEF'[job.group]}{job.number // groups + 1}"
        shapes.append(
            figure.box(left, 6 + 32 * job.consumer, right - left, 25, label if right - left > 6.5 else "",
                       colour=f"@{job.group + 1}")
        )  # fmt: skip
    foot = 6 + 32 * consumers
    shapes += [figure.words(8, foot + 14, "0 s", small=True),
               figure.words(98, foot + 14, f"{horizon:g} s", anchor="end", small=True)]  # fmt: skip
    return figure.picture(shapes, foot + 20)
