"""The reader's own partition keys: one a line, with a rate after the last comma if they like."""

from __future__ import annotations

import math

from awsbook.explore.controls import ControlError


def read_keys(text: str, max_chars: int, max_keys: int = 200) -> dict[str, float]:
    """{partition key: records/s}; the same key twice adds up, a line without a number sends 1 record/s.

    ControlError names the line of a key that Kinesis would refuse or of a rate that is no number.
    A comma is taken as the separator only when a number follows the last one: `a,b` is a key.
    """
    rates: dict[str, float] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        key, rate = _parse(line.strip(), number)
        if not 1 <= len(key) <= max_chars:
            raise ControlError(
                f"keys, line {number}: a partition key has 1 to {max_chars} characters, this has {len(key)}"
            )
        rates[key] = rates.get(key, 0.0) + rate
        if len(rates) > max_keys:
            raise ControlError(f"keys, line {number}: more than {max_keys} different keys; this page takes no more")
    if not rates:
        raise ControlError("keys: no key in it; write one a line, for example order-17 or order-17,250")
    return rates


def _parse(line, number):
    key, comma, tail = line.rpartition(",")
    if not comma:
        return line, 1.0
    tail = tail.strip()
    if not tail:
        raise ControlError(f"keys, line {number}: nothing after the comma in {line!r}; write a rate or drop the comma")
    try:
        rate = float(tail)
    except ValueError:
        if tail[0].isdigit() or tail[0] in "+-.":
            raise ControlError(f"keys, line {number}: {tail!r} is not a number of records a second") from None
        return line, 1.0  # a comma inside the key
    if not math.isfinite(rate) or not 0 < rate <= 1e6:
        raise ControlError(f"keys, line {number}: {tail} records a second is not between 0 and 1,000,000")
    return key.strip(), rate
