"""Folders of runs, as training and evaluation would leave them."""

import base64
import gzip

import netCDF4
import numpy as np
import pandas as pd
import pytest

from tests.reporting.conftest import fibonacci_sphere

N_MAPS = 4


def unpack(packed):
    """Return the arrays that `pack` was given, as the browser unpacks them."""
    content = gzip.decompress(base64.b64decode(packed["data"]))
    arrays, offset = {}, 0
    for each in packed["arrays"]:
        kind, count = np.dtype(each["type"]).newbyteorder("<"), int(np.prod(each["shape"]))
        array = np.frombuffer(content, kind, count, offset).reshape(each["shape"])
        arrays[each["name"]] = array
        offset += array.nbytes
    return arrays


@pytest.fixture
def write_run(write_scores):
    """Return a function that writes the folder of a run."""

    def write(name, n=500, n_epochs=3, seed=0, **top):
        """Write the folder of a run: probabilities that vary smoothly, with a little noise."""
        longitude, latitude = fibonacci_sphere(n)
        rng = np.random.default_rng(seed)
        top |= {"best_epoch": n_epochs}
        folder = write_scores(name, 0.5, 0.6, seed=seed, top=top).parent
        waves = np.cos(np.radians(longitude * 3 + latitude * 2))
        strength = rng.uniform(0, 2, (n_epochs, N_MAPS, 2, 1))
        logits = 3 * strength * waves - 2 + rng.normal(0, 0.05, (n_epochs, N_MAPS, 2, n))
        logits = np.concatenate([np.zeros((n_epochs, N_MAPS, 1, n)), logits], axis=2)
        probability = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
        truth = rng.integers(0, 3, (N_MAPS, n)).astype("u1")
        shared = {
            "longitude": ("f8", ("vertex",), longitude),
            "latitude": ("f8", ("vertex",), latitude),
            "areas": ("f8", ("vertex",), np.full(n, 4 * np.pi / n)),
            "run": ("i4", ("map",), np.arange(N_MAPS)),
            "truth": ("u1", ("map", "vertex"), truth),
            "tmq": ("f4", ("map", "vertex"), 30 + 20 * waves + rng.normal(0, 1, (N_MAPS, n))),
        }
        by_epoch = ("epoch", "map", "vertex")
        parts = {
            "epochs.nc": {
                "epoch": ("i4", ("epoch",), np.arange(1, n_epochs + 1)),
                "predicted": ("u1", by_epoch, probability.argmax(axis=2)),
                "probability": (
                    "u1",
                    (*by_epoch, "event"),
                    np.round(255 * np.moveaxis(probability[:, :, 1:], 2, -1)),
                ),
            },
            "predictions.nc": {
                "probability": (
                    "f4",
                    ("map", "vertex", "class"),
                    np.moveaxis(probability[-1], 1, -1),
                )
            },
        }
        sizes = {"epoch": n_epochs, "map": N_MAPS, "vertex": n, "event": 2, "class": 3}
        for file_name, own in parts.items():
            with netCDF4.Dataset(folder / file_name, "w") as file:
                for dimension, size in sizes.items():
                    file.createDimension(dimension, size)
                for variable, (kind, dimensions, values) in (shared | own).items():
                    file.createVariable(variable, kind, dimensions)[:] = values
                time = file.createVariable("time", "f8", ("map",))
                time.setncatts({"units": "hours since 2106-02-28", "calendar": "noleap"})
                time[:] = 21 + 24 * np.arange(N_MAPS)
        epochs = np.arange(1, n_epochs + 1)
        ap = dict.fromkeys(("ap_tc", "ap_ar", "mean_ap"), epochs / n_epochs)
        history = {"epoch": epochs, "train_loss": 1.0, "validation_loss": 1.0}
        history |= {f"validation_{name}": values for name, values in ap.items()}
        pd.DataFrame(history).to_csv(folder / "history.csv", index=False)
        return folder

    return write
