"""Storms that a network finds in the test part, beside those of the labels."""

import json
from pathlib import Path

import numpy as np

from deepsphere_pipe.config import LoadingConfig
from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.inference import observe
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.provenance import commit
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.steps.trained import load_trained
from deepsphere_pipe.tracking.fields import FieldsBeside
from deepsphere_pipe.tracking.formats import write_tracks
from deepsphere_pipe.tracking.maps import Order
from deepsphere_pipe.tracking.observing import Followed
from deepsphere_pipe.tracking.scores import score_tracks as score
from deepsphere_pipe.tracking.surface import Surface


def score_tracks(
    model: Path,
    maps: Path,
    split: Path,
    sphere: Path,
    out: Path,
    *,
    loading: LoadingConfig | None = None,
    device: str = "auto",
    tracking: TrackingConfig | None = None,
    made_from: MadeFrom | None = None,
) -> None:
    """Follow what a network predicts in the test part from map to map, and compare it with labels.

    Parameters
    ----------
    model
        What `train` wrote.
    maps, split, sphere
        Store of maps, folder of their split, file of the hierarchy. Test maps must follow each
        other for as long as storms live.
    out
        Folder that receives ``tracks.csv``, ``true_tracks.csv`` (degrees, km, km², hPa, m/s) and
        ``tracks.json``, see `tracking.scores.score_tracks`.
    loading, device
        As in `evaluate`.
    tracking
        When events are one storm; by default as in a study without that section.
    made_from
        Fingerprints: the inputs are compared with theirs, all go into the scores.

    Raises
    ------
    UserError
        If the inputs do not fit together or are of something else, the network was trained on
        another split, or no test maps follow each other.
    """
    made_from, rules = made_from or {}, tracking or TrackingConfig()
    inputs = Inputs(maps, split, sphere, loading)
    network, record, torch_device, test = load_trained(model, inputs, made_from, device)
    store = test.store
    given = Order.of(tuple(store.times[test.indices]), store.runs[test.indices])
    if not np.isfinite(given.step_hours):
        raise UserError(f"{maps}: no two maps of the test part follow each other.")
    ordered = test.only(given.index)
    level = inputs.hierarchy.levels[0]
    surface = Surface(level.coordinates, level.areas, level.adjacent)
    followed = Followed(surface, given, FieldsBeside(maps, surface), rules)
    observe(network, ordered, torch_device, followed)
    true, predicted = followed.true.fixes(), followed.predicted.fixes()
    write_tracks(out / "true_tracks.csv", true)
    write_tracks(out / "tracks.csv", predicted)
    days = Days.of(given.hours, given.runs)
    content = score(true, predicted, days, rules.match_km) | {
        "run": record.run.name,
        "rules": rules.model_dump(mode="json"),
        "made_from": dict(made_from),
        "commit": commit(),
    }
    with atomic_write(out / "tracks.json") as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
