"""A tiny study on disk, as evaluation would leave it."""

import json

import netCDF4
import numpy as np
import pandas as pd
import pytest
import torch

from deepsphere_pipe.evaluation import Tally

CLASSES = ("BG", "TC", "AR")


def fibonacci_sphere(n):
    """Nearly even points: longitude and latitude in degrees."""
    index = np.arange(n) + 0.5
    return np.degrees(index * np.pi * (3 - np.sqrt(5))) % 360 - 180, np.degrees(
        np.arcsin(1 - 2 * index / n)
    )


def write_predictions(path, sampling, truth, probability, here=slice(None)):
    """Write predictions (map, vertex), (map, vertex, class) on some vertices of a sampling."""
    with netCDF4.Dataset(path, "w") as file:
        sizes = dict(zip(("map", "vertex", "class"), probability.shape, strict=True))
        for name, size in sizes.items():
            file.createDimension(name, size)
        for name in ("longitude", "latitude", "areas"):
            file.createVariable(name, "f8", ("vertex",))[:] = getattr(sampling, name)[here]
        file.createVariable("truth", "u1", ("map", "vertex"))[:] = truth
        file.createVariable("probability", "f4", ("map", "vertex", "class"))[:] = probability
        moisture = 60 * np.cos(np.radians(sampling.latitude[here])) ** 2 + np.zeros(truth.shape)
        file.createVariable("tmq", "f4", ("map", "vertex"))[:] = moisture
        file.createVariable("run", "i4", ("map",))[:] = 1
        time = file.createVariable("time", "f8", ("map",))
        time.setncatts({"units": "hours since 2106-02-28", "calendar": "noleap"})
        time[:] = 24 * np.arange(sizes["map"])
    return path


@pytest.fixture
def write_scores(tmp_path):
    """Return a function that writes the scores.json of one run.

    `top` holds keys of the top level, all else those of the provenance.
    """

    def write(run, tc, ar, /, kind="network", seed=0, top=None, **provenance):
        aps = dict(zip(CLASSES, (0.99, tc, ar), strict=True))
        classes = {
            name: {"average_precision": ap, "accuracy": 0.9, "iou": ap, "f1": ap}
            for name, ap in aps.items()
        }
        by_area = {
            name: {"average_precision": None if ap is None else ap / 2} for name, ap in aps.items()
        }
        mean = None if None in (tc, ar) else (tc + ar) / 2
        scores = {
            "run": run,
            "experiment": run.split("-seed")[0],
            "kind": kind,
            "seed": seed,
            "classes": classes,
            "mean_average_precision": mean,
            "mean_accuracy": 0.9,
            "by_area": {
                "classes": by_area,
                "mean_average_precision": None if mean is None else mean / 2,
            },
            "parameters": 12345 if kind == "network" else None,
            "epochs": 30 if kind == "network" else None,
            "best_epoch": 20 if kind == "network" else None,
            "provenance": {
                "data": "synthetic twin",
                "sampling": "icosahedral level 5",
                "split": "by_year",
                "train_maps": 10,
                "validation_maps": 5,
                "test_maps": 7,
                "leakage_percent": {"3h": 1.5, "6h": 2.5, "24h": 3.5},
                "commit": "abc1234",
                "device": "cpu",
                "seconds": 1.0,
                **provenance,
            },
            **(top or {}),
        }
        path = tmp_path / "runs" / run / "scores.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(scores), encoding="utf-8")
        return path

    return write


@pytest.fixture
def histograms_file(tmp_path):
    """Return the path of the histograms of one run."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (5, 100))
    scores = rng.dirichlet([1, 1, 1], (5, 100))
    tally = Tally(3, areas=rng.uniform(0.1, 1, 100))
    tally.update(torch.from_numpy(scores), torch.from_numpy(labels))
    path = tmp_path / "runs" / "net-seed0" / "histograms.nc"
    tally.save(path)
    return path


@pytest.fixture
def predictions_file(tmp_path):
    """Return the path of two predicted maps; only the second one has both events."""
    longitude, latitude = fibonacci_sphere(800)
    rng = np.random.default_rng(0)
    truth = np.zeros((2, 800), dtype=np.uint8)
    truth[:, np.abs(latitude - 20) < 10] = 2
    truth[1, (np.abs(longitude - 90) < 10) & (np.abs(latitude) < 20)] = 1
    path = tmp_path / "predictions.nc"
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("map", 2), ("vertex", 800), ("class", 3)):
            file.createDimension(name, size)
        file.createVariable("truth", "u1", ("map", "vertex"))[:] = truth
        file.createVariable("probability", "f4", ("map", "vertex", "class"))[:] = rng.dirichlet(
            [1, 1, 1], (2, 800)
        )
        file.createVariable("tmq", "f4", ("map", "vertex"))[:] = rng.uniform(0, 60, (2, 800))
        file.createVariable("longitude", "f8", ("vertex",))[:] = longitude
        file.createVariable("latitude", "f8", ("vertex",))[:] = latitude
        file.createVariable("run", "i4", ("map",))[:] = [1, 2]
        time = file.createVariable("time", "f8", ("map",))
        time.setncatts({"units": "hours since 2106-02-28", "calendar": "noleap"})
        time[:] = [21, 27]
    return path


COMPARED_GRAPHS = [
    ("icosahedral", "level 3", 642, "knn", 8, 0.1, [0.2, 0.0996]),
    ("icosahedral", "level 3", 642, "knn", 20, 0.2, [0.1, 0.004]),
    ("healpix", "nside 8", 768, "perraudin", None, 0.15, [0.15, 1.234]),
    ("equiangular", "n_lat 18, n_lon 36", 648, "khasanova_frossard", None, np.nan, [0.3, np.nan]),
    ("icosahedral", "level 2", 162, "knn", 8, 0.1, [0.005, 0.05]),
]


@pytest.fixture
def samplings_file(tmp_path):
    columns = ["sampling", "parameters", "n_vertices", "graph", "neighbours", "kernel_width"]
    rows = [
        [*graph, degree, error]
        for *graph, errors in COMPARED_GRAPHS
        for degree, error in zip((5, 10), errors, strict=True)
    ]
    table = pd.DataFrame(rows, columns=[*columns, "degree", "error"])
    table = table.assign(
        n_edges=2000, largest_eigenvalue=3.0, area_spread=1.3, functions=2, rotations=3, seed=7
    )
    table.assign(laplacian="combinatorial").to_csv(tmp_path / "samplings.csv", index=False)
    return tmp_path / "samplings.csv"
