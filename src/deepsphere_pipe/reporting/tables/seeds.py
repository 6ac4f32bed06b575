"""The seeds of one experiment on one sampling and split, which make one row of a table."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.reporting.runs import read_scores

HISTOGRAMS = "histograms.nc"


@dataclass(frozen=True)
class Seeds:
    """Runs that differ in nothing but their seed.

    Attributes
    ----------
    runs : tuple of dict
        Content of the ``scores.json`` of each.
    folders : tuple of Path
        Where these lie.
    """

    runs: tuple[dict, ...]
    folders: tuple[Path, ...]

    @property
    def experiment(self) -> str:
        """Name of the experiment, or of the baseline."""
        return self.runs[0]["experiment"]

    @property
    def sampling_name(self) -> str | None:
        """Name of the sampling, in a study with several."""
        return self.runs[0].get("sampling_name")

    @property
    def split_name(self) -> str | None:
        """Name of the split, in a study with several."""
        return self.runs[0].get("split_name")

    @property
    def kind(self) -> str:
        """Either "network" or "baseline"."""
        return self.runs[0]["kind"]

    @property
    def label(self) -> str:
        """What tables call the experiment."""
        return self.experiment + (" (baseline)" if self.kind == "baseline" else "")

    @property
    def number(self) -> int | None:
        """How many seeds there are; None for what has none."""
        return len(self.runs) if any(run.get("seed") is not None for run in self.runs) else None

    @property
    def provenance(self) -> list[Mapping]:
        """Where each of the runs comes from."""
        return [run["provenance"] for run in self.runs]

    @property
    def config(self) -> Mapping | None:
        """Config of the run with the first seed; None for baselines and where it is not told."""
        return self.provenance[0].get("run")

    def values(self, *keys: str) -> np.ndarray:
        """Return a number of every run, by the keys that lead to it; NaN where there is none."""
        numbers = [value_at(run, *keys) for run in self.runs]
        return np.array([np.nan if n is None else n for n in numbers], dtype=float)

    def told(self, *keys: str) -> list:
        """Return the distinct values of all runs, by the keys that lead to them."""
        values = (value_at(run, *keys) for run in self.runs)
        return list(dict.fromkeys(value for value in values if value is not None))

    def tallies(self) -> list[Tally]:
        """Return the histograms of all runs; none if those of a run are missing."""
        paths = [folder / HISTOGRAMS for folder in self.folders]
        return [Tally.load(path) for path in paths] if all(p.exists() for p in paths) else []


def read_seeds(score_files: Iterable[str | os.PathLike]) -> list[Seeds]:
    """Read scores and bring the seeds of each experiment, sampling and split together.

    Returns
    -------
    list of Seeds
        Networks before baselines, otherwise in the order of the files.

    Raises
    ------
    UserError
        If there is no file, or one cannot be read.
    """
    found = [(read_scores(path), Path(path).parent) for path in score_files]
    if not found:
        raise UserError("a table of scores needs at least one scores file")
    rows: dict[tuple, list[tuple[dict, Path]]] = {}
    for run, folder in sorted(found, key=lambda pair: pair[0]["kind"] == "baseline"):
        key = (run["kind"], run["experiment"], run.get("sampling_name"), run.get("split_name"))
        rows.setdefault(key, []).append((run, folder))
    return [Seeds(*map(tuple, zip(*pairs, strict=True))) for pairs in rows.values()]


def value_at(content: Mapping, *keys: str):
    """Return what lies at the end of nested keys, None where the way breaks off."""
    for key in keys:
        content = content.get(key) if isinstance(content, Mapping) else None
    return content


def mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Return mean and sample standard deviation (divisor n − 1).

    Both are NaN if a value is; the deviation of a single value is NaN too.
    """
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan")
