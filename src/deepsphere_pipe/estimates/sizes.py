"""What the costs of a job grow with, by the names in ``measured.csv``."""

import math

from deepsphere_pipe.config import RunConfig, Study
from deepsphere_pipe.config.data import Era5Data
from deepsphere_pipe.config.graph_analysis import (
    EquivarianceErrorConfig,
    KernelWidthsConfig,
    SamplingComparisonConfig,
    SpectraConfig,
)
from deepsphere_pipe.estimates.counts import part_sizes, snapshots, vertices_of
from deepsphere_pipe.estimates.network import Gpu, network

HELD_SHARE = 0.4
"""Share of `data.loading.memory_mb` that a part may take to be held (a test compares it)."""


def sizes_of(
    study: Study, maps: int | None, gpu: Gpu | None, threads: int, names: dict[str, str]
) -> dict[str, float]:
    """Return the sizes of a job by its wildcards; the number of maps is counted if it is None."""
    run = study.run(names["run"]) if "run" in names else None
    data, spectra, axes = study.data, study.power_spectra, names.get("baseline", "").split("-")
    split = run.split_name if run else next((axis for axis in axes if axis in study.splits), None)
    vertices = {name: vertices_of(sampling) for name, sampling in study.samplings_by_name.items()}
    named = (study.sampling_of(run),) if run else (names.get("sampling"), *axes, *vertices)
    n = next(vertices[name] for name in named if name in vertices)
    counted, points, file_mb = snapshots(data)
    maps, map_mb = maps or counted, n * (4 * len(data.channels) + 1) / 1e6
    sizes = {
        "threads": threads, "speed": threads**0.7,  # measured: 1.6 times with two
        "gpu": gpu is not None, "cpu": gpu is None, "vertices": n, "finest": max(vertices.values()),
        "neighbours": max(study.graph.neighbours, 6), "maps": maps, "map_mb": map_mb,
        "points": points, "grid": max(points, n), "file_mb": file_mb,
        "exact": study.evaluation.exact_average_precision,
    }  # fmt: skip
    if spectra:  # of two data sets
        sizes["transformed"] = 2e-6 * spectra.snapshots * max(points, Era5Data.grid_points)
    if "input" in names:
        section = next(s for s in (data, spectra) if s and s.input == names["input"])
        known = section.download and section.download.size_bytes
        sizes["megabytes"] = known / 1e6 if known else maps * file_mb
    if split in study.splits_by_name:
        parts = part_sizes(study.splits_by_name[split], data, maps)
        room = HELD_SHARE * data.loading.memory_mb
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
    maps = 1 if run.model.temporal == "none" else run.window.sequence_length
    built = network(model, vertices, len(study.data.channels), study.graph.neighbours, maps)
    map_mb, gpus = maps * sizes["map_mb"], study.gpus_per_run if gpu else 1
    seconds = built.training_seconds(gpu, training.batch_size / gpus)
    seconds /= 1 if gpu else sizes["speed"]
    # Assumed: a GPU waits for copies by one core; disks read 300 MB/s.
    seconds += map_mb * ((1e-3 if gpu else 0) if sizes["held_train_mb"] else 3e-3)
    # Prediction takes a third.
    windows = training.epochs * (sizes["train"] + sizes["validation"] / 3)
    return {
        "epochs": training.epochs, "workers": workers,
        "processes": study.gpus_per_run, "gpus": gpus,
        "training_s": windows * seconds, "evaluation_s": sizes["test"] / 3 * seconds,
        "weights_mb": 16e-6 * built.parameters,  # with gradients and two moments
        "values_mb": 20e-6 * built.values * training.batch_size,  # measured: five copies
        "batches_mb": (2 + 2 * workers) * training.batch_size * map_mb,
    }  # fmt: skip


def graph_sizes(
    part: EquivarianceErrorConfig | KernelWidthsConfig | SamplingComparisonConfig | SpectraConfig,
) -> dict[str, float]:
    """Return the sizes of a part of ``graph_analysis``, in 10^9 and 10^6."""
    if isinstance(part, SpectraConfig):
        return {"eigenvectors": (part.degree_max + 1) ** 2 * (10 * 4**part.level + 2) / 1e6}
    vertices = [12 * n**2 for n in getattr(part, "nsides", ())]
    vertices += [4 * n**2 for n in getattr(part, "bandwidths", ())]
    vertices += [10 * 4**level + 2 for level in getattr(part, "levels", ())]
    repeats = part.functions * part.rotations * len(part.neighbours)
    if isinstance(degrees := getattr(part, "degrees", None), tuple):
        repeats *= len(degrees)  # else all at once
    return {
        "turned": repeats * sum(n**1.5 for n in vertices) / 1e9,
        "largest": max(vertices, default=0) * max(part.neighbours) / 1e6,
    }
