"""The drawings of the S3 chapter."""

from __future__ import annotations

from awsbook.explore import figure


def stack(bucket, most=6):
    """The versions of the key, newest on top; a marker is dashed. Below `most`, a line says how many more there are."""
    shapes = [
        figure.words(0, 16, "report.csv", bold=True),
        figure.words(100, 16, f"versioning: {bucket.versioning}", anchor="end"),
    ]
    if not bucket.stack:
        shapes.append(figure.words(50, 70, "nothing is stored", anchor="middle", colour="@muted"))
    for i, version in enumerate(bucket.stack[:most]):
        y = 28 + 34 * i
        colour = "@bad" if version.marker else "@1" if i == 0 else "@3"
        label = "delete marker" if version.marker else f"body {version.body}"
        shapes.append(figure.box(22, y, 40, 28, label, colour=colour, dash=version.marker))
        shapes.append(figure.words(20, y + 19, version.id, anchor="end"))
        if i == 0:
            seen = "GET: 404" if version.marker else "GET reads this"
            shapes.append(figure.words(64, y + 19, seen, colour="@bad" if version.marker else "@good"))
    if len(bucket.stack) > most:
        shapes.append(figure.words(42, 28 + 34 * most + 14, f"and {len(bucket.stack) - most} more", anchor="middle"))
    return figure.picture(shapes, 28 + 34 * most + 24)


def folders(entries, first_page, prefix):
    """What a listing shows: keys as squares, common prefixes as boxes; what is not on the first page is pale."""
    shapes = [figure.words(0, 16, f"under {prefix!r}" if prefix else "the whole bucket", bold=True)]
    shown_rows = max(5, min(9, len(entries)))
    for i, (name, common) in enumerate(entries[:9]):
        y, there = 28 + 28 * i, i < first_page
        colour = ("@2" if common else "@1") if there else "@muted"
        shown = name if len(name) <= 34 else f"{name[:33]}…"
        if common:
            shapes.append(figure.box(0, y, 12, 20, "…/", colour=colour, dash=not there))
        else:
            shapes.append(figure.dot(6, y + 10, colour=colour, shape="square" if there else "ring"))
        shapes.append(figure.words(15, y + 15, shown, colour="@text" if there else "@muted"))
    if len(entries) > 9:
        shapes.append(figure.words(15, 28 + 28 * 9 + 14, f"and {len(entries) - 9} more"))
    if not entries:
        shapes.append(figure.words(15, 44, "nothing", colour="@muted"))
    return figure.picture(shapes, 28 + 28 * shown_rows + (22 if len(entries) > 9 else 4))


def locks(upload, outcome):
    """The way of the body: client, wire, S3's door, disk; where it is readable and where not."""
    plain, sealed = ("@bad", "readable"), ("@good", "sealed")
    wire = sealed if upload.https or upload.client else plain
    stops = [
        ("you", ("@good", "encrypted") if upload.client else ("@1", "plain body")),
        ("the wire", (wire[0], f"{'HTTPS' if upload.https else 'HTTP'}: {wire[1]}")),
    ]
    if outcome.refused:
        stops.append(("S3", ("@bad", "refused")))
    else:
        stops += [("S3", ("@1", "encrypted" if upload.client else "sees it")), ("the disk", ("@good", outcome.stored))]
    shapes = []
    for i, (name, (colour, label)) in enumerate(stops):
        y = 8 + 46 * i
        dash = colour == "@bad"
        shapes += [
            figure.words(24, y + 21, name, anchor="end"),
            figure.box(28, y, 70, 32, label, colour=colour, dash=dash),
        ]
        if i:
            shapes.append(figure.arrow(63, y - 13, 63, y - 2))
    return figure.picture(shapes, 190)


def copies(arrivals, seen, until_s, strong):
    """A lane for each copy: dashed until the new version is there; the reads, round if fresh, a cross if stale."""

    def at(seconds):
        return 14 + 84 * min(seconds, until_s) / until_s

    shapes = []
    for i, arrival in enumerate(arrivals):
        y = 14 + 34 * i
        heard = 0 if strong else arrival
        shapes += [figure.words(0, y + 13, f"copy {i + 1}"), figure.link(at(0), y + 9, at(until_s), y + 9)]
        if heard > 0:
            shapes.append(figure.box(at(0), y, at(heard) - at(0), 18, colour="@bad", dash=True))
        if heard < until_s:
            shapes.append(figure.box(at(heard), y, at(until_s) - at(heard), 18, colour="@good"))
    for read in seen:
        shape, colour = ("cross", "@bad") if read.stale else ("circle", "@1")
        shapes.append(figure.dot(at(read.at), 23 + 34 * read.copy, radius=5, shape=shape, colour=colour))
    foot = 14 + 34 * len(arrivals)
    shapes += [
        figure.words(14, foot + 14, "write", small=True),
        figure.words(98, foot + 14, f"{until_s:g} s later", anchor="end", small=True),
        figure.dot(16, foot + 32, radius=5, colour="@1", label="read: new"),
        figure.dot(56, foot + 32, radius=5, shape="cross", colour="@bad", label="read: old"),
    ]
    return figure.picture(shapes, foot + 46)


def turns(log):
    """Two clients and the object between them, one row a call; a refusal is dashed and says its status."""
    shapes = [
        figure.words(12, 16, "ann", anchor="middle", bold=True),
        figure.words(50, 16, "count.txt", anchor="middle", bold=True),
        figure.words(88, 16, "bo", anchor="middle", bold=True),
        figure.box(41, 24, 18, 20, "0", colour="@3"),
    ]
    for i, turn in enumerate(log, start=1):
        y = 24 + 26 * i
        held = "free" if turn.count is None else f"{turn.count}"
        shapes.append(figure.box(41, y, 18, 20, held, colour="@3" if turn.ok else "@bad", dash=not turn.ok))
        if turn.who == "you":
            shapes.append(figure.words(60, y + 15, "deleted", small=True))
            continue
        left, reads = turn.who == "ann", turn.request.startswith("Get")
        label = "GET" if reads else "PUT"
        label += "" if turn.ok else f" {turn.answer[:3]}" if turn.answer[0].isdigit() else ": no call"
        ends = (39, 24) if left else (61, 76)
        ends = ends if reads else ends[::-1]
        colour = "@1" if turn.ok else "@bad"
        shapes.append(figure.arrow(ends[0], y + 10, ends[1], y + 10, colour=colour, dash=not turn.ok))
        shapes.append(figure.words(22 if left else 78, y + 15, label, anchor="end" if left else "start"))
    return figure.picture(shapes, 24 + 26 * (max(6, len(log)) + 1))
