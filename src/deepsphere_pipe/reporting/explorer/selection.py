"""How much of the runs an explorer holds, everything or what there is room for, as text."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from deepsphere_pipe.reporting.explorer.runs import ExploredRun

SHADES = 255
"""Steps of the field between its least and its greatest value."""

Packed = dict[str, Any]


class Selection(NamedTuple):
    """Which maps the explorer holds; None: all."""

    first_seeds: bool = False
    """Those of the first seed of each experiment only, instead of those of every run."""
    n_maps: int | None = None
    """At most so many of each part."""
    n_epochs: int | None = None
    """At most so many epochs, at even distances, with the last and the best one."""

    def parts(self, run: ExploredRun) -> dict[str, xr.Dataset]:
        """Return the maps of a run by part, as far as they are kept."""
        parts = {name: maps.isel(map=slice(self.n_maps)) for name, maps in run.parts.items()}
        epochs = parts["validation"]["epoch"].values
        if self.n_epochs is not None and len(epochs) > self.n_epochs:
            even = np.linspace(0, len(epochs) - 1, self.n_epochs - 1).round().astype(int)
            kept = np.union1d(even, np.flatnonzero(epochs == run.best_epoch))
            parts["validation"] = parts["validation"].isel(epoch=kept)
        return parts

    def packed(self, runs: Sequence[ExploredRun]) -> dict[str, Packed]:
        """Return the maps of the runs that have some, by ``run<number>``."""
        return {
            f"run{number}": _packed(run, self.parts(run))
            for number, run in enumerate(runs)
            if run.is_first_seed or not self.first_seeds
        }

    def omissions(self, runs: Sequence[ExploredRun]) -> list[str]:
        """Return what is kept where something is left out, in clauses."""
        kept = []
        n_with_maps = sum(run.is_first_seed for run in runs)
        if self.first_seeds and n_with_maps < len(runs):
            kept.append(
                f"maps of the first seed of each experiment only ({n_with_maps} of {len(runs)} "
                "runs; the curves are of all)"
            )
        if self.n_maps is not None:
            kept.append(f"at most {self.n_maps} of the maps that each run kept of either part")
        if self.n_epochs is not None:
            kept.append(f"at most {self.n_epochs} epochs of them")
        return kept


SELECTIONS = (
    Selection(),
    Selection(first_seeds=True),
    Selection(first_seeds=True, n_maps=2),
    Selection(first_seeds=True, n_maps=1),
    Selection(first_seeds=True, n_maps=1, n_epochs=10),
)
"""From all to little: the first one for which there is room is taken."""


def select(runs: Sequence[ExploredRun], room: float) -> tuple[Selection, dict[str, Packed]]:
    """Return the largest selection within the room (bytes), else the smallest, and its maps."""
    for selection in SELECTIONS:
        packed = selection.packed(runs)
        if sum(len(each["data"]) for each in packed.values()) <= room:
            break
    return selection, packed


def field_range(run: ExploredRun) -> tuple[float, float]:
    """Return the least and the greatest value of the field on all maps of a run."""
    values = np.concatenate([maps["tmq"].values.ravel() for maps in run.parts.values()])
    return float(np.nanmin(values)), float(np.nanmax(values))


def pack(arrays: Mapping[str, np.ndarray]) -> Packed:
    """Return arrays as what JSON can hold, undone by unpacking.js; equal ones give equal text.

    They are of integers or float32, as JavaScript has typed arrays of them. ``arrays`` are name,
    type and shape of each, ``data`` their bytes one after the other.
    """
    described, content = [], []
    for name, array in arrays.items():
        # The byte order of practically every device that has a browser.
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        described.append({"name": name, "type": array.dtype.name, "shape": list(array.shape)})
        content.append(array.tobytes())
    return {"arrays": described, "data": pack_bytes(b"".join(content))}


def pack_bytes(content: bytes) -> str:
    """Return bytes as text: gzip and base64."""
    # Without the time, so that the same input gives the same text.
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode("ascii")


def _packed(run: ExploredRun, parts: Mapping[str, xr.Dataset]) -> Packed:
    low, high = field_range(run)
    arrays: dict[str, np.ndarray] = {}
    for part, maps in parts.items():
        above = SHADES * (maps["tmq"].values - low)
        shade = np.round(above / max(high - low, np.finfo(float).tiny))
        for name in ("truth", "predicted", "probability"):
            arrays[f"{part}_{name}"] = maps[name].values
        arrays[f"{part}_field"] = np.nan_to_num(shade).astype(np.uint8)
    return pack(arrays)
