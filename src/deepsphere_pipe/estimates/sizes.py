"""What the costs of a job grow with, by the names in ``measured.csv``: counted, or assumed."""

import math
import os
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from deepsphere_pipe.config import CustomConfig, DataConfig, RunConfig, SamplingConfig, Study
from deepsphere_pipe.config.data import Era5Data, FieldsData, UgscnnData
from deepsphere_pipe.config.graph_analysis import SpectraConfig
from deepsphere_pipe.config.splits import DrawnSplit, ListedSplit, SplitConfig
from deepsphere_pipe.estimates.field_files import sizes_of_fields
from deepsphere_pipe.estimates.network import Gpu, network

ASSUMED_VERTICES = 100_000
"""Vertices that a file is taken to have while it is not there, as many as a sphere of 80 km."""


@lru_cache
def vertices_of(sampling: SamplingConfig) -> int:
    """Return the number of vertices, for regions slightly too large a one."""
    if isinstance(sampling, CustomConfig):
        if not Path(sampling.file).is_file():
            return ASSUMED_VERTICES
        from deepsphere_pipe.samplings.vertex_files import read_vertices  # heavy, and rare

        return len(read_vertices(sampling.file)[0])  # which may all lie in the region
    whole = sampling.n_vertices()
    return min(math.ceil(1.1 * whole * sampling.share), whole)  # shares miss at most a tenth


def n_maps(data: DataConfig) -> int:
    """Return about how many snapshots the input has or, if it is not there, all have."""
    if isinstance(data, FieldsData):
        return sizes_of_fields(data).maps
    if data.input is None:
        return data.whole_maps
    if Path(data.input).is_file():
        return math.ceil(Path(data.input).stat().st_size / (1e6 * UgscnnData.file_mb))
    endings, names = (".h5", ".nc", ".npz"), chain(*(names for *_, names in os.walk(data.input)))
    return sum(name.endswith(endings) for name in names) or data.whole_maps


def run_of(study: Study, names: dict[str, str]) -> RunConfig | None:
    """Return the run that the wildcards of a job name, or whose network predicts."""
    if "prediction" in names:
        return study.runs_predicting(names["prediction"])[0]
    return study.run(names["run"]) if "run" in names else None


def part_sizes(split: SplitConfig, data: DataConfig, maps: int) -> dict[str, int]:
    """Return the numbers of maps that train, validate and test; for lists, not less than those."""
    if isinstance(split, ListedSplit):  # without its list, all other maps train
        files = {part: Path(path) for part, path in split.lists.items() if Path(path).is_file()}
        lines = {part: len(file.read_bytes().splitlines()) for part, file in files.items()}
        return {part: min(lines.get(part, maps), maps) for part in ("train", *split.lists)}
    if isinstance(split, DrawnSplit):
        validation, test = split.validation_share, split.test_share
    else:
        twin = data.synthetic
        units = len(getattr(twin, split.unit)) if twin else {"years": 10, "runs": 5}[split.unit]
        validation, test = (min(len(held) / units, 1) for held in (split.validation, split.test))
    # Real data may have other years than assumed: then nearly all maps may train.
    shares = {"train": max(1 - validation - test, 0.1), "validation": validation, "test": test}
    return {part: round(share * maps) for part, share in shares.items()}


