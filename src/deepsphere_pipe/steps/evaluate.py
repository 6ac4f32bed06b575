"""Scores of a trained network on the test part."""

import time
from pathlib import Path

import torch

from deepsphere_pipe.config import EvaluationConfig, LoadingConfig, RunConfig
from deepsphere_pipe.evaluation.composite import write_composite
from deepsphere_pipe.evaluation.evaluate import Scored, write_predictions, write_scores
from deepsphere_pipe.evaluation.events import write_events
from deepsphere_pipe.evaluation.examples import choose_examples
from deepsphere_pipe.evaluation.inference import observe
from deepsphere_pipe.evaluation.measures import Measures
from deepsphere_pipe.evaluation.rotations import write_rotations
from deepsphere_pipe.evaluation.speed import milliseconds_per_map
from deepsphere_pipe.runtime.provenance import commit, content_hash
from deepsphere_pipe.steps.common_sampling import Common, on_common_sampling
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.steps.scored_on import scored_on
from deepsphere_pipe.steps.trained import load_trained
from deepsphere_pipe.training.devices import device_name
from deepsphere_pipe.training.loss import make_loss
from deepsphere_pipe.training.survival.sessions import compute_environment


def evaluate(
    model: Path,
    maps: Path,
    split: Path,
    sphere: Path,
    out: Path,
    *,
    run: RunConfig | None = None,
    loading: LoadingConfig | None = None,
    device: str = "auto",
    evaluation: EvaluationConfig | None = None,
    on_sampling: bool = False,
    common: Common | None = None,
    made_from: MadeFrom | None = None,
) -> None:
    """Score a trained network on the test part.

    Parameters
    ----------
    model
        What `train` wrote.
    maps, split, sphere
        Store of maps, folder of their split, file of the hierarchy.
    out
        Folder that receives ``scores.json`` (shares between 0 and 1, seconds, MB),
        ``histograms.nc``, ``events.csv`` (degrees, km² and km), ``predictions.nc`` (probabilities
        (map, vertex, class)), ``composite.nc`` and ``rotations.csv``.
    run
        How the network should have been trained; by default that is its own affair.
    loading
        How maps come from the store; by default with the memory that is available.
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    evaluation
        How it is scored; by default as a study without that section.
    on_sampling
        Whether the maps may lie on another sampling than that of the training: its filters are
        used on the graphs of this one, and fields are normalised as in the training.
    common
        Store of maps on the sampling that `evaluation` calls the common one, and what that is: all
        is scored on its labels, too (``on_common`` in ``scores.json``).
    made_from
        Fingerprints: the inputs are compared with theirs, all go into the scores.

    Raises
    ------
    UserError
        If the inputs do not fit together or are of something else, the network was trained in
        another way than `run` says, on another split or, unless allowed, on another sampling, or
        the device cannot be used.
    """
    made_from = made_from or {}
    inputs = Inputs(maps, split, sphere, loading)
    loaded = load_trained(model, inputs, made_from, device, run=run, on_sampling=on_sampling)
    network, record, torch_device, test = loaded
    trained, progress = record.run, record.progress
    level = inputs.hierarchy.levels[0]
    began = time.perf_counter()
    evaluation = evaluation or EvaluationConfig()
    on_common = on_common_sampling(inputs, test, evaluation, common, made_from)
    measures = Measures(test, level, evaluation, on_common)
    loss = make_loss(trained.training, record.statistics, level.areas).to(torch_device)
    mean_loss = observe(network, test, torch_device, measures, loss)
    seconds = time.perf_counter() - began
    milliseconds, at_once = milliseconds_per_map(network, test, torch_device)
    measures.tally.save(out / "histograms.nc")
    write_events(out / "events.csv", measures.events)
    examples = test.labelled_by(choose_examples(test.store, test.indices))
    write_predictions(out / "predictions.nc", network, examples, torch_device, level, trained.name)
    write_composite(
        out / "composite.nc", network, test, torch_device, level, measures.events, trained.name
    )
    write_rotations(
        out / "rotations.csv", network, test, torch_device, inputs.hierarchy,
        evaluation.turned_maps,
    )  # fmt: skip
    scored = Scored(
        run=trained.name,
        experiment=trained.experiment,
        kind="network",
        seed=trained.seed,
        sampling_name=trained.sampling_name,
        split_name=trained.split_name,
        parameters=sum(p.numel() for p in network.parameters()),
        epochs=progress["epochs"],
        best_epoch=progress["best_epoch"],
    )
    of_training = ("commit", "device", "seconds", "sessions", "peak_memory_mb")
    provenance = scored_on(inputs, trained.window, test, evaluation, made_from) | {
        **{key: progress.get(key) for key in of_training},
        "evaluation_commit": commit(),
        "evaluation_device": device_name(torch_device),
        "evaluation_seconds": seconds,
        "evaluation_place": compute_environment(torch_device),
        "inference_ms_per_map": milliseconds,
        "inference_batch": at_once,
        "threads": torch.get_num_threads(),
        "config_hash": content_hash(trained.model_dump(mode="json")),
        "sphere": inputs.hierarchy.identifier,
        "trained_on": record.sphere,
        "run": trained.model_dump(mode="json"),
    }
    write_scores(
        out / "scores.json", scored, measures.tally, provenance, mean_loss, measures.events,
        measures.exact_average_precision(), measures.events_by_first_day(),
        (on_common.name, on_common.tally) if on_common else None,
    )  # fmt: skip
