"""A clock that the lab moves: time stands still until somebody says how much of it passes.

Engines inside this process (moto) read it, and so do your cells. A server that the lab starts is a process of its own
and keeps real time: there, waiting is waiting.
"""

from __future__ import annotations

import datetime
import threading
import time

# Told the real time: the kernel's own plumbing, whoever waits for another process, and pytest's stopwatch. Not asyncio
# (only its loops, see start): what a cell does after an `await` is called by asyncio, and belongs to the lab.
_REAL_TIME_FOR = ["subprocess", "tornado", "zmq", "jupyter_client", "_pytest.timing"]


class Clock:
    """Lab time, from `start` (an ISO time with its offset, such as 2026-03-02T09:00:00+00:00).

    While it runs, `time.sleep` in the thread that started it returns at once and moves the clock instead; boto3's
    waits between two tries pass in the same way. Other threads sleep as ever, or a background thread of the kernel
    would race ahead.
    """

    def __init__(self, start: str):
        self._begin = datetime.datetime.fromisoformat(start)
        if self._begin.tzinfo is None:
            raise ValueError(f"the clock's start needs an offset from UTC, such as {start}+00:00")
        self._freezer = self._hands = self._sleep = None

    def start(self) -> None:
        """Stops the world's clock and shows the lab's."""
        from freezegun import freeze_time

        utc = self._begin.astimezone(datetime.UTC).replace(tzinfo=None)  # freezegun counts in UTC
        self._freezer = freeze_time(utc, ignore=_REAL_TIME_FOR, real_asyncio=True)
        self._hands = self._freezer.start()
        self._sleep, time.sleep = time.sleep, self._sleeper(time.sleep)

    def stop(self) -> None:
        """Gives the world its clock back."""
        time.sleep = self._sleep
        self._freezer.stop()
        self._freezer = self._hands = self._sleep = None

    @property
    def now(self) -> datetime.datetime:
        """The lab's time, in UTC."""
        return datetime.datetime.now(datetime.UTC)

    @property
    def elapsed(self) -> float:
        """Seconds of lab time since the clock started."""
        return (self.now - self._begin).total_seconds()  # whole microseconds: a timestamp as a float is coarser

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass at once. ValueError if negative, RuntimeError if the clock does not run."""
        if self._hands is None:
            raise RuntimeError("the lab's clock does not run: start the sandbox first")
        if seconds < 0:
            raise ValueError(f"the lab's clock goes forward only, got {seconds} seconds")
        self._hands.tick(datetime.timedelta(seconds=seconds))

    def _sleeper(self, really_sleep):
        owner = threading.get_ident()

        def sleep(seconds):
            if threading.get_ident() == owner:
                self.advance(seconds)
            else:
                really_sleep(seconds)

        return sleep
