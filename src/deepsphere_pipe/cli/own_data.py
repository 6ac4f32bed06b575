"""The data of a training by itself: the steps of the workflow one after the other."""

import argparse
from pathlib import Path

import yaml

from deepsphere_pipe.cli import data, spheres
from deepsphere_pipe.config import JobConfig, dump
from deepsphere_pipe.data.sources import SOURCES, version_of
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.provenance import code_fingerprint, file_hash


def make_data(job: JobConfig, arguments: argparse.Namespace) -> None:
    """Make maps, split and sphere of a job in ``OUT/data``, and name them in the arguments.

    What is there already, made from the same settings by the same code, is taken as it is.

    Raises
    ------
    UserError
        If the job does not say how to split the maps.
    """
    if job.split is None:
        raise UserError(
            f"{arguments.config_file}: the key 'split' is missing, without which nothing can be "
            "trained."
        )
    folder = arguments.out / "data"
    arguments.maps, arguments.split = folder / "maps.nc", folder / "split"
    arguments.sphere = folder / "sphere.nc"
    sections = {name: getattr(job, name) for name in ("data", "sampling", "graph", "split")}
    made_from = {name: section.model_dump(mode="json") for name, section in sections.items()}
    made_from["code"] = code_fingerprint(
        *("synthetic", "data.prepare", f"data.sources.{SOURCES[job.data.source].module}"),
        *("data.splits", "data.events_present", "graphs.building"),
    )
    if job.data.input:
        made_from["input_version"] = version_of(job.data.source, job.data.input)
    files = [job.sampling.file, *job.split.lists.values()]
    made_from["files"] = {path: file_hash(Path(path)) for path in files if path}
    mark = folder / "made_from.yaml"
    if mark.exists() and yaml.safe_load(mark.read_text(encoding="utf-8")) == made_from:
        print(f"The data is in {folder}.", flush=True)
        return
    mark.unlink(missing_ok=True)
    _make(job, folder, arguments)
    with atomic_write(mark) as temporary:
        temporary.write_text(yaml.safe_dump(made_from, sort_keys=False), encoding="utf-8")


def _make(job: JobConfig, folder: Path, arguments: argparse.Namespace) -> None:
    native, workers = job.data.input, 2
    if job.data.source == "synthetic":
        native = folder / "native"
        settings = _settings(folder, "synthetic", dump(job.data.synthetic))
        data.synthesize(argparse.Namespace(config_file=settings, out=native, workers=workers))
    sampling = {k: v for k, v in job.sampling.model_dump().items() if k != "name"}
    sampling["sampling"] = job.sampling.name
    data.prepare(
        argparse.Namespace(
            source=job.data.source, input=native, out=arguments.maps, channels=job.data.channels,
            label_set=job.data.label_set, remapping=job.data.remapping, workers=workers,
            label_remapping=job.data.label_remapping, on_error=job.data.on_error, made_from=(),
            **sampling,
        )
    )  # fmt: skip
    settings = _settings(folder, "split", dump(job.split))
    data.split(
        argparse.Namespace(
            maps=arguments.maps, config_file=settings, out=arguments.split,
            on_error=job.data.on_error, made_from=(),
        )
    )  # fmt: skip
    graph = job.graph.model_dump()
    spheres.sphere(
        argparse.Namespace(
            **sampling, depth=None, graph=graph["kind"], neighbours=graph["neighbours"],
            kernel_width=str(graph["kernel_width"]), laplacian=graph["laplacian"],
            out=arguments.sphere, made_from=(),
        )
    )  # fmt: skip


def _settings(folder: Path, name: str, text: str) -> Path:
    path = folder / "settings" / f"{name}.yaml"
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return path
