"""The verbs of ``python -m deepsphere_pipe``: each rule of the workflow calls one of them."""

import argparse
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from deepsphere_pipe import __version__
from deepsphere_pipe.config import GraphConfig, RunConfig, SplitConfig, SyntheticConfig, parse, read
from deepsphere_pipe.data.channels import CHANNEL_NAMES
from deepsphere_pipe.errors import UserError

# Verbs import what they need themselves: `--help` and planning a workflow do not wait for torch.


def synthesize(arguments: argparse.Namespace) -> None:
    """Write snapshots of the synthetic twin of CAM5."""
    from deepsphere_pipe.data.synthetic import synthesize

    settings = read(SyntheticConfig, arguments.config_file)
    synthesize(settings, arguments.out, workers=arguments.workers, progress=_at_terminal())


def prepare(arguments: argparse.Namespace) -> None:
    """Remap snapshots to a sampling and pack them into one store."""
    from deepsphere_pipe.data.prepare import prepare

    prepare(
        arguments.source,
        arguments.input,
        _sampling(arguments),
        arguments.out,
        tuple(arguments.channels),
        progress=_at_terminal(),
    )


def sphere(arguments: argparse.Namespace) -> None:
    """Build graph, Laplacian and pooling of every level of a sampling."""
    from deepsphere_pipe.spheres import build_sphere

    width = arguments.kernel_width
    graph = parse(
        GraphConfig,
        {
            "neighbours": arguments.neighbours,
            "kernel_width": width if width == "mean_distance" else _float(width),
            "laplacian": arguments.laplacian,
        },
        "sphere",
    )
    sampling = _sampling(arguments)
    built = build_sphere(
        sampling,
        depth=arguments.level,
        neighbours=graph.neighbours,
        kernel_width=graph.kernel_width,
        laplacian=graph.laplacian,
    )
    built.save(arguments.out)
    print(built.describe())


