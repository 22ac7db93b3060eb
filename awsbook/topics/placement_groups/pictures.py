"""The picture of the chapter: racks in zones, what runs on them, and the pieces of data."""

from __future__ import annotations

from awsbook.explore import figure

RACK, GAP, ROW = 11.0, 1.5, 96  # per cent, per cent, px
SPOTS = ((0.3, 14), (0.7, 14), (0.3, 32), (0.7, 32))  # of a rack's slots: share of its width, px from its top


def letter(rack):
    return "ABCDEFGHIJKLMNOP"[rack]


def racks(state, rules, partition_of, left, copies):
    """Zones of racks with their instances, and below them the pieces of data.

    left: how many copies each piece has, or [] before there is data; copies: how many it should have.
    """
    zones = max([rules.zones, *(i.zone + 1 for i in state.instances)])
    shapes = []
    for zone in range(zones):
        shapes.append(figure.words(0, ROW * zone + 13, f"zone {zone + 1}", bold=True))
        for rack in range(rules.racks):
            shapes += _rack(state, rules, zone, rack, partition_of(rack, rules))
    foot = ROW * zones + 12
    shapes.append(figure.words(0, foot, "data", bold=True))
    if not left:
        shapes.append(figure.words(12, foot, "none yet: launch first", colour="@muted"))
    for i, n in enumerate(left):
        shape, colour = ("circle", "@good") if n == copies else ("ring", "@5") if n else ("cross", "@bad")
        shapes.append(figure.dot(14 + 7.4 * i, foot - 4, radius=5, colour=colour, shape=shape))
    shapes += [
        figure.dot(2, foot + 20, radius=5, colour="@good", label="all copies"),
        figure.dot(36, foot + 20, radius=5, colour="@5", shape="ring", label="fewer"),
        figure.dot(62, foot + 20, radius=5, colour="@bad", shape="cross", label="none, lost"),
    ]
    return figure.picture(shapes, foot + 32)


def _rack(state, rules, zone, rack, partition):
    x, y = (RACK + GAP) * rack, ROW * zone + 22
    broken = (zone, rack) in state.broken
    on = sorted((i for i in state.instances if (i.zone, i.rack) == (zone, rack)), key=lambda i: not i.alive)
    colour = "@bad" if broken else "@muted" if partition is None else f"@{partition % 6 + 1}"
    yield figure.box(x, y, RACK, 46, colour=colour, dash=broken, filled=any(i.alive for i in on))
    for (share, down), instance in zip(SPOTS, on[: rules.slots], strict=False):
        shape, paint = ("circle", "@text") if instance.alive else ("cross", "@bad")
        yield figure.dot(x + RACK * share, y + down, radius=5, colour=paint, shape=shape)
    name = letter(rack) if partition is None else f"{letter(rack)} · {partition + 1}"
    yield figure.words(x + RACK / 2, y + 60, name, anchor="middle", small=True)
