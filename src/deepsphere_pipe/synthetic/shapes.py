"""The two curves that profiles, envelopes and systems are made of."""

import numpy as np


def gaussian(x: np.ndarray) -> np.ndarray:
    """Return exp(−x²/2)."""
    return np.exp(-0.5 * x * x)


def smooth_step(x: np.ndarray) -> np.ndarray:
    """Return the cubic that rises from 0 at x ≤ 0 to 1 at x ≥ 1."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
