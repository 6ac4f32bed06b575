"""Reading the ``scores.json`` and ``history.csv`` that lie in the folder of each run."""

import json
import os
import re
from pathlib import Path

import pandas as pd

from deepsphere_pipe.errors import UserError

REQUIRED = ("run", "experiment", "kind", "classes", "mean_average_precision", "provenance")


def read_scores(path: str | os.PathLike) -> dict:
    """Return the content of a scores file.

    Raises
    ------
    UserError
        If the file is missing, is no JSON or lacks a key that tables and figures need.
    """
    try:
        scores = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise UserError(f"{path} cannot be read as a scores file: {error}") from error
    missing = [key for key in REQUIRED if key not in scores]
    if missing:
        raise UserError(f"{path} is no scores file: it lacks {', '.join(missing)}")
    return scores


def read_history(path: str | os.PathLike) -> pd.DataFrame:
    """Return the history of a training, one row per epoch.

    Raises
    ------
    UserError
        If the file cannot be read or lacks a column that figures need.
    """
    try:
        history = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as a training history: {error}") from error
    for column in ("epoch", "train_loss", "validation_loss", "validation_mean_ap"):
        if column not in history:
            raise UserError(f"{path} is no training history: it lacks the column {column}")
    return history


def experiment_of(run: str) -> str:
    """Return the experiment of a run, and the sampling and the split where its name tells them.

    The name is ``<experiment>[-<sampling>][-<split>]-seed<number>``.
    """
    return re.sub(r"-seed\d+$", "", run).replace("-", ", ")
