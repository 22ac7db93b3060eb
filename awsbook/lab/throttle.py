"""Limits per second on the lab's clock, for engines that have none of their own."""

from __future__ import annotations

from awsbook.lab.checks import Endless

IN_VAIN = 100  # calls in one instant of the lab's clock, after which somebody must be waiting for ever


class Bucket:
    """A limit per second, as a token bucket that holds one second's worth. The clock: a function, in seconds.

    A model: AWS publishes the rate, not how it counts within a second.
    """

    def __init__(self, rate: float, clock):
        self.rate, self._clock = rate, clock
        self._tokens, self._at = rate, clock()

    def holds(self, amount: float) -> bool:
        """Whether `amount` could be taken now."""
        now = self._clock()
        self._tokens = min(self.rate, self._tokens + (now - self._at) * self.rate)
        self._at = now
        return amount <= self._tokens + 1e-6  # what adding up fractions of a second loses

    def take(self, amount: float) -> None:
        """Takes `amount`, which the bucket must hold."""
        self._tokens -= amount


class TimeStandsStill(Endless):
    """A program asks again and again, but does not wait: on the lab's clock no moment ever passes."""


class Patience:
    """Ends a loop that would never end, because it does not move the lab's clock."""

    def __init__(self, clock):
        self._clock = clock
        self._at, self._count = None, 0

    def count_in_vain(self) -> None:
        """Counts a call that was refused or brought nothing. TimeStandsStill after too many in one instant."""
        now = self._clock()
        self._count = self._count + 1 if now == self._at else 1
        self._at = now
        if self._count >= IN_VAIN:
            raise TimeStandsStill(
                f"{IN_VAIN} calls in the same instant of the lab's clock were refused or brought nothing: "
                "wait between two attempts (time.sleep(1) moves the clock), and stop when there is nothing left"
            )
