"""A target is taken out: which requests in flight still finish, and when its instance may go."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """Requests of one kind in flight. count: how many; length_s: how long one takes, all alike."""

    name: str
    count: int
    length_s: float

    @property
    def left(self) -> tuple[float, ...]:
        """Seconds that each still needs: caught at even steps of their length, as random moments are on average."""
        return tuple(self.length_s * (i + 0.5) / self.count for i in range(self.count))


@dataclass(frozen=True)
class Drained:
    """finished: requests of each kind that end in time; cut: of each kind, those that do not; goes_s: when the
    instance may be terminated, in s after the deregistration."""

    finished: tuple[int, ...]
    cut: tuple[int, ...]
    goes_s: float


def drain(kinds: tuple[Kind, ...], delay_s: float) -> Drained:
    """No new requests come from 0 on; what is not done after delay_s is cut when the instance goes.

    The instance may go once nothing is in flight, or when the delay is over. ValueError for a negative delay.
    Rule: ALB guide, deregistration delay. Leaves out: keep-alive connections without a request (they are closed),
    clients that try again, and a Network Load Balancer, which leaves its flows alone unless told to end them.
    """
    if delay_s < 0:
        raise ValueError(f"need a delay of 0 s or more, got {delay_s}")
    ended = tuple(sum(left <= delay_s for left in kind.left) for kind in kinds)
    cut = tuple(kind.count - n for kind, n in zip(kinds, ended, strict=True))
    longest = max((left for kind in kinds for left in kind.left), default=0.0)
    return Drained(ended, cut, min(longest, delay_s))


def rolling(instances: int, goes_s: float, start_s: float) -> float:
    """Seconds to replace `instances` one after another: each drains, then its successor starts and proves healthy."""
    return instances * (goes_s + start_s)
