"""What a serverless cache costs a month."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """One engine's prices and its metered minimum."""

    gb_hour: float  # $
    million_ecpu: float  # $
    min_gb: float


@dataclass(frozen=True)
class Bill:
    """$ a month."""

    data: float
    requests: float

    @property
    def total(self) -> float:
        return self.data + self.requests


def bill(gb: float, per_second: float, kb: float, rates: Rates, hours: float, ecpu_kb: float) -> Bill:
    """A month of `gb` stored and `per_second` simple reads and writes of `kb` each.

    Rule: one ECPU for each ecpu_kb moved, at least one a request; data is metered from min_gb on. ValueError if
    anything is negative. Leaves out: commands that cost more CPU, backups, data between Zones.
    """
    if min(gb, per_second, kb) < 0:
        raise ValueError(f"need nothing negative, got {gb}, {per_second} and {kb}")
    ecpu = per_second * 3600 * hours * max(1.0, kb / ecpu_kb)
    return Bill(max(gb, rates.min_gb) * hours * rates.gb_hour, ecpu / 1e6 * rates.million_ecpu)
