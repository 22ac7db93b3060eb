"""An upload in parts: how many, whether S3 takes them, how long it takes. Source of the limits: the user guide's table
of multipart limits. The time is ours: streams of equal speed on a line they share, no start-up, no slow tail.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Limits:
    """In MiB, except max_parts."""

    min_part: float
    max_part: float
    max_parts: int
    max_object: float
    max_put: float


def count(size_mib: float, part_mib: float) -> int:
    """Parts of an object; an object smaller than one part is one part."""
    return max(1, ceil(size_mib / part_mib))


def refusal(size_mib: float, part_mib: float, limits: Limits) -> str:
    """Why S3 does not take this upload, as its error code and a reason; "" if it does."""
    if size_mib > limits.max_object:
        return "EntityTooLarge: the object is larger than S3 stores"
    if part_mib > limits.max_part:
        return "EntityTooLarge: a part is larger than S3 takes"
    if part_mib < limits.min_part and size_mib > part_mib:
        return "EntityTooSmall: only the last part may be so small"
    if count(size_mib, part_mib) > limits.max_parts:
        return f"InvalidArgument: part number {limits.max_parts + 1:,} does not exist"
    return ""


def smallest_part(size_mib: float, limits: Limits) -> float:
    """The smallest part size in whole MiB with which the object fits."""
    return max(limits.min_part, ceil(size_mib / limits.max_parts))


def seconds(size_mib: float, part_mib: float, streams: int, stream_mib_s: float, line_mib_s: float) -> float:
    """Until the last part is there. `streams` parts travel at once, each at its own speed or its share of the line.

    The parts go out in rounds; the last round may have fewer, and those share the line among themselves.
    """
    n = count(size_mib, part_mib)
    last = size_mib - (n - 1) * part_mib
    full, left = divmod(n, streams)
    if left == 0:
        full, left = full - 1, streams
    speed = min(stream_mib_s, line_mib_s / streams)
    final = min(stream_mib_s, line_mib_s / left)
    # in the last round the short part, if it is alone, is all there is
    return full * part_mib / speed + (last if left == 1 else part_mib) / final


def single(size_mib: float, stream_mib_s: float, line_mib_s: float) -> float:
    """Seconds of one PUT."""
    return size_mib / min(stream_mib_s, line_mib_s)


def sent_again_mib(size_mib: float, part_mib: float, at: float) -> tuple[float, float]:
    """MiB sent twice if one connection breaks at this share (0 to 1) of the object: (one PUT, in parts at the most).

    One PUT starts again from nothing; in parts, one part does. 0: it never breaks.
    """
    return at * size_mib, min(part_mib, at * size_mib)
