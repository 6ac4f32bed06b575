"""How much of the runs an explorer holds: everything, or what there is room for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from deepsphere_pipe.reporting.explorer.packing import Packed, pack
from deepsphere_pipe.reporting.explorer.runs import ExploredRun, Maps

SHADES = 255
"""Steps of the field between its least and its greatest value."""


@dataclass(frozen=True)
class Selection:
    """Which maps the explorer holds.

    Attributes
    ----------
    first_seeds : bool
        Those of the first seed of each experiment only, instead of those of every run.
    n_maps : int or None
        At most so many of each part.
    n_epochs : int or None
        At most so many epochs.
    """

    first_seeds: bool = False
    n_maps: int | None = None
    n_epochs: int | None = None

    def parts(self, run: ExploredRun) -> dict[str, Maps]:
        """Return the maps of a run by part, as far as they are kept."""
        return {
            name: maps.only(self.n_maps, self.n_epochs, run.best_epoch)
            for name, maps in run.parts.items()
        }

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
    values = np.concatenate([maps.field.ravel() for maps in run.parts.values()])
    return float(np.nanmin(values)), float(np.nanmax(values))


def _packed(run: ExploredRun, parts: dict[str, Maps]) -> Packed:
    low, high = field_range(run)
    arrays: dict[str, np.ndarray] = {}
    for part, maps in parts.items():
        shade = np.round(SHADES * (maps.field - low) / max(high - low, np.finfo(float).tiny))
        arrays |= {
            f"{part}_truth": maps.truth,
            f"{part}_predicted": maps.predicted,
            f"{part}_probability": maps.probability,
            f"{part}_field": np.nan_to_num(shade).astype(np.uint8),
        }
    return pack(arrays)
