"""Reads the JSON that `aws ec2 describe-spot-price-history` prints. Standard library only.

Whatever text comes in, the answer is a `History` or a `HistoryError` that says where the text is wrong, what stands
there and what was expected.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

FIELDS = ("InstanceType", "ProductDescription", "SpotPrice", "Timestamp")
MOST_LINES = 6
_PRICE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,12})?")
_COMMAND = "aws ec2 describe-spot-price-history"


class HistoryError(ValueError):
    """A text that is no price history."""


@dataclass(frozen=True)
class Series:
    """The prices of one pool, oldest first. Each holds until the next."""

    zone: str
    type: str
    product: str
    points: tuple[tuple[float, float], ...]  # seconds since 1970 (UTC), $ per hour; times rise

    @property
    def name(self) -> str:
        return f"{self.type} {self.zone}"

    @property
    def synthetic(self) -> bool:
        """True for the series we made: their instance type says so."""
        return self.type.startswith("synthetic.")


@dataclass(frozen=True)
class History:
    """series: the pools with most price changes, at most MOST_LINES; left_out: pools beyond that."""

    series: tuple[Series, ...]
    left_out: int

    @property
    def start(self) -> float:
        return min(series.points[0][0] for series in self.series)

    @property
    def end(self) -> float:
        return max(series.points[-1][0] for series in self.series)


def parse(text: str) -> History:
    """The history in a text. HistoryError for anything else.

    Takes the object with a SpotPriceHistory list, or the list alone; any order of time; several pools mixed.
    """
    pools: dict[tuple[str, str, str], dict[float, float]] = {}
    for number, entry in enumerate(_entries(text), start=1):
        pool, when, price = _entry(entry, number)
        pools.setdefault(pool, {}).setdefault(when, price)  # of two prices at one moment, the first printed
    ranked = sorted(pools.items(), key=lambda item: (-len(item[1]), item[0]))
    shown = sorted(ranked[:MOST_LINES])
    return History(
        tuple(Series(*pool, tuple(sorted(points.items()))) for pool, points in shown), len(ranked) - len(shown)
    )


def _entries(text):
    text = text.removeprefix("\ufeff").strip()  # some shells put a byte order mark first
    if not text:
        raise HistoryError(f"the text is empty; expected the JSON that `{_COMMAND}` prints")
    try:
        top = json.loads(text)
    except json.JSONDecodeError as error:
        raise HistoryError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}; expected what `{_COMMAND}` prints"
        ) from None
    except (ValueError, RecursionError):
        raise HistoryError("not a price history: a number too long or brackets too deep to read") from None
    if isinstance(top, dict):
        if "SpotPriceHistory" not in top:
            raise HistoryError(f"no SpotPriceHistory in the object; it has {_some(top)}")
        top = top["SpotPriceHistory"]
    if not isinstance(top, list):
        raise HistoryError(f"SpotPriceHistory is {_shown(top)}; expected a list of entries")
    if not top:
        raise HistoryError("SpotPriceHistory is an empty list; ask for a wider time range or another instance type")
    return top


def _entry(entry, number):
    if not isinstance(entry, dict):
        raise HistoryError(f"entry {number} is {_shown(entry)}; expected an object with {', '.join(FIELDS)}")
    missing = [field for field in FIELDS if field not in entry]
    zone_field = "AvailabilityZone" if "AvailabilityZone" in entry else "AvailabilityZoneId"
    if zone_field not in entry:
        missing.insert(0, "AvailabilityZone")
    if missing:
        raise HistoryError(f"entry {number} lacks {', '.join(missing)}; it has {_some(entry)}")
    pool = tuple(_word(entry[field], field, number) for field in (zone_field, "InstanceType", "ProductDescription"))
    return pool, _moment(entry["Timestamp"], number), _price(entry["SpotPrice"], number)


def _word(value, field, number):
    if not isinstance(value, str) or not value.strip() or len(value) > 60 or not value.isprintable():
        raise HistoryError(f"entry {number}: {field} is {_shown(value)}; expected a name of at most 60 characters")
    return value.strip()


def _price(value, number):
    number_given = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
    price = f"{value:.12f}" if number_given else value
    if not isinstance(price, str) or not _PRICE.fullmatch(price) or float(price) == 0:
        raise HistoryError(
            f'entry {number}: SpotPrice is {_shown(value)}; expected dollars an hour above 0, such as "0.0312"'
        )
    return float(price)


def _moment(value, number):
    try:
        when = datetime.fromisoformat(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        raise HistoryError(
            f"entry {number}: Timestamp is {_shown(value)}; expected a time such as 2026-11-20T08:15:00+00:00"
        ) from None


def _shown(value):
    """The value as JSON would write it, cut to what a reader can take in."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _some(table):
    names = [_shown(name).strip('"') for name in table]
    return (", ".join(names[:6]) + (", ..." if len(names) > 6 else "")) or "nothing"


@dataclass(frozen=True)
class Held:
    """What a maximum price makes of a series."""

    hours: float  # in all
    running_h: float
    interruptions: int  # by price; a history cannot show those by capacity
    cost: float  # $
    mean: float  # $ per hour over all hours
    changes: int


def hold(points: Sequence[tuple[float, float]], end: float, maximum: float) -> Held:
    """Follows a persistent request through a series up to `end`: it runs while the price is not above the maximum.

    points: (seconds, $ per hour), times rising; end: seconds, not before the last point. ValueError if maximum <= 0.
    Leaves out: capacity, which the history does not hold.
    """
    if maximum <= 0:
        raise ValueError(f"need maximum > 0, got {maximum}")
    ends = [when for when, _ in points[1:]] + [end]
    spans = [((stop - when) / 3600, price) for (when, price), stop in zip(points, ends, strict=True)]
    runs = [price <= maximum for _, price in points]
    hours = math.fsum(span for span, _ in spans)
    total = math.fsum(span * price for span, price in spans)
    return Held(
        hours,
        math.fsum(span for (span, _), run in zip(spans, runs, strict=True) if run),
        sum(before and not after for before, after in pairwise(runs)),
        math.fsum(span * price for (span, price), run in zip(spans, runs, strict=True) if run),
        total / hours if hours else points[0][1],
        sum(a[1] != b[1] for a, b in pairwise(points)),
    )
