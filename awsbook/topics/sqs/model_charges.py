"""What duplicates cost a shop, and what the table that stops them costs."""

from __future__ import annotations

import random
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache


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
    dropped = copies = double = 0
    # Each share counts the orders whose number is lower, so a higher share only adds copies. Which of the two befell an
    # order is counted as if they did not hang together, but for those that would not fit beside each other.
    lucks = _lucks(orders, seed)
    sent, received, both = (bisect_left(lucks, x) for x in (resend, redeliver, resend * redeliver))
    both = max(both, sent + received - orders)
    for sent_again, received_again, times in (
        (True, True, both),
        (True, False, sent - both),
        (False, True, received - both),
    ):
        gaps = [60] if received_again else []
        if sent_again and after_s < fifo_window_s:
            dropped += times
        elif sent_again:
            gaps.append(after_s)
        copies += times * len(gaps)
        # a charge is remembered from its own moment; a skipped copy does not renew it
        last = 0
        for gap in sorted(gaps):
            if gap - last >= remember_s:
                double += times
                last = gap
    return Charges(orders, dropped, copies, double, min(orders, int(remember_s)))


@lru_cache(maxsize=10)
def _lucks(orders, seed):
    """A number from 0 to 1 for each order, the same for all shares; the lowest first, so that a count is a search."""
    draw = random.Random(seed).random
    return sorted(draw() for _ in range(orders))
