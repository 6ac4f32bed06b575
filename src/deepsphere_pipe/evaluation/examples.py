"""Which maps are shown: a choice that no prediction has a part in."""

import numpy as np

from deepsphere_pipe.channels import CLASSES, EVENTS, UNLABELLED
from deepsphere_pipe.data.store import Store

N_EXAMPLES = 4
"""Maps of a part whose predictions are kept for figures."""

EVENT_LABELS = tuple(CLASSES.index(name) for name in EVENTS)
"""Label values of the events."""


def choose_examples(store: Store, indices: np.ndarray, n: int = N_EXAMPLES) -> np.ndarray:
    """Choose the maps that have most of both TC and AR, at most one a day and run.

    The choice sees the truth only, so that no network is shown at its best or worst.

    Returns
    -------
    ndarray of int
        At most `n` indices into the store, the most eventful map first.
    """
    counts = np.array([np.bincount(store.labels(i), minlength=UNLABELLED + 1) for i in indices])
    areas = counts[:, list(EVENT_LABELS)]
    areas = areas / np.maximum(areas.mean(axis=0), 1)
    chosen: dict[tuple[int, int], int] = {}
    for position in np.argsort(-areas.min(axis=1), kind="stable"):
        index = int(indices[position])
        chosen.setdefault((int(store.runs[index]), int(store.hours[index] // 24)), index)
        if len(chosen) == n:
            break
    return np.array(list(chosen.values()))