def split(arguments: argparse.Namespace) -> None:
    """Split a store and compute the statistics of its training part."""
    from deepsphere_pipe.atomic import atomic_write
    from deepsphere_pipe.data.splits import describe_split, leakage_percent, split_maps, write_split
    from deepsphere_pipe.data.statistics import training_statistics
    from deepsphere_pipe.data.store import Store

    settings = read(SplitConfig, arguments.config_file)
    with Store(arguments.maps) as store:
        parts = split_maps(store, settings)
        part = parts["part"].to_numpy()
        counts = {f"{name}_maps": int(n) for name, n in parts["part"].value_counts().items()}
        audit = {
            "data": store.title,
            "split": describe_split(settings),
            **counts,
            "leakage_percent": leakage_percent(store, part),
        }
        training_statistics(store, part).save(arguments.out / "statistics.json")
    write_split(arguments.out / "split.csv", parts)
    with atomic_write(arguments.out / "audit.json") as temporary:
        temporary.write_text(json.dumps(audit, indent=1) + "\n")
    print(json.dumps(audit, indent=1))


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
        progress=_at_terminal(),
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
    from deepsphere_pipe.training.checkpoint import load_model
    from deepsphere_pipe.training.devices import choose_device, device_name

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
    finest = sphere.levels[0]
    write_predictions(
        arguments.out / "predictions.nc",
        network,
        _loader(arguments, None, statistics, batch, indices=examples),
        device,
        (finest.longitude, finest.latitude),
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


def tables(arguments: argparse.Namespace) -> None:
    """Write the table of scores as csv, Markdown and HTML."""
    from deepsphere_pipe.reporting.tables import scores_table

    stem = arguments.out
    scores_table(arguments.scores, *(f"{stem}.{suffix}" for suffix in ("csv", "md", "html")))


def figures(arguments: argparse.Namespace) -> None:
    """Draw one figure as PNG and PDF."""
    import yaml

    from deepsphere_pipe.reporting.curves import precision_recall_curves, training_curves
    from deepsphere_pipe.reporting.maps import truth_and_prediction

    settings = yaml.safe_load(arguments.config_file.read_text())
    if arguments.figure == "map":
        truth_and_prediction(arguments.input[0], arguments.out, settings)
        return
    draw = {"training_curves": training_curves, "precision_recall": precision_recall_curves}
    # The run is named by its folder.
    draw[arguments.figure](
        {path.parent.name: path for path in arguments.input}, arguments.out, settings
    )


def reference(arguments: argparse.Namespace) -> None:
    """Write the reference of all config keys as Markdown."""
    from deepsphere_pipe.atomic import atomic_write
    from deepsphere_pipe.config.reference import config_reference

    with atomic_write(arguments.out) as temporary:
        temporary.write_text(config_reference())


def _at_terminal() -> bool:
    """Progress bars are for people; a log gets single lines."""
    return sys.stderr.isatty()


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(
            f"--kernel-width is '{text}'; it must be 'mean_distance' or a number."
        ) from None


def _sampling(arguments: argparse.Namespace):
    from deepsphere_pipe.samplings import make_sampling

    return make_sampling(arguments.sampling, level=arguments.level)


def _sphere_of(arguments: argparse.Namespace):
    """Load the sphere and prove that its vertices are those of the maps."""
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.spheres import Sphere

    sphere = Sphere.load(arguments.sphere)
    with Store(arguments.maps) as store:
        if not sphere.identifier.startswith(store.sampling):
            raise UserError(
                f"{arguments.maps}: has the sampling {store.sampling}, but {arguments.sphere} "
                f"is {sphere.identifier}; make both from one config."
            )
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
    return MapLoader(arguments.maps, indices, statistics, batch, seed, memory)


def _provenance(arguments: argparse.Namespace) -> dict[str, object]:
    from deepsphere_pipe.data.store import Store
    from deepsphere_pipe.provenance import commit

    audit = json.loads((arguments.split / "audit.json").read_text())
    with Store(arguments.maps) as store:
        sampling = f"{store.sampling} ({store.n_vertices} vertices)"
    return audit | {"sampling": sampling, "commit": commit(), "version": __version__}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = argparse.ArgumentParser(prog="deepsphere-pipe", description=__doc__.split(":")[0])
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(action: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        summary = action.__doc__.splitlines()[0]
        sub = verbs.add_parser(action.__name__, help=summary, description=summary)
        sub.set_defaults(action=action)
        return sub

    def add_sampling(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--sampling", choices=["icosahedral"], default="icosahedral")
        sub.add_argument("--level", type=int, required=True, help="subdivisions of the icosahedron")

    def add_memory(sub: argparse.ArgumentParser) -> None:
        sub.add_argument(
            "--memory-mb", type=int, help="memory that may be used; by default what is available"
        )

    def add_files(sub: argparse.ArgumentParser, *names: str) -> None:
        for name in names:
            sub.add_argument(f"--{name}", type=Path, required=True, help=FILES[name])

    sub = verb(synthesize)
    add_files(sub, "config-file", "out")
    sub.add_argument("--workers", type=int, default=1, help="parallel processes")

    sub = verb(prepare)
    sub.add_argument("--source", choices=["synthetic", "cam5"], required=True)
    add_files(sub, "input", "out")
    add_sampling(sub)
    sub.add_argument(
        "--channels", nargs="+", choices=CHANNEL_NAMES, default=CHANNEL_NAMES, metavar="NAME"
    )

    sub = verb(sphere)
    add_sampling(sub)
    sub.add_argument("--neighbours", type=int, default=6, help="k of the k-NN graph")
    sub.add_argument("--kernel-width", default="mean_distance", help="or a chord length")
    sub.add_argument(
        "--laplacian", choices=["combinatorial", "normalized"], default="combinatorial"
    )
    add_files(sub, "out")

    add_files(verb(split), "maps", "config-file", "out")

    for action, names in (
        (train, ("config-file", "maps", "split", "sphere", "out")),
        (evaluate, ("model", "maps", "split", "sphere", "out")),
    ):
        sub = verb(action)
        add_files(sub, *names)
        sub.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
        add_memory(sub)

    sub = verb(baseline)
    sub.add_argument("--kind", choices=["frequency", "logistic"], required=True)
    add_files(sub, "maps", "split", "out")
    add_memory(sub)

    sub = verb(tables)
    sub.add_argument("--scores", type=Path, nargs="+", required=True, help="scores.json files")
    add_files(sub, "out")

    sub = verb(figures)
    sub.add_argument("figure", choices=["training_curves", "precision_recall", "map"])
    sub.add_argument("--input", type=Path, nargs="+", required=True, help="files of the runs")
    add_files(sub, "config-file", "out")

    add_files(verb(reference), "out")
    return parser


FILES = {
    "config-file": "YAML file with the settings of this step",
    "input": "folder of snapshots",
    "maps": "store of maps, from 'prepare'",
    "model": "trained model, from 'train'",
    "split": "folder of the split, from 'split'",
    "sphere": "sphere, from 'sphere'",
    "out": "what to write: a file, folder or stem",
}


def main(argv: list[str] | None = None) -> int:
    """Run one verb; return the exit status (2 for a mistake that the user can mend)."""
    arguments = build_parser().parse_args(argv)
    # As an exception, SIGTERM (a scheduler's or Snakemake's) lets temporary files be removed.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        arguments.action(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        print(f"error: {what}{error.strerror or error}.", file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:
        if "memory" not in str(error) and not isinstance(error, MemoryError):
            raise
        print(
            "error: there is not enough memory; lower training.batch or take a larger device.",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("error: interrupted.", file=sys.stderr)
        return 130
    return 0
