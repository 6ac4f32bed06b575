"""Sequences of maps: windows of equal steps in time, never across a gap or a split."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Windows:
    """Windows of one part of a store.

    Incomplete are maps of the part that are the last of no full window: too soon after a gap, the
    beginning of a run or the border of the part, or without a target.
    """

    inputs: np.ndarray  # maps, earliest first, (window, step) int64, or the last only, (window,)
    targets: np.ndarray  # map whose labels are to be predicted, (window,) int64
    n_incomplete: int

    @classmethod
    def of_maps(cls, maps: np.ndarray) -> "Windows":
        """Return windows of single maps with their own labels."""
        maps = np.asarray(maps, dtype=np.int64)
        return cls(maps, maps, 0)

    def last_maps(self) -> "Windows":
        """Return the same windows without the earlier maps."""
        return replace(self, inputs=self.inputs[:, -1])

    def __len__(self) -> int:
        return len(self.targets)

    def chosen(self, which: np.ndarray) -> "Windows":
        """Return the windows at some positions."""
        return replace(self, inputs=self.inputs[which], targets=self.targets[which])


def make_windows(
    hours: np.ndarray,
    runs: np.ndarray,
    maps: np.ndarray,
    sequence_length: int = 1,
    step_hours: int = 3,
    prediction_shift: int = 0,
) -> Windows:
    """Find all windows in a part of a store.

    A window that ends at time t holds the maps at t − (sequence_length − 1) · step_hours, …,
    t − step_hours, t; its target is the map at t + prediction_shift · step_hours.

    Parameters
    ----------
    hours, runs
        Times and runs of all maps, (time,) int64.
    maps
        Maps of the part: no other map enters a window, int64.
    sequence_length, step_hours
        Maps in a window, and hours between them, at least 1.
    prediction_shift
        Steps from the last map to the target; 0 is the last map itself, and negative ones are
        earlier.

    Returns
    -------
    Windows
        In the order of `maps` by their last map.
    """
    if sequence_length < 1 or step_hours < 1:
        raise ValueError("sequence_length and step_hours must be at least 1")
    maps = np.asarray(maps, dtype=np.int64)
    offsets = step_hours * np.append(np.arange(1 - sequence_length, 1), prediction_shift)
    stamps = pd.DataFrame({"run": runs[maps], "hour": hours[maps], "map": maps})
    there = stamps.drop_duplicates(["run", "hour"]).set_index(["run", "hour"])["map"]
    wanted = pd.MultiIndex.from_arrays(
        [np.repeat(stamps["run"], len(offsets)), np.add.outer(hours[maps], offsets).ravel()]
    )
    members = there.reindex(wanted, fill_value=-1).to_numpy(copy=True).reshape(-1, len(offsets))
    members[:, offsets == 0] = maps[:, None]  # of two labellings of one map, each its own
    full = (members >= 0).all(axis=1)
    return Windows(members[full, :-1], members[full, -1], int((~full).sum()))
