"""What the runs of a study left on disk, read once for its tables, figures and pages."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.reading import read_table, reading

HISTOGRAMS = "histograms.nc"

REQUIRED = ("run", "experiment", "kind", "classes", "mean_average_precision", "provenance")
"""Keys that every scores file has."""

HISTORY = ("epoch", "train_loss", "validation_loss", "validation_mean_ap")
"""Columns that every history has."""


@dataclass(frozen=True)
class Run:
    """The folder of a run or a baseline, and its ``scores.json``, empty if it was not scored."""

    folder: Path
    scores: dict

    @property
    def name(self) -> str:
        """Name of the run: ``<experiment>[-<sampling>][-<split>]-seed<number>``."""
        return self.folder.name

    @cached_property
    def history(self) -> pd.DataFrame:
        """The training, one row per epoch; UserError if it cannot be read or lacks a column."""
        return read_table(self.folder / "history.csv", "a training history", HISTORY)

    @cached_property
    def tally(self) -> Tally:
        """Histograms of the test maps; UserError if they cannot be read."""
        return Tally.load(self.folder / HISTOGRAMS)


class Experiment:
    """Runs that differ in their seed only: one experiment on one sampling and split.

    Attributes
    ----------
    name, sampling_name, split_name, kind
        What the first run is of: sampling and split only in a study with several, and ``network``
        or ``baseline``, which needs no graph.
    legend
        What figures call it: its names as far as there are any.
    provenance
        Where each of the runs comes from.
    config
        Of the run with the first seed; None for baselines and where it is not known.
    n_seeds
        How many seeds there are; None for what has none.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs, scores = tuple(runs), runs[0].scores
        self.name: str = scores.get("experiment") or re.sub(r"-seed\d+$", "", runs[0].name)
        self.sampling_name: str | None = scores.get("sampling_name")
        self.split_name: str | None = scores.get("split_name")
        self.kind: str = scores.get("kind", "network")
        self.is_baseline = self.kind == "baseline"
        names = self.name, self.sampling_name, self.split_name
        # Where nothing was scored, the name of the run tells the same.
        self.legend = ", ".join(filter(None, names if scores else self.name.split("-")))
        self.provenance: list[Mapping] = [run.scores.get("provenance", {}) for run in runs]
        self.config: Mapping | None = self.provenance[0].get("run")
        self.n_seeds = len(runs) if self.distinct("seed") else None

    @property
    def has_tallies(self) -> bool:
        """Whether there are histograms of all runs."""
        return all((run.folder / HISTOGRAMS).exists() for run in self.runs)

    @property
    def tallies(self) -> list[Tally]:
        """Histograms of all runs; UserError if some are missing."""
        return [run.tally for run in self.runs]

    @property
    def histories(self) -> list[pd.DataFrame]:
        """Trainings of all runs, one row per epoch."""
        return [run.history for run in self.runs]

    def values(self, *keys: str) -> np.ndarray:
        """Return a number of every run, by the keys that lead to it; NaN where there is none."""
        numbers = [value_at(run.scores, *keys) for run in self.runs]
        return np.array([np.nan if n is None else n for n in numbers], dtype=float)

    def distinct(self, *keys: str) -> list:
        """Return the distinct values of all runs, by the keys that lead to them."""
        values = (value_at(run.scores, *keys) for run in self.runs)
        return list(dict.fromkeys(value for value in values if value is not None))


def read_experiments(files: Iterable[str | os.PathLike]) -> list[Experiment]:
    """Read runs and bring the seeds of each experiment, sampling and split together.

    Given is a file in the folder of every run and baseline, UserError if there is none; the
    ``scores.json`` beside it may be missing if it is not that. Networks come before baselines,
    otherwise the order is that of the files.
    """
    experiments: dict[tuple, list[Run]] = {}
    for path in map(Path, files):
        scores_file = path if path.suffix == ".json" else path.with_name("scores.json")
        there = scores_file is path or scores_file.exists()
        run = Run(path.parent, read_scores(scores_file) if there else {})
        one = Experiment([run])
        # By the legend, which is the same before and after a run is scored.
        experiments.setdefault((one.is_baseline, one.legend), []).append(run)
    if not experiments:
        raise UserError("tables and figures of runs need the files of at least one run")
    ordered = sorted(experiments, key=lambda key: key[0])
    return [Experiment(experiments[key]) for key in ordered]


def read_scores(path: str | os.PathLike) -> dict:
    """Return a scores file; UserError if it is none or lacks a key that tables and figures need."""
    with reading(path, "a scores file"):
        scores = json.loads(Path(path).read_text(encoding="utf-8"))
    missing = [key for key in REQUIRED if key not in scores]
    if missing:
        raise UserError(f"{path} is no scores file: it lacks {', '.join(missing)}")
    return scores


def value_at(content: Mapping | None, *keys: str) -> Any:
    """Return what lies at the end of nested keys, None where the way breaks off."""
    found: Any = content
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
