"""What trainings and evaluations left, read for the explorer."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import PROBABILITY_SCALE
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.reading import read_netcdf, reading
from deepsphere_pipe.reporting.runs import Run, read_experiments

BAND = 4.0
"""Height in degrees of the bands in which vertices follow each other: neighbours lie near each
other in a file, which then compresses better."""

PROBABILITY = ("epoch", "map", "event", "vertex")
"""Dimensions of probabilities: of every class but the background, times `PROBABILITY_SCALE`."""


@dataclass(frozen=True)
class ExploredRun(Run):
    """The folder of a trained network, and what it predicts on a few maps."""

    is_first_seed: bool
    """Whether it is the first run of its experiment on its sampling and split."""
    best_epoch: int
    """Whose weights were kept."""
    parts: dict[str, xr.Dataset]
    """``validation`` maps after every epoch, and ``test`` maps once: ``longitude``, ``latitude``
    (vertex) in degrees, ``areas`` (vertex) in steradian, ``truth`` and the field ``tmq`` (map,
    vertex), ``predicted`` (epoch, map, vertex), ``probability`` as `PROBABILITY`, in uint8."""

    @property
    def place(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Longitude, latitude and areas of the vertices."""
        maps = self.parts["test"]
        return maps["longitude"].values, maps["latitude"].values, maps["areas"].values


def read_runs(folders: Iterable[str | os.PathLike]) -> list[ExploredRun]:
    """Read the folders of runs; the seeds of an experiment follow each other.

    Each has ``history.csv``, ``epochs.nc``, ``scores.json`` and ``predictions.nc``; UserError if
    there is none, a file cannot be read, or those of a run are of different spheres.
    """
    experiments = read_experiments(Path(folder) / "scores.json" for folder in folders)
    return [_explored(run, run is each.runs[0]) for each in experiments for run in each.runs]


def _explored(run: Run, is_first_seed: bool) -> ExploredRun:
    """Read the maps of a run."""
    epochs, predictions = (_read(run.folder / name) for name in ("epochs.nc", "predictions.nc"))
    for name in ("longitude", "latitude"):
        if not np.array_equal(epochs[name], predictions[name]):
            raise UserError(
                f"{run.folder}: epochs.nc and predictions.nc are of different spheres; train and "
                "evaluate again."
            )
    best = run.scores.get("best_epoch")
    if best is None:
        best = run.history["epoch"].iloc[int(run.history["validation_mean_ap"].argmax())]
    probability = predictions["probability"].values
    events = np.round(PROBABILITY_SCALE * np.moveaxis(probability[..., 1:], -1, 1))
    predictions = predictions.assign(
        epoch=("epoch", [int(best)]),
        predicted=(("epoch", "map", "vertex"), probability.argmax(-1).astype(np.uint8)[None]),
        probability=(PROBABILITY, events.astype(np.uint8)[None]),
    )
    epochs = epochs.assign(probability=epochs["probability"].transpose(*PROBABILITY))
    parts = {"validation": epochs, "test": predictions}
    return ExploredRun(run.folder, run.scores, is_first_seed, int(best), parts)


def _read(path: Path) -> xr.Dataset:
    """Read predictions, vertices in bands from south to north."""
    with reading(path, "predictions"):
        # As they are stored: the browser unpacks probabilities itself.
        content = read_netcdf(path, "predictions", mask_and_scale=False)
        order = np.lexsort((content["longitude"], np.round(content["latitude"] / BAND)))
        return content.isel(vertex=order)
