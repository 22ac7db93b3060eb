"""What interruptions cost a job, and what writing its state away saves.

Interruptions come at random with a mean time between them (exponential gaps). All times in hours. Standard library
only; chance only through the `random.Random` handed in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

MAX_ATTEMPTS = 300  # a simulated job that is interrupted more often is given up


@dataclass(frozen=True)
class Job:
    """A job on one Spot Instance. All in hours, all > 0 except restart."""

    work: float  # computing that has to be done once
    interval: float  # computing between two checkpoints
    checkpoint: float  # to write one
    restart: float  # until a new instance goes on from the last checkpoint
    between: float  # mean time between interruptions

    def __post_init__(self):
        if min(self.work, self.interval, self.checkpoint, self.between) <= 0 or self.restart < 0:
            raise ValueError(f"need times > 0 and restart >= 0, got {self}")


@dataclass(frozen=True)
class Toll:
    """Where the expected hours of a job go."""

    work: float
    checkpoints: float
    lost: float  # computing done again
    restarts: float

    @property
    def total(self) -> float:
        return math.fsum((self.work, self.checkpoints, self.lost, self.restarts))


def pieces(job: Job) -> tuple[int, float, float]:
    """(how many full pieces, hours of one with its checkpoint, hours of the last, which needs no checkpoint)."""
    full = max(0, math.ceil(job.work / job.interval - 1e-9) - 1)
    return full, job.interval + job.checkpoint, job.work - full * job.interval


def expected(job: Job) -> Toll:
    """Where the time goes on average, exactly, if an interruption throws away all since the last checkpoint.

    A piece of s hours takes between * (exp(s / between) - 1) hours without restarts.
    Source: Daly 2006, "A higher order estimate of the optimum checkpoint interval", the same sum.
    Leaves out: that interruptions come in waves, and that a new instance may have to be waited for.
    """
    full, piece, last = pieces(job)
    tries = full * math.expm1(piece / job.between) + math.expm1(last / job.between)  # failed ones, on average
    one_restart = job.between * math.expm1(job.restart / job.between)
    return Toll(
        job.work,
        full * job.checkpoint,
        max(0.0, job.between * tries - full * piece - last),
        tries * one_restart,
    )


def expected_with_notice(job: Job) -> Toll:
    """The same if the notice is long enough to write a checkpoint: nothing is lost, each interruption costs one more.

    Leaves out: a notice that comes late or not at all (AWS sends it on a best-effort basis).
    """
    regular = pieces(job)[0] * job.checkpoint
    stops = (job.work + regular) / job.between
    one_restart = job.between * math.expm1(job.restart / job.between)
    return Toll(job.work, regular + stops * job.checkpoint, 0.0, stops * one_restart)


def young(checkpoint: float, between: float) -> float:
    """The interval that costs least, to first order: the square root of 2 * checkpoint * between. Hours.

    Source: Young 1974. Good while checkpoint is small against between.
    """
    return math.sqrt(2 * checkpoint * between)


def simulate(job: Job, rng: Random) -> float:
    """One run of the job, interruption by interruption: hours until done, or inf after more than MAX_ATTEMPTS.

    The gaps have no memory, so one gap serves all the pieces that are done in it.
    """
    full, piece, last = pieces(job)
    clock = begin = 0.0
    for _ in range(MAX_ATTEMPTS + 1):
        calm = rng.expovariate(1 / job.between)
        if calm >= begin + (piece if full else last):
            need = begin + full * piece + last
            if calm >= need:
                return clock + need
            full -= min(full, int((calm - begin) / piece))
        clock += calm
        begin = job.restart
    return math.inf