def sizes_of(
    study: Study, maps: int, gpu: Gpu | None, threads: int, names: dict[str, str]
) -> dict[str, float]:
    """Return the sizes of a job by its wildcards, in units of the table."""
    run = run_of(study, names)
    data, spectra, axes = study.data, study.power_spectra, names.get("baseline", "").split("-")
    split = run.split_name if run else next((axis for axis in axes if axis in study.splits), None)
    vertices = {name: vertices_of(sampling) for name, sampling in study.samplings_by_name.items()}
    named = (study.sampling_of(run),) if run else (names.get("sampling"), *axes, *vertices)
    n = next(vertices[name] for name in named if name in vertices)
    points, chunk_mb = data.grid_points, 0.0
    if isinstance(data, FieldsData):
        points, _, chunk_mb = sizes_of_fields(data)
    map_mb = n * (4 * len(data.channels) + 1) / 1e6
    sizes = {
        "threads": threads, "slowness": threads**-0.7,  # measured: two are 1.6 times as fast
        "gpu": gpu is not None, "cpu": gpu is None, "vertices": n, "finest": max(vertices.values()),
        "neighbours": max(study.graph.neighbours, 6), "maps": maps, "map_mb": map_mb,
        "chunk_mb": chunk_mb, "points": points, "grid": max(points, n), "file_mb": data.file_mb,
        "exact": study.evaluation.exact_average_precision,
        "common": vertices.get(study.evaluation.common_sampling or "", 0),
    }  # fmt: skip
    if spectra:  # of two data sets
        sizes["transformed"] = 2e-6 * spectra.snapshots * max(points, Era5Data.grid_points)
    if "input" in names:
        sections = (data, spectra, *study.predictions.values())
        section = next(s for s in sections if s and s.input == names["input"])
        known = section.download and section.download.size_bytes
        sizes["megabytes"] = known / 1e6 if known else maps * data.file_mb
    if split in study.splits_by_name:
        parts = part_sizes(study.splits_by_name[split], data, maps)
        room = data.loading.part_share * data.loading.memory_mb
        held = {part: k * map_mb * (k * map_mb <= room) for part, k in parts.items()}
        sizes |= parts | {f"held_{part}_mb": mb for part, mb in held.items()}
    return sizes | (_network_sizes(study, run, gpu, sizes) if run else {})


def _network_sizes(
    study: Study, run: RunConfig, gpu: Gpu | None, sizes: dict[str, float]
) -> dict[str, float]:
    """Return the sizes of a training and of an evaluation, whose seconds are those of one GPU."""
    model, training, workers = run.model.as_unet, run.training, study.data.loading.workers
    # Two icosahedral vertices have no siblings; else each level has a quarter.
    vertices = [math.ceil((sizes["vertices"] - 2) / 4**i) + 2 for i in range(model.depth + 1)]
    seen = 1 if run.model.temporal == "none" else run.window.sequence_length
    built = network(model, vertices, len(study.data.channels), study.graph.neighbours, seen)
    map_mb, gpus = seen * sizes["map_mb"], study.gpus_per_run if gpu else 1
    seconds = built.training_seconds(gpu, training.batch_size / gpus)
    # Assumed: a GPU waits for copies by one core; disks read 300 MB/s.
    waiting = map_mb * ((1e-3 if gpu else 0) if sizes["held_train_mb"] else 3e-3)
    seconds = seconds * (1 if gpu else sizes["slowness"]) + waiting
    sampling = study.samplings_by_name[study.sampling_of(run)]
    positions = {"icosahedral": 60, "healpix": 8}.get(sampling.name, 20)  # of grids, about
    predicted = sizes["test"] + min(sizes["test"], study.evaluation.turned_maps) * positions
    windows = training.epochs * (sizes["train"] + sizes["validation"] / 3)  # to predict: a third
    values_mb = 20e-6 * built.values * training.batch_size  # measured: five copies
    return {
        "epochs": training.epochs, "workers": workers, "processes": study.gpus_per_run,
        "training_s": windows * seconds / gpus, "evaluation_s": predicted / 3 * seconds,
        "weights_mb": 16e-6 * built.parameters,  # with gradients and two moments
        "values_mb": values_mb, "values_of_one_mb": values_mb / gpus,
        "batches_mb": (2 + 2 * workers) * training.batch_size * map_mb,
    }  # fmt: skip


def graph_sizes(part: Any) -> dict[str, float]:
    """Return the sizes of a part of ``graph_analysis``, in 10^9 and 10^6."""
    if isinstance(part, SpectraConfig):
        return {"eigenvectors": (part.degree_max + 1) ** 2 * (10 * 4**part.level + 2) / 1e6}
    vertices = [12 * n**2 for n in getattr(part, "nsides", ())]
    vertices += [4 * n**2 for n in getattr(part, "bandwidths", ())]
    vertices += [10 * 4**level + 2 for level in getattr(part, "levels", ())]
    repeats = part.functions * part.rotations * len(part.neighbours)
    if isinstance(degrees := getattr(part, "degrees", None), tuple):
        repeats *= len(degrees)  # else all at once
    turned = repeats * sum(n**1.5 for n in vertices) / 1e9
    return {"turned": turned, "largest": max(vertices, default=0) * max(part.neighbours) / 1e6}
