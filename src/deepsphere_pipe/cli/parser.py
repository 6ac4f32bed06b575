"""The options of all verbs."""

import argparse
from collections.abc import Callable
from pathlib import Path

from deepsphere_pipe import __version__
from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.cli import data, results, runs, slots, spheres
from deepsphere_pipe.cli.made_from import fingerprint
from deepsphere_pipe.config.comparisons import ALWAYS, COMPARISONS
from deepsphere_pipe.data.sources import SOURCES
from deepsphere_pipe.reporting.figures.registry import FIGURES

FILES = {
    "config-file": "YAML file with the settings of this step",
    "input": "folder of snapshots",
    "maps": "store of maps, from 'prepare'",
    "model": "trained model, from 'train'",
    "split": "folder of the split, from 'split'",
    "sphere": "sphere, from 'sphere'",
    "window": "YAML file with the settings of the windows; by default single maps",
    "out": "what to write: a file, folder or stem",
}


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = argparse.ArgumentParser(
        prog="deepsphere-pipe", description="The steps of the workflow, one verb each."
    )
    parser.add_argument("--version", action="version", version=__version__)
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(action: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        summary = action.__doc__.splitlines()[0]
        name = action.__name__.replace("_", "-")
        sub = verbs.add_parser(name, help=summary, description=summary)
        sub.set_defaults(action=action)
        return sub

    sub = verb(data.synthesize)
    _add_files(sub, "config-file", "out")
    sub.add_argument("--workers", type=int, default=1, help="parallel processes")

    sub = verb(data.archive)
    _add_files(sub, "config-file", "out")
    sub.add_argument(
        "--level", type=int, default=5, choices=range(9), help="subdivisions; 5 as published"
    )
    sub.add_argument("--workers", type=int, default=1, help="parallel processes")

    sub = verb(data.download)
    sub.add_argument("urls", nargs="+", metavar="URL", help="addresses of the file, in order")
    _add_files(sub, "out")
    sub.add_argument("--sha256", metavar="HEX", help="checksum that the file must have")
    sub.add_argument("--size", type=int, metavar="BYTES", help="size that the file must have")

    sub = verb(data.prepare)
    sub.add_argument("--source", choices=list(SOURCES), required=True)
    _add_files(sub, "input", "out")
    _add_sampling(sub)
    sub.add_argument(
        "--channels", nargs="+", choices=CHANNEL_NAMES, default=CHANNEL_NAMES, metavar="NAME"
    )
    sub.add_argument("--label-set", choices=["default", "relaxed"], default="default")
    sub.add_argument(
        "--remapping", choices=["bilinear", "nearest", "conservative"], default="bilinear"
    )
    sub.add_argument(
        "--label-remapping", choices=["majority", "nearest", "any"], default="majority"
    )
    _add_on_error(sub)
    sub.add_argument("--workers", type=int, default=1, help="parallel processes")
    _add_made_from(sub)

    sub = verb(spheres.sphere)
    _add_sampling(sub)
    _add_graph(sub)
    _add_files(sub, "out")
    _add_made_from(sub)

    sub = verb(data.power_spectra)
    sub.add_argument("--source", choices=list(SOURCES), required=True)
    _add_files(sub, "input", "config-file", "out")

    sub = verb(data.split)
    _add_files(sub, "maps", "config-file", "out")
    _add_on_error(sub)
    _add_made_from(sub)

    sub = verb(runs.train)
    sub.epilog = (
        "Any key of the config can be overridden: --training.epochs 3, --epochs 3, --widths 8 16. "
        "Without --maps, --split and --sphere the data that the config names is made in "
        "OUT/data. The training goes on from OUT/checkpoints/checkpoint.pt if it was stopped."
    )
    sub.set_defaults(overrides=[])
    _add_files(sub, "config-file")
    _add_files(sub, "maps", "split", "sphere", "out", required=False)
    sub.add_argument("--device", default="cpu", help="cpu (default), auto, cuda or cuda:N")
    sub.add_argument(
        "--gpu", type=int, nargs="*", metavar="ID", help="GPUs by number; without, the first one"
    )
    sub.add_argument("--processes", type=int, default=1, help="that share every batch on the CPU")
    sub.add_argument(
        "--resume",
        choices=["strict", "matching", "never"],
        default="strict",
        help="a checkpoint of something else is an error, or is set aside; or any one is",
    )
    _add_made_from(sub)
    _add_memory(sub)

    sub = verb(runs.evaluate)
    _add_files(sub, "model", "maps", "split", "sphere", "out")
    _add_files(sub, "config-file", required=False)
    sub.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    _add_exact(sub)
    _add_made_from(sub)
    _add_memory(sub)

    sub = verb(runs.baseline)
    sub.add_argument("--kind", choices=["frequency", "logistic"], required=True)
    sub.add_argument(
        "--sampling-name", metavar="NAME", help="of the sampling, in a study that has several"
    )
    sub.add_argument(
        "--split-name", metavar="NAME", help="of the split, in a study that has several"
    )
    _add_files(sub, "maps", "split", "sphere", "out")
    _add_files(sub, "window", required=False)
    _add_exact(sub)
    _add_made_from(sub)
    _add_memory(sub)

    sub = verb(slots.with_gpus)
    sub.epilog = "It waits until they are free. They are free again when the command ends."
    sub.add_argument("--gpus", type=int, default=1, metavar="N", help="how many; 0 hides all")
    sub.add_argument("command", nargs="+", help="after '--': a program and its arguments")

    sub = verb(spheres.graph_analysis)
    sub.add_argument("study", choices=list(spheres.STUDIES))
    _add_files(sub, "config-file", "out")

    sub = verb(results.tables)
    sub.add_argument("table", choices=[*ALWAYS, *COMPARISONS, "samplings"])
    sub.add_argument("--input", type=Path, nargs="+", required=True, help="files of the runs")
    _add_files(sub, "out")

    sub = verb(results.study_page)
    sub.add_argument("--name", required=True, help="of the study")
    sub.add_argument("--input", type=Path, nargs="+", required=True, help="all its results")
    _add_files(sub, "out")

    sub = verb(results.figures)
    sub.add_argument("figure", choices=list(FIGURES))
    sub.add_argument("--input", type=Path, nargs="+", required=True, help="files to draw")
    _add_files(sub, "config-file", "out")

    sub = verb(results.page)
    sub.add_argument("--runs", type=Path, nargs="+", required=True, help="folders of the runs")
    _add_files(sub, "config-file", "out")

    _add_files(verb(results.reference), "out")

    sub = verb(results.costs)
    sub.add_argument("--studies", type=Path, default=Path("config"), help="folder of YAML files")
    _add_files(sub, "out")
    return parser


def _add_made_from(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--made-from",
        nargs="+",
        type=fingerprint,
        metavar="STEP=FINGERPRINT",
        default=(),
        help="of all that the result is made from: recorded with it, and compared with its inputs",
    )


def _add_on_error(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--on-error", choices=["stop", "skip"], default="stop")


def _add_files(sub: argparse.ArgumentParser, *names: str, required: bool = True) -> None:
    for name in names:
        sub.add_argument(f"--{name}", type=Path, required=required, help=FILES[name])


def _add_exact(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--exact-average-precision",
        action="store_true",
        help="also by sorting all probabilities, which takes memory",
    )


def _add_memory(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--memory-mb", type=int, help="memory that may be used; by default what is available"
    )
    sub.add_argument(
        "--loader-workers", type=int, default=0, help="processes that read maps from the disk"
    )


def _add_sampling(sub: argparse.ArgumentParser) -> None:
    """Add the keys of the config's section `sampling` (a test holds the two together)."""
    group = sub.add_argument_group("sampling")
    group.add_argument(
        "--sampling",
        choices=["icosahedral", "healpix", "equiangular", "custom"],
        default="icosahedral",
    )
    group.add_argument("--level", type=int, help="icosahedral: subdivisions")
    group.add_argument("--nside", type=int, help="healpix: a power of two")
    group.add_argument("--bandwidth", type=int, help="equiangular: half the latitudes, longitudes")
    group.add_argument("--n-lat", type=int, help="equiangular: number of latitudes")
    group.add_argument("--n-lon", type=int, help="equiangular: number of longitudes")
    group.add_argument("--poles", action="store_true", help="equiangular: with rows at the poles")
    group.add_argument("--west", type=float, help="equiangular: first longitude, degrees east")
    group.add_argument(
        "--file", help="custom: csv or netCDF file with the longitudes and latitudes of vertices"
    )
    group.add_argument(
        "--partial", action="store_true", help="custom: the vertices cover a part of the sphere"
    )
    group.add_argument(
        "--region",
        type=float,
        nargs=4,
        metavar=("WEST", "SOUTH", "EAST", "NORTH"),
        help="only vertices in this box, degrees",
    )


def _add_graph(sub: argparse.ArgumentParser) -> None:
    group = sub.add_argument_group("graph")
    group.add_argument("--depth", type=int, help="poolings; by default as many as possible")
    group.add_argument("--graph", choices=["knn", "perraudin", "khasanova_frossard"], default="knn")
    group.add_argument("--neighbours", type=int, default=6, help="k of the k-NN graph")
    group.add_argument(
        "--kernel-width",
        default="mean_distance",
        help="mean_distance, published, optimal or a chord length in radii",
    )
    group.add_argument(
        "--laplacian", choices=["combinatorial", "normalized"], default="combinatorial"
    )
