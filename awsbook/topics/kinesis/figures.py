"""The figures that more than one view of the Kinesis chapter draws, or that take more than a few lines."""

from __future__ import annotations

from awsbook.explore import figure

from .routing import HASH_BITS, hash_key

MOST_NAMED = 4  # the busiest keys carry their names
# on a phone's chart, 250 px by 220: what a letter takes of the width, a name of the height, and what is beside the plot
LETTER_PERCENT, NAME_HEIGHT, BESIDE_PERCENT = 2.9, 0.08, 4


def place(key: int) -> float:
    """Where a hash key lies in the key space, per cent."""
    return 100 * key / 2**HASH_BITS


def key_space(traces, rates, limit, top):
    """Keys as points along the key space, shards as the steps in `traces`, and the limit of a shard."""
    names = sorted(rates, key=rates.get, reverse=True)
    places, records, high = [place(hash_key(name)) for name in names], [rates[name] for name in names], top * 1.15
    named = _clear(zip(names, places, (each / high for each in records), strict=True))
    dots = figure.points(
        "keys",
        places,
        records,
        series=2,
        text=[name if name in named else "" for name in names],
    )
    return figure.chart(
        [*traces, dots],
        "Place in the key space (%)",
        "Records/s",
        x_range=[0, 100],
        y_range=[0, high],
        marks=[figure.level(limit, "limit of a shard", "@bad")],
    )


def _clear(spots):
    """The first names that lie on no other, nor over the plot's sides. spots: (name, % of width, share of height)."""
    kept = []
    for name, x, y in spots:
        half = LETTER_PERCENT * len(name) / 2
        inside = x - half >= -BESIDE_PERCENT and x + half <= 100 + BESIDE_PERCENT
        if inside and all(abs(x - x2) >= half + half2 or abs(y - y2) >= NAME_HEIGHT for _, x2, y2, half2 in kept):
            kept.append((name, x, y, half))
        if len(kept) == MOST_NAMED:
            break
    return {name for name, *_ in kept}


def steps(name, ranges, records, **style):
    """A line that holds each shard's records/s over its range."""
    x = [place(owned.start) for owned in ranges] + [100.0]
    return figure.line(name, x, [*records, records[-1]], step=True, **style)


COLUMNS = ("producers", "shards", "reads", "lands in")


def family(shards, polled, pushed, behind):
    """Producers, shards, readers and where they put things. polled, pushed: (name, lands in) of each reader.

    behind: polled readers cannot keep up, their lines are broken.
    """
    rows = max(shards, len(polled) + len(pushed), 1)
    shard_at = _rows(shards, rows)
    readers = _rows(len(polled) + len(pushed), rows)
    traces = [figure.line("written", *_walk(0, (rows + 1) / 2, 1, shard_at), series=3, dash="solid", width=2)]
    for kind, at, series in (("polled", readers[: len(polled)], 1), ("pushed", readers[len(polled) :], 4)):
        if at:
            late = kind == "polled" and behind
            traces.append(
                figure.line(
                    kind + (", falls behind" if late else ""),
                    *_web(shard_at, at),
                    series=series,
                    colour="@bad" if late else None,
                    dash="dot" if late else "solid" if kind == "polled" else "dash",
                    width=2,
                )
            )
    spots = [(0, (rows + 1) / 2, ""), *((1, lane, str(i)) for i, lane in enumerate(shard_at))]
    for lane, (name, lands_in) in zip(readers, (*polled, *pushed), strict=True):
        spots += [(2, lane, ""), (3, lane, f"{name}: {lands_in}" if lands_in else name)]
    dots = figure.points(
        "who",
        [COLUMNS[column] for column, _, _ in spots],
        [lane for _, lane, _ in spots],
        series=6,
        symbol="square",
        size=10,
        text=[text for _, _, text in spots],
    )
    return figure.chart([*traces, dots], "", "Lane", x_range=[-0.3, 3.7], y_range=[0, rows + 1])


def _rows(count, rows):
    """`count` lanes spread over `rows`, the first on top."""
    return [rows + 1 - (i + 0.5) * (rows / count) - 0.5 for i in range(count)] if count else []


def _walk(from_column, from_lane, to_column, lanes):
    """One line that goes from a point to each lane and back: a fan without gaps."""
    x, y = [], []
    for lane in lanes:
        x += [COLUMNS[from_column], COLUMNS[to_column]]
        y += [from_lane, lane]
    return x, y


def _web(shard_lanes, reader_lanes):
    """One line over every edge from each shard to each reader, and on from each reader to where it lands."""
    x, y = [], []
    for reader in reader_lanes:
        for shard in shard_lanes:
            x += [COLUMNS[1], COLUMNS[2]]
            y += [shard, reader]
        x += [COLUMNS[3], COLUMNS[2]]
        y += [reader, reader]
        x.append(COLUMNS[1])
        y.append(shard_lanes[0])
    return x, y
