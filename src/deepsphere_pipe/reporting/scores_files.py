"""Reading the ``scores.json`` that evaluation leaves in the folder of each run."""

import json
import os
import re
from pathlib import Path

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


def experiment_of(run: str) -> str:
    """Return the experiment of a run, and the sampling and the split where its name tells them.

    The name is ``<experiment>[-<sampling>][-<split>]-seed<number>``.
    """
    return re.sub(r"-seed\d+$", "", run).replace("-", ", ")
