"""Random numbers keyed by what they are for, so that no draw depends on another's order."""

import zlib

import numpy as np


def generator(seed, purpose, *numbers):
    """Return a numpy generator for a ``purpose`` (text) and non-negative ``numbers``."""
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])


def approximately_normal(shape, seed, purpose, *numbers):
    """Return sums of four uniform numbers, scaled to mean 0 and variance 1.

    Exact arithmetic only; numpy's normal deviates call the C library's log and exp.
    """
    uniform = generator(seed, purpose, *numbers).random((4, *shape))
    return (uniform[0] + uniform[1] + uniform[2] + uniform[3] - 2.0) * np.sqrt(3.0)
