"""The options of all verbs."""

import argparse
from collections.abc import Callable
from pathlib import Path

from deepsphere_pipe import __version__
from deepsphere_pipe.architecture import PUBLISHED_POOLINGS
from deepsphere_pipe.cli import verbs
from deepsphere_pipe.config import GraphAnalysisConfig
from deepsphere_pipe.data.fields.faults import ADVICE
from deepsphere_pipe.data.sources import SOURCES
from deepsphere_pipe.projections import ALLOWED
from deepsphere_pipe.reporting.figures.registry import FIGURES
from deepsphere_pipe.reporting.tables.registry import TABLES

FILES = {
    "study": "YAML file of a study",
    "input": "file, folder or address of snapshots; by default that of the study",
    "maps": "store of maps, from 'prepare'",
    "common": "store of maps on the study's common sampling, from 'prepare'",
    "model": "trained model, from 'train'",
    "split": "folder of the split, from 'split'",
    "sphere": "hierarchy of graphs, from 'sphere'",
    "out": "what to write: a file, folder or stem",
}
NAMES = {
    "run": "run of the study, as its folder is called",
    "sampling": "sampling of the study, where it has several",
    "split-name": "split of the study, where it has several",
    "baseline": "baseline of the study, as its folder is called",
    "prediction": "followed prediction of the study, where it has several",
}


