"""How many maps a study will have, before its data is read."""

import os
from functools import lru_cache
from pathlib import Path

from deepsphere_pipe.config import DataConfig, SplitConfig, SyntheticConfig
from deepsphere_pipe.config.data import Cam5Data
from deepsphere_pipe.config.splits import HeldOutSplit, ListedSplit

SNAPSHOTS_PER_DAY = 8

ARCHIVE_BYTES_PER_MAP = 480_000
"""Of the UGSCNN archive: 30 GB, compressed, for 62 738 maps."""

YEARS, RUNS = 10, 5
"""Years (2106 to 2115) and ensemble runs (1, 2, 3, 4, 6) of the CAM5 data."""


def input_mb(data: DataConfig) -> float:
    """Return the size of a snapshot as a file: the twin's and the archive's are compressed."""
    if data.source == "ugscnn":
        return ARCHIVE_BYTES_PER_MAP / 1e6
    bytes_per_point = 26.4 if data.source == "synthetic" else 16 * 4
    return bytes_per_point * data.grid_points / 1e6


def n_maps(data: DataConfig) -> int:
    """Return the number of maps: of the input if it is there, else of the whole data set."""
    if data.source == "synthetic":
        return n_synthetic(data.synthetic)
    return _counted(data.source, data.input) or data.whole_maps


def n_synthetic(twin: SyntheticConfig) -> int:
    """Return the number of snapshots that the twin will have, to a few per cent."""
    days = len(twin.years) * len(twin.runs) * twin.days_per_year * (1 - twin.missing_days)
    return round(SNAPSHOTS_PER_DAY * days)


def part_sizes(split: SplitConfig, data: DataConfig, total: int) -> dict[str, int]:
    """Return the numbers of maps that train, validate and test; for lists, not less than those."""
    if isinstance(split, ListedSplit):
        lists = {part: _lines(path) for part, path in split.lists.items()}
        # Without its list, all other maps train.
        return {"train": total} | {part: min(n, total) for part, n in lists.items()}
    if isinstance(split, HeldOutSplit):
        twin, all_of_cam5 = data.synthetic, {"years": YEARS, "runs": RUNS}
        units = len(getattr(twin, split.unit)) if twin else all_of_cam5[split.unit]
        validation, test = (len(part) / units for part in (split.validation, split.test))
    else:
        validation, test = split.validation_share, split.test_share
    validation, test = min(validation, 1.0), min(test, 1.0)
    # Real data may have other years than assumed: then nearly all maps may train.
    shares = {"train": max(1 - validation - test, 0.1), "validation": validation, "test": test}
    return {part: round(share * total) for part, share in shares.items()}


@lru_cache
def _counted(source: str, path: str) -> int | None:
    """Return about how many maps an input has, None if it is not there or cannot be counted."""
    file = Path(path)
    if source == "ugscnn" and file.is_file():
        return max(file.stat().st_size // ARCHIVE_BYTES_PER_MAP, 1)
    if source in ("cam5", "ugscnn") and file.is_dir():
        ending = {"cam5": ".h5", "ugscnn": ".npz"}[source]
        names = (name for *_, files in os.walk(file) for name in files)
        return sum(name.endswith(ending) for name in names) or None
    return None


@lru_cache
def _lines(path: str) -> int:
    file = Path(path)
    return len(file.read_bytes().splitlines()) if file.is_file() else Cam5Data.whole_maps
