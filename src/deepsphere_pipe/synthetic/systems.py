"""Populations of weather systems: drawn with random numbers of their own, alive for some time."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self, TypeVar

import numpy as np

from deepsphere_pipe.data.sources.naming import SLOTS_PER_DAY
from deepsphere_pipe.synthetic.imprint import Imprint
from deepsphere_pipe.synthetic.shapes import smooth_step

STEPS_PER_DAY = SLOTS_PER_DAY
STEPS_PER_YEAR = 365 * STEPS_PER_DAY
Part = TypeVar("Part", bound="Systems")


@dataclass(frozen=True)
class Systems:
    """Systems of one kind: every attribute is an array with one entry a system."""

    def take(self, index: np.ndarray) -> Self:
        """Return the systems at ``index``, in single precision."""
        arrays = (getattr(self, one.name)[index] for one in fields(self))
        return type(self)(*(array.astype(np.float32, copy=False) for array in arrays))

    def add_to(self, imprint: Imprint, step: int) -> None:
        """Add all that are alive at a step, counted from year 0, to an imprint."""
        raise NotImplementedError


def join(parts: Sequence[Part]) -> Part:
    """Return all systems of some populations of one kind as one population."""
    columns = ([getattr(part, one.name) for part in parts] for one in fields(parts[0]))
    return type(parts[0])(
        *(join(c) if isinstance(c[0], Systems) else np.concatenate(c) for c in columns)
    )


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Return random numbers keyed by their purpose: no draw depends on the order of others."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])


def births(uniform: np.ndarray, year: int) -> np.ndarray:
    """Return steps of a year, counted from year 0, for numbers in [0, 1)."""
    return year * STEPS_PER_YEAR + (uniform * STEPS_PER_YEAR).astype(np.int64)


def spread(uniform: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map numbers in [0, 1) to [low, high)."""
    return low + uniform * (high - low)


def swell(share: np.ndarray) -> np.ndarray:
    """Return a strength that grows in the first third of a life and decays in the last."""
    return smooth_step(share * 3.0) * smooth_step((1.0 - share) * 3.0)
