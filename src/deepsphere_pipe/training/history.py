"""What is known of each epoch of a training."""

from pathlib import Path

import numpy as np
import pandas as pd

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.runtime.atomic import atomic_write

HISTORY = (
    "epoch",
    "train_loss",
    "validation_loss",
    "validation_ap_tc",
    "validation_ap_ar",
    "validation_mean_ap",
    "learning_rate",
    "seconds",
)
"""Columns: the training loss is the mean while the network learnt, the rate that of the last step,
and the seconds include the validation."""


def event_precision(histograms: ScoreHistograms) -> tuple[float, float, float]:
    """Return average precision of TC, of AR, and their mean (the paper's headline score)."""
    precision = histograms.average_precision()
    tc, ar = precision[CLASSES.index("TC")], precision[CLASSES.index("AR")]
    return float(tc), float(ar), float(np.mean([tc, ar]))


def write_history(path: str | Path, history: list[dict[str, float]]) -> None:
    """Write one row per epoch as csv."""
    with atomic_write(path) as temporary:
        pd.DataFrame(history, columns=list(HISTORY)).to_csv(temporary, index=False)
