"""The verbs that train networks and score them."""

import argparse
import json

from deepsphere_pipe import __version__
from deepsphere_pipe.cli.order import prove_order
from deepsphere_pipe.cli.terminal import at_terminal
from deepsphere_pipe.config import RunConfig, read
from deepsphere_pipe.errors import UserError

# Verbs import what they need themselves: `--help` and planning a workflow do not wait for torch.


def train(arguments: argparse.Namespace) -> None:
    """Train one network; keep the weights with the best validation mean AP."""
    from deepsphere_pipe.training.devices import choose_device
    from deepsphere_pipe.training.trainer import train

    run = read(RunConfig, arguments.config_file)
    device = choose_device(arguments.device)
    sphere = _sphere_of(arguments)
    settings, statistics = run.training, _statistics(arguments)
    loaders = {
        "training": _loader(arguments, "train", statistics, settings.batch, seed=run.seed),
        "validation": _loader(arguments, "validation", statistics, settings.batch),
    }
    model = train(
        run, sphere, statistics, **loaders, out=arguments.out, device=device,
        progress=at_terminal(),
    )  # fmt: skip
    print(f"The model is {model}.")


def evaluate(arguments: argparse.Namespace) -> None:
    """Score a trained network on the test part."""
    import time

    from deepsphere_pipe.evaluation.evaluate import (
        Scored,
        choose_examples,
        write_predictions,
        write_scores,
    )
    from deepsphere_pipe.evaluation.inference import score
    from deepsphere_pipe.provenance import commit
    from deepsphere_pipe.training.devices import choose_device, device_name
    from deepsphere_pipe.training.model_file import load_model

    device = choose_device(arguments.device)
    sphere = _sphere_of(arguments)
    network, run, statistics, progress = load_model(arguments.model, sphere)
    if statistics != _statistics(arguments):
        raise UserError(
            f"{arguments.model}: was trained on another split than {arguments.split}, so its test "
            "maps may be among the training maps; give the split of the training."
        )
    network.to(device)
    batch = run.training.batch
    test = _loader(arguments, "test", statistics, batch)
    began = time.perf_counter()
    histograms, _ = score(network, test, device)
    seconds = time.perf_counter() - began
    histograms.save(arguments.out / "histograms.nc")
    examples = choose_examples(test.store, test.indices)
    write_predictions(
        arguments.out / "predictions.nc",
        network,
        _loader(arguments, None, statistics, batch, indices=examples),
        device,
        sphere.levels[0],
        run.name,
    )
    scored = Scored(
        run=run.name,
        experiment=run.experiment,
        kind="network",
        seed=run.seed,
        parameters=sum(p.numel() for p in network.parameters()),
        epochs=progress["epochs"],
        best_epoch=progress["best_epoch"],
    )
    provenance = _provenance(arguments) | {
        "commit": progress["commit"],
        "evaluation_commit": commit(),
        "device": progress["device"],
        "seconds": progress["seconds"],
        "evaluation_device": device_name(device),
        "evaluation_seconds": seconds,
        "sphere": sphere.identifier,
        "run": run.model_dump(mode="json"),
    }
    write_scores(arguments.out / "scores.json", scored, histograms, provenance)


def baseline(arguments: argparse.Namespace) -> None:
    """Score what needs no graph on the test part."""
    from deepsphere_pipe.evaluation.baselines import frequency_baseline, logistic_baseline
    from deepsphere_pipe.evaluation.evaluate import Scored, write_scores

    statistics = _statistics(arguments)
    test = _loader(arguments, "test", statistics, batch=16)
    if arguments.kind == "frequency":
        histograms = frequency_baseline(test, statistics)
    else:
        training = _loader(arguments, "train", statistics, batch=16)
        histograms = logistic_baseline(training, test)
    histograms.save(arguments.out / "histograms.nc")
    scored = Scored(arguments.kind, arguments.kind, "baseline")
    write_scores(arguments.out / "scores.json", scored, histograms, _provenance(arguments))


def _sphere_of(arguments: argparse.Namespace):
    """Load the sphere and prove that its vertices are those of the maps, in their order."""
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.spheres import Sphere

    sphere = Sphere.load(arguments.sphere)
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


def _loader(arguments, part, statistics, batch, seed=None, indices=None):
    import numpy as np

    from deepsphere_pipe.data.loader import MapLoader
    from deepsphere_pipe.data.splits import read_split
    from deepsphere_pipe.data.store import Store

    if indices is None:
        with Store(arguments.maps) as store:
            parts = read_split(arguments.split / "split.csv", store)
        indices = np.flatnonzero(parts == part)
    memory = None if arguments.memory_mb is None else 1e6 * arguments.memory_mb
    return MapLoader(
        arguments.maps, indices, statistics, batch, seed, memory, arguments.loader_workers
    )


def _provenance(arguments: argparse.Namespace) -> dict[str, object]:
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.provenance import commit

    audit = json.loads((arguments.split / "audit.json").read_text())
    with Store(arguments.maps) as store:
        sampling = f"{store.sampling} ({store.n_vertices} vertices)"
    return audit | {"sampling": sampling, "commit": commit(), "version": __version__}
