"""How long a message lies where: delay, source queue, dead-letter queue."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Life:
    """Days since the send. seen: first visible; left: leaves the source; gone: deleted by its age; where: and there."""

    seen: float
    left: float
    gone: float
    where: str  # source, or dlq

    @property
    def in_dlq(self) -> float:
        return self.gone - self.left if self.where == "dlq" else 0.0


def life(delay_d: float, failing_d: float, source_d: float, dlq_d: float, fifo: bool) -> Life:
    """A message that fails for failing_d days after its delay, and nobody mends it.

    source_d, dlq_d: the retention of each queue, days. Rule: SQS guide, dead-letter queue retention: on a standard
    queue the age counts from the first send, on a FIFO queue the move starts it anew. ValueError if anything is
    negative. Leaves out: the up to quarter of an hour in which a changed retention spreads.
    """
    if min(delay_d, failing_d, source_d, dlq_d) < 0:
        raise ValueError(f"need nothing negative, got {delay_d}, {failing_d}, {source_d} and {dlq_d}")
    moved = delay_d + failing_d
    if moved >= source_d:
        return Life(min(delay_d, source_d), source_d, source_d, "source")
    return Life(delay_d, moved, moved + dlq_d if fifo else max(moved, dlq_d), "dlq")
