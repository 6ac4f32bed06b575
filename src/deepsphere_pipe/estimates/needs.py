"""From what a step is expected to cost to what a scheduler is asked for."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a step is expected to take.

    Attributes
    ----------
    seconds : float
        From its start to its end.
    mem_mb : float
        Memory of the host, in 10^6 bytes.
    disk_mb : float
        What it leaves on the disk.
    gpu_mb : float
        Memory of each GPU.
    """

    seconds: float
    mem_mb: float
    disk_mb: float = 0.0
    gpu_mb: float = 0.0


@dataclass(frozen=True)
class Needs:
    """What a scheduler is asked for: memory in 10^6 bytes, minutes."""

    mem_mb: int
    runtime: int


MEMORY_FACTOR, MEMORY_MARGIN_MB = 1.5, 300
TIME_FACTOR = 3.0
"""Requests are above what is expected: on shared machines, times were seen to vary fourfold."""

SHORTEST = 10
"""Minutes; starting from a slow network disk alone may take one or two."""

GROWTH = 1.6
"""How much more is asked for when a step is submitted again."""


def request(cost: Cost, attempt: int = 1) -> Needs:
    """Return what to ask for; more in every further attempt.

    Whole hundreds of MB, tens of minutes, and hours beyond four.
    """
    grown = GROWTH ** (attempt - 1)
    memory = (MEMORY_FACTOR * cost.mem_mb + MEMORY_MARGIN_MB) * grown
    minutes = max(TIME_FACTOR * cost.seconds / 60, SHORTEST) * grown
    step = 10 if minutes <= 240 else 60
    return Needs(100 * math.ceil(memory / 100), step * math.ceil(minutes / step))
