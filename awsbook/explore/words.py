"""Numbers as a reader says them: for sentences, tables and labels."""

from __future__ import annotations


def num(value, digits=3):
    """`value` with thousands separators and at most `digits` significant digits after them: 12,345; 0.0123; 7.

    Without an exponent: what is too small for that is under 0.0001.
    """
    if isinstance(value, int):
        return f"{value:,}"
    if value and abs(value) < 10 ** (digits - 1):
        text = f"{value:.{digits}g}"
        return text if "e" not in text else "under 0.0001"
    return f"{value:,.0f}"


def usd(value):
    """US dollars: $1,234, $12.35, $0.0123."""
    if abs(value) >= 1000:
        return f"${value:,.0f}"
    if abs(value) >= 1 or value == 0:
        return f"${value:,.2f}"
    text = f"${value:.3g}"
    return text if "e" not in text else "under $0.0001"


def percent(share, digits=3):
    """A share between 0 and 1 as per cent: 12.3 %."""
    return f"{num(100 * share, digits)} %"


def span(seconds):
    """A length of time in its natural unit: 0 s, 250 ms, 30 s, 2.5 min, 3 h, 4.5 days."""
    if not seconds:
        return "0 s"
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= 2 * size or (size == 1 and seconds >= 1):
            return f"{num(seconds / size)} {unit}"
    return f"{num(seconds * 1000)} ms"


def plural(count, one, many=None):
    """`1 shard`, `2 shards`, `1.5 shards`: by how the count reads."""
    said = num(count)
    return f"{said} {one if said == '1' else many or one + 's'}"
