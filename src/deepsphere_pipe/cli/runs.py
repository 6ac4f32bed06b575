"""The verbs that train networks and score them."""

import argparse
import json
from contextlib import nullcontext
from pathlib import Path

from deepsphere_pipe import __version__
from deepsphere_pipe.cli.made_from import check_made_from
from deepsphere_pipe.cli.order import prove_order
from deepsphere_pipe.cli.own_data import make_data
from deepsphere_pipe.cli.terminal import at_terminal
from deepsphere_pipe.config import RunConfig, WindowConfig, read, read_job
from deepsphere_pipe.errors import UserError

# Verbs import what they need themselves: `--help` and planning a workflow do not wait for torch.


def train(arguments: argparse.Namespace) -> None:
    """Train one network; keep the weights with the best validation mean AP."""
    from deepsphere_pipe.training.devices import devices_of
    from deepsphere_pipe.training.survival.distributed import is_first, run_on
    from deepsphere_pipe.training.survival.run_lock import run_lock

    job = read_job(arguments.config_file, arguments.overrides)
    devices = devices_of(arguments.device, arguments.gpu, arguments.processes)
    arguments.out = arguments.out or Path("results") / job.experiment
    given = [arguments.maps, arguments.split, arguments.sphere]
    if any(given) and not all(given):
        raise UserError(
            "--maps, --split and --sphere belong together: give all three, or none to have the "
            "data made."
        )
    check_made_from(arguments)
    with run_lock(arguments.out / "checkpoints") if is_first() else nullcontext():
        if not any(given):
            # All processes that were started together come here; one of them makes the data.
            with run_lock(arguments.out / "data", "makes this data"):
                make_data(job, arguments)
        run_on(devices, _train_on, arguments, job.run)
    print(f"The model is {arguments.out / 'model.pt'}.")


def _train_on(device, arguments: argparse.Namespace, run: RunConfig) -> None:
    """Train in one of perhaps several processes."""
    from deepsphere_pipe.training.trainer import train

    sphere = _sphere_of(arguments)
    settings, statistics = run.training, _statistics(arguments)
    training, validation = (
        _loader(
            arguments, part, statistics, settings.batch_size, run.window, run.model.temporal, seed
        )
        for part, seed in (("train", run.seed), ("validation", None))
    )
    train(
        run, sphere, statistics, training, validation, out=arguments.out, device=device,
        progress=at_terminal(), resume=arguments.resume,
        made_from=dict(arguments.made_from).get("training"),
    )  # fmt: skip


def evaluate(arguments: argparse.Namespace) -> None:
    """Score a trained network on the test part."""
    import time

    import torch

    from deepsphere_pipe.evaluation.composite import write_composite
    from deepsphere_pipe.evaluation.evaluate import (
        Scored,
        write_predictions,
        write_scores,
    )
    from deepsphere_pipe.evaluation.events import write_events
    from deepsphere_pipe.evaluation.examples import choose_examples
    from deepsphere_pipe.evaluation.inference import observe
    from deepsphere_pipe.evaluation.measures import Measures
    from deepsphere_pipe.evaluation.speed import milliseconds_per_map
    from deepsphere_pipe.runtime.provenance import commit, content_hash
    from deepsphere_pipe.training.devices import choose_device, device_name, make_reproducible
    from deepsphere_pipe.training.loss import make_loss
    from deepsphere_pipe.training.model_file import load_model
    from deepsphere_pipe.training.survival.sessions import place

    check_made_from(arguments)
    device = choose_device(arguments.device)
    sphere = _sphere_of(arguments)
    network, run, statistics, progress = load_model(arguments.model, sphere)
    if arguments.config_file:
        _check_run(arguments, run)
    make_reproducible(run.seed, run.training.deterministic)
    if statistics != _statistics(arguments):
        raise UserError(
            f"{arguments.model}: was trained on another split than {arguments.split}, so its test "
            "maps may be among the training maps; give the split of the training."
        )
    network.to(device)
    test = _loader(
        arguments, "test", statistics, run.training.batch_size, run.window, run.model.temporal
    )
    level = sphere.levels[0]
    began = time.perf_counter()
    measures = Measures(test, level, arguments.exact_average_precision)
    loss = make_loss(run.training, statistics, level.areas).to(device)
    mean_loss = observe(network, test, device, measures, loss)
    seconds = time.perf_counter() - began
    milliseconds, at_once = milliseconds_per_map(network, test, device)
    measures.tally.save(arguments.out / "histograms.nc")
    write_events(arguments.out / "events.csv", measures.events)
    examples = choose_examples(test.store, test.indices)
    write_predictions(
        arguments.out / "predictions.nc",
        network,
        test.labelled_by(examples),
        device,
        level,
        run.name,
    )
    write_composite(
        arguments.out / "composite.nc", network, test, device, level, measures.events, run.name
    )
    scored = Scored(
        run=run.name,
        experiment=run.experiment,
        kind="network",
        seed=run.seed,
        sampling_name=run.sampling_name,
        split_name=run.split_name,
        parameters=sum(p.numel() for p in network.parameters()),
        epochs=progress["epochs"],
        best_epoch=progress["best_epoch"],
    )
    provenance = _provenance(arguments, run.window, test) | {
        "commit": progress["commit"],
        "evaluation_commit": commit(),
        "device": progress["device"],
        "seconds": progress["seconds"],
        "evaluation_device": device_name(device),
        "evaluation_seconds": seconds,
        "evaluation_place": place(device),
        "sessions": progress.get("sessions"),
        "inference_ms_per_map": milliseconds,
        "inference_batch": at_once,
        "threads": torch.get_num_threads(),
        "peak_memory_mb": progress.get("peak_memory_mb"),
        "config_hash": content_hash(run.model_dump(mode="json")),
        "sphere": sphere.identifier,
        "run": run.model_dump(mode="json"),
    }
    write_scores(
        arguments.out / "scores.json", scored, measures.tally, provenance, mean_loss,
        measures.events, measures.exact_average_precision(),
    )  # fmt: skip


