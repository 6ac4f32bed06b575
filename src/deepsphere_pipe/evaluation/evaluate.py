"""Score a network or a baseline on test maps and write what tables and figures need."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.evaluation.events import Event, summarise_events
from deepsphere_pipe.evaluation.examples import EVENT_LABELS
from deepsphere_pipe.evaluation.map_files import maps_dataset
from deepsphere_pipe.evaluation.reliability import Reliability
from deepsphere_pipe.evaluation.scores import ScoreHistograms
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.netcdf import write_netcdf
from deepsphere_pipe.samplings.metadata import data_attributes


@dataclass(frozen=True)
class Scored:
    """What was scored: the first part of ``scores.json``.

    Attributes
    ----------
    run, experiment
    kind : "network" or "baseline"
    seed, parameters, epochs, best_epoch
    sampling_name, split_name
        Names of the sampling and of the split, in a study that has several.
    """

    run: str
    experiment: str
    kind: str
    seed: int | None = None
    parameters: int | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    sampling_name: str | None = None
    split_name: str | None = None


def write_scores(
    path: str | Path,
    scored: Scored,
    tally: Tally,
    provenance: dict[str, object],
    loss: float | None = None,
    events: Sequence[Event] | None = None,
    exact: np.ndarray | None = None,
    by_first_day: dict[str, dict[str, list[int]]] | None = None,
    common: tuple[str, Tally] | None = None,
) -> None:
    """Write average precision, accuracy, IoU, F1 and Brier score per class as JSON.

    Scores of vertices that count alike come first; `by_area` holds the same ones by area, `events`
    what was found of whole cyclones and rivers, `provenance` where all of it comes from, and
    `on_common` scores by area on the labels of a sampling that several networks have in common.

    The mean average precision is over TC and AR, the mean accuracy over all classes, as in the
    tables of Defferrard et al. (2020). The score of an absent class is null, and so is its mean.

    Parameters
    ----------
    path
    scored
    tally
    provenance
    loss
        Mean per test map.
    events
    exact : ndarray, shape (class,), optional
        Average precision by sorting, beside that from the histograms.
    by_first_day
        Of the events, as `storms.counts_by_first_day` has it.
    common
        The name of that sampling, and what was counted on it.
    """
    by_area = tally.by_area
    content: dict[str, Any] = {
        **vars(scored),
        **_scores(tally.per_vertex, tally.reliability),
        "loss": None if loss is None else _number(loss),
        "by_area": None if by_area is None else _scores(by_area, tally.reliability_by_area),
        "on_common": None if common is None else _on_common(*common),
        "events": None if events is None else summarise_events(events),
        "provenance": provenance,
    }
    for name, counts in (by_first_day or {}).items():
        content["events"][name]["by_first_day"] = counts
    if exact is not None:
        content["exact_average_precision"] = dict(zip(CLASSES, map(_number, exact), strict=True))
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _on_common(name: str, tally: Tally) -> dict[str, object]:
    return {"sampling": name, **_scores(tally.weighted(by_area=True), None)}


def _scores(histograms: ScoreHistograms, reliability: Reliability | None) -> dict[str, object]:
    precision = histograms.average_precision()[list(EVENT_LABELS)].mean()
    classes = histograms.summary(CLASSES)
    if reliability is not None:
        for name, brier in zip(CLASSES, reliability.brier(), strict=True):
            classes[name]["brier"] = _number(brier)
    return {
        "classes": classes,
        "mean_average_precision": _number(precision),
        "mean_accuracy": _number(histograms.recall().mean()),
    }


@torch.inference_mode()
def write_predictions(
    path: str | Path,
    network: torch.nn.Module,
    maps: MapLoader,
    device: torch.device,
    level: Level,
    run_name: str,
) -> None:
    """Write truth, class probabilities and moisture of a few maps.

    Parameters
    ----------
    path
        netCDF file to write.
    network
        From fields to logits.
    maps
        The maps, unshuffled.
    device
        Where the network lies.
    level
        The finest level of the sphere: where the vertices lie.
    run_name
        Whose predictions these are.
    """
    network.eval()
    probability = np.concatenate(
        [network(fields.to(device)).softmax(-1).cpu().numpy() for fields, _ in maps]
    )
    dataset = maps_dataset(maps, level).assign_coords({"class": list(CLASSES)})
    attributes = {"long_name": "probability of each class", "units": "1"} | data_attributes(level)
    dataset["probability"] = (("map", "vertex", "class"), probability, attributes)
    dataset.attrs["predicted_by"] = run_name
    write_netcdf(path, dataset, "Truth and predicted probabilities of a few test maps")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
