"""What duplicates cost a shop, and what the table that stops them costs."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Charges:
    """Of one run: orders; resends that FIFO dropped; copies that reached a consumer; charges made twice; ids kept."""

    orders: int
    dropped: int
    copies: int
    double: int
    kept: int


def charge(
    orders: int, resend: float, after_s: float, redeliver: float, fifo_window_s: float, remember_s: float, seed: int
) -> Charges:
    """One order a second. A share `resend` is sent again after after_s; a share `redeliver` is received again after
    a minute.

    fifo_window_s: resends within it are dropped (0: standard queue). remember_s: a table remembers ids so long, and
    a consumer skips a known one (0: none). Rule: SQS guide, exactly-once processing; the table is a conditional
    write. ValueError if a share is not in 0..1. Leaves out: a consumer that dies between charge and write.
    """
    if not (0 <= resend <= 1 and 0 <= redeliver <= 1):
        raise ValueError(f"need shares between 0 and 1, got {resend} and {redeliver}")
    dice, dropped, copies, double = random.Random(seed), 0, 0, 0
    for _ in range(orders):
        gaps = []
        if dice.random() < resend:
            if after_s < fifo_window_s:
                dropped += 1
            else:
                gaps.append(after_s)
        if dice.random() < redeliver:
            gaps.append(60)
        copies += len(gaps)
        # a charge is remembered from its own moment; a skipped copy does not renew it
        last = 0
        for gap in sorted(gaps):
            if gap - last >= remember_s:
                double += 1
                last = gap
    return Charges(orders, dropped, copies, double, min(orders, int(remember_s)))