def _check_run(arguments: argparse.Namespace, trained: RunConfig) -> None:
    """Refuse a network that was trained in another way than is asked for."""
    from deepsphere_pipe.training.survival.checkpoint import differences

    wanted = read_job(arguments.config_file).run
    configs = ({"run": run.model_dump(mode="json")} for run in (trained, wanted))
    if different := "; ".join(differences(*configs, free=())):
        raise UserError(
            f"{arguments.model}: was not trained as {arguments.config_file} says: {different}. "
            "Train it again."
        )


def baseline(arguments: argparse.Namespace) -> None:
    """Score what needs no graph on the test part."""
    from deepsphere_pipe.evaluation.baselines import frequency_baseline, logistic_baseline
    from deepsphere_pipe.evaluation.evaluate import Scored, write_scores
    from deepsphere_pipe.evaluation.events import write_events
    from deepsphere_pipe.evaluation.measures import Measures

    check_made_from(arguments)
    statistics = _statistics(arguments)
    window = read(WindowConfig, arguments.window) if arguments.window else WindowConfig()
    test = _loader(arguments, "test", statistics, 16, window)
    measures = Measures(test, _sphere_of(arguments).levels[0], arguments.exact_average_precision)
    if arguments.kind == "frequency":
        frequency_baseline(test, statistics, measures)
    else:
        training = _loader(arguments, "train", statistics, 16, window)
        logistic_baseline(training, test, measures)
    measures.tally.save(arguments.out / "histograms.nc")
    write_events(arguments.out / "events.csv", measures.events)
    axes = {name: getattr(arguments, name) for name in ("sampling_name", "split_name")}
    name = "-".join(filter(None, (arguments.kind, *axes.values())))
    scored = Scored(name, arguments.kind, kind="baseline", **axes)
    write_scores(
        arguments.out / "scores.json", scored, measures.tally, _provenance(arguments, window, test),
        events=measures.events, exact=measures.exact_average_precision(),
    )  # fmt: skip


def _sphere_of(arguments: argparse.Namespace):
    """Load the sphere and prove that its vertices are those of the maps, in their order."""
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.graphs.hierarchy import Hierarchy

    sphere = Hierarchy.load(arguments.sphere)
    with Store(arguments.maps) as store:
        if not sphere.identifier.startswith(store.sampling):
            raise UserError(
                f"{arguments.maps}: has the sampling {store.sampling}, but {arguments.sphere} "
                f"is {sphere.identifier}; make both from one config."
            )
        level, where = sphere.levels[0], str(arguments.maps)
        prove_order(level.laplacian, level.coordinates, store.channels, store.fields(0), where)
    return sphere


def _statistics(arguments: argparse.Namespace):
    from deepsphere_pipe.data.statistics import Statistics

    return Statistics.load(arguments.split / "statistics.json")


def _loader(
    arguments: argparse.Namespace,
    part: str,
    statistics,
    batch: int,
    window: WindowConfig,
    temporal: str = "none",
    seed: int | None = None,
):
    """Return the windows of a part: their last maps only, unless for a temporal network."""
    import numpy as np

    from deepsphere_pipe.data.loader import MapLoader
    from deepsphere_pipe.data.splits import read_split
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.data.windows import make_windows

    with Store(arguments.maps) as store:
        maps = np.flatnonzero(read_split(arguments.split / "split.csv", store) == part)
        windows = make_windows(store.hours, store.runs, maps, *window.model_dump().values())
    if not len(windows):
        raise UserError(
            f"{arguments.maps}: the {part} part has no window of {window.sequence_length} maps "
            f"every {window.step_hours} hours; make 'window' shorter, or have longer stretches of "
            "days in the data."
        )
    if temporal == "none":
        windows = windows.last_maps()
    memory = None if arguments.memory_mb is None else 1e6 * arguments.memory_mb
    return MapLoader(
        arguments.maps, windows, statistics, batch, seed, memory, arguments.loader_workers
    )


def _provenance(arguments: argparse.Namespace, window: WindowConfig, test) -> dict[str, object]:
    from deepsphere_pipe.data.manifest import manifest_hash
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.runtime.provenance import commit

    audit = json.loads((arguments.split / "audit.json").read_text(encoding="utf-8"))
    audit.pop("made_from", None)  # all of it is in that of the scores
    with Store(arguments.maps) as store:
        sampling = f"{store.sampling} ({store.n_vertices} vertices)"
    windows = {
        "window": window.model_dump(),
        "test_windows": len(test.windows),
        "test_maps_without_window": test.windows.n_incomplete,
    }
    return (
        audit
        | windows
        | {
            "sampling": sampling,
            "made_from": dict(arguments.made_from),
            "manifest_sha256": manifest_hash(arguments.maps),
            "commit": commit(),
            "version": __version__,
        }
    )