def named(text: str) -> tuple[str, str]:
    """Read one value of an option that gives names a value."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME=VALUE")
    return name, value


def figure(text: str) -> str:
    """Read the name of a figure."""
    if text.partition("/")[0] not in FIGURES:
        raise argparse.ArgumentTypeError(f"there is no figure '{text}'; see --help")
    return text


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all verbs."""
    parser = argparse.ArgumentParser(
        prog="deepsphere-pipe", description="The steps of the workflow, one verb each."
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(metavar="VERB", required=True)

    def verb(
        action: Callable[[argparse.Namespace], object], files: str = "", optional: str = "",
        workers: bool = False, traced: bool = False, results: str = "",
    ) -> argparse.ArgumentParser:  # fmt: skip
        """Add a verb: files that it needs and those that it may have, and common options."""
        summary = (action.__doc__ or "").partition("\n")[0]
        name = action.__name__.replace("_", "-")
        sub = subparsers.add_parser(name, help=summary, description=summary)
        sub.set_defaults(action=action, set=[])
        for option in (*files.split(), *optional.split()):
            required = option in files.split()
            if option in FILES:
                kind = str if option == "input" else Path  # which may be an address
                sub.add_argument(f"--{option}", type=kind, required=required, help=FILES[option])
            else:
                sub.add_argument(f"--{option}", metavar="NAME", help=NAMES[option])
            if option == "study":
                sub.add_argument(
                    "--set", nargs="+", action="extend", metavar="KEY=VALUE",
                    help="keys of the study that are otherwise than in its file, such as "
                    "data.synthetic.years=[2106]",
                )  # fmt: skip
        if workers:
            sub.add_argument("--workers", type=int, default=1, help="parallel processes")
        if traced:
            sub.add_argument(
                "--made-from", nargs="+", type=named, metavar="STEP=FINGERPRINT", default=(),
                help="of all that the result is made from: recorded with it, and compared with "
                "its inputs",
            )  # fmt: skip
        if results:
            sub.add_argument("--input", type=Path, nargs="+", required=True, help=results)
        return sub

    verb(verbs.synthesize, "study out", workers=True)
    sub = verb(verbs.archive, "study out", workers=True)
    sub.add_argument(
        "--level", type=int, default=5, choices=range(9), help="subdivisions; 5 as published"
    )
    sub = verb(verbs.download, "out")
    sub.add_argument("urls", nargs="+", metavar="URL", help="addresses of the file, in order")
    sub.add_argument("--sha256", metavar="HEX", help="checksum that the file must have")
    sub.add_argument("--size", type=int, metavar="BYTES", help="size that the file must have")

    verb(verbs.prepare, "study out", "sampling input", workers=True, traced=True)
    sub = verb(verbs.check, "", "study out", workers=True)
    sub.add_argument("input", nargs="*", metavar="INPUT", help=FILES["input"])
    sub.add_argument("--source", choices=list(SOURCES), help="by default as the files are called")
    sub.add_argument("--channels", nargs="+", metavar="NAME", default=(), help="wanted ones only")
    sub.add_argument("--ignore", nargs="+", choices=list(ADVICE), default=(), help="not a problem")
    sub = verb(verbs.sphere, "out", "study sampling", traced=True)
    sub.add_argument("--depth", type=int, help="poolings; by default as many as possible")
    verb(verbs.power_spectra, "study out", "input")
    verb(verbs.split, "study maps out", "split-name", traced=True)

    sub = verb(verbs.train, "study", "run maps split sphere out", traced=True)
    sub.epilog = (
        "Without --maps, --split and --sphere the data that the study names is made in OUT/data. "
        "The training goes on from OUT/checkpoints/checkpoint.pt if it was stopped."
    )
    sub.add_argument("--device", default="cpu", help="cpu (default), auto, cuda or cuda:N")
    sub.add_argument(
        "--gpu", dest="gpus", type=int, nargs="*", metavar="ID",
        help="GPUs by number; without, the first one",
    )  # fmt: skip
    sub.add_argument("--processes", type=int, default=1, help="that share every batch on the CPU")
    sub.add_argument(
        "--resume", choices=["strict", "matching", "never"], default="strict",
        help="a checkpoint of something else is an error, or is set aside; or any one is",
    )  # fmt: skip

    sub = verb(verbs.evaluate, "model maps split sphere out", "study run common", traced=True)
    sub.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    sub.add_argument(
        "--on-sampling", action="store_true",
        help="the maps may lie on another sampling than that of the training",
    )  # fmt: skip
    verb(verbs.baseline, "study maps split sphere out", "baseline common", traced=True)

    sub = verb(verbs.predict, "out", traced=True)
    sub.add_argument(
        "model", metavar="MODEL", help="model.pt, folder of a run, or a pattern of these in quotes"
    )
    sub.add_argument(
        "inputs", nargs="+", metavar="INPUT",
        help="files, folders, zarr stores or patterns: fields of a model or a reanalysis, "
        "snapshots, a store of maps",
    )  # fmt: skip
    sub.add_argument(
        "--with", dest="more", nargs="+", default=(), metavar="MODEL",
        help="more networks of the same kind, such as other seeds: mean and spread",
    )  # fmt: skip
    sub.add_argument("--grid", default="sphere", help="sphere (default), input, or such as 181x360")
    sub.add_argument("--mask", action="store_true", help="a mask for each class as well")
    sub.add_argument(
        "--missing",
        choices=["refuse", "mask"],
        default="refuse",
        help="values: refuse, or leave out",
    )
    sub.add_argument(
        "--variables", nargs="+", type=named, default=(), metavar="CHANNEL=NAME",
        help="names in your files that are not known",
    )  # fmt: skip
    sub.add_argument(
        "--times", nargs="+", type=named, default=(), metavar="KEY=VALUE",
        help="start, end and every_hours: which times are read",
    )  # fmt: skip
    sub.add_argument("--overwrite", action="store_true", help="replace OUT")
    sub.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    sub.add_argument("--workers", type=int, default=1, help="processes that read fields")

    sub = verb(verbs.track, "out", "study")
    sub.add_argument("maps", metavar="INPUT", help="what 'predict' wrote, or a store of maps")
    sub.add_argument("--fields", help="of the same times: pressure, wind, moisture; by default own")
    sub.add_argument("--storms", type=Path, help="csv to write as well: a row for each storm")
    sub.add_argument(
        "--against",
        metavar="TRUE",
        help="a store of maps, a csv of tracks or of IBTrACS, or ibtracs",
    )
    sub.add_argument("--scores", type=Path, help="JSON to write: how they compare with TRUE")
    sub.add_argument("--match-hours", type=float, default=0.0, help="times may differ by so many")

    sub = verb(verbs.follow, "study out", "prediction")
    sub.add_argument("predicted", type=Path, metavar="PREDICTION", help="what 'predict' wrote")

    sub = verb(verbs.score_tracks, "model maps split sphere out", "study", traced=True)
    sub.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")

    sub = verb(verbs.import_weights, "out", "sphere")
    sub.add_argument("weights", type=Path, metavar="STATE_DICT", help="what its script saved")
    sub.add_argument("--variant", required=True, choices=list(PUBLISHED_POOLINGS), help="sampling")
    sub.add_argument("--sequence-length", type=int, default=3, help="maps that an LSTM sees")
    sub.add_argument("--normalisation", nargs=2, type=Path, help="its means.npy and stds.npy")
    verb(verbs.export_weights, "model out")

    sub = verb(verbs.with_gpus)
    sub.epilog = "It waits until they are free. They are free again when the command ends."
    sub.add_argument("--gpus", type=int, default=1, metavar="N", help="how many; 0 hides all")
    sub.add_argument("command", nargs="+", help="after '--': a program and its arguments")

    sub = verb(verbs.graph_analysis, "out", "study")
    sub.add_argument("part", choices=list(GraphAnalysisConfig.model_fields))

    sub = verb(verbs.tables, "out", results="files of the runs")
    sub.add_argument("table", choices=list(TABLES))
    verb(verbs.study_summary, "study out", results="all its results")
    sub = verb(verbs.figures, "study out", results="files to draw")
    names = ", ".join(name for name in FIGURES if name != "maps")
    sub.add_argument("figure", metavar="FIGURE", type=figure, help=f"{names}, or map/PROJECTION")
    sub = verb(verbs.describe)
    sub.add_argument("file", type=Path, nargs="+", metavar="FILE", help="file or folder")
    sub = verb(verbs.plot, "out", "study")
    sub.add_argument("prediction", type=Path, metavar="FILE", help="what 'predict' wrote")
    sub.add_argument("--time", nargs="+", default=(), help="stamp or number, of an animation two")
    sub.add_argument("--show", default="classes", help="classes (default), or one: TC, AR, BG")
    sub.add_argument("--projection", default="mollweide", help=ALLOWED)
    sub = verb(verbs.explorer, "study out")
    sub.add_argument("--runs", type=Path, nargs="+", required=True, help="folders of the runs")
    sub = verb(verbs.reference, "out")
    sub.add_argument("part", choices=["config", "steps"])
    sub = verb(verbs.costs, "out")
    sub.add_argument("--studies", type=Path, default=Path("config"), help="folder of YAML files")
    return parser
