"""Random numbers keyed by what they are for, so that no draw depends on another's order."""

import zlib

import numpy as np


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Return a numpy generator for a ``purpose`` (text) and non-negative ``numbers``."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])
