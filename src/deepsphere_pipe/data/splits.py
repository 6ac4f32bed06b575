"""Training, validation and test parts, and how much one leaks into another."""

from collections.abc import Callable, Sized
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from deepsphere_pipe.config import SplitConfig
from deepsphere_pipe.config.splits import (
    BlockedSplit,
    DrawnSplit,
    HeldOutSplit,
    ListedSplit,
    RandomSplit,
    SplitByRun,
    SplitByYear,
)
from deepsphere_pipe.data.name_lists import NameList, read_lists
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write

PARTS = ("train", "validation", "test")
LEAKAGE_HOURS = (3, 6, 24)


def split_maps(
    store: Store, settings: SplitConfig, lists: dict[str, NameList] | None = None
) -> pd.DataFrame:
    """Assign every map to a part.

    The maps are in the order of the store (by run and time), never of a file system, so the
    same data and settings give the same split on any machine.

    Parameters
    ----------
    store
    settings
    lists
        What `read_lists` returned, if that was called before.

    Returns
    -------
    DataFrame
        One row per map: `time` (ISO 8601), `run` and `part`; the part is "unused" for maps that
        belong to none.

    Raises
    ------
    UserError
        If a part stays empty.
    """
    part = METHODS[type(settings)](store, settings, *([lists] if lists else []))
    for name in PARTS:
        if not np.any(part == name):
            raise UserError(
                f"{store.path}: split '{settings.method}' leaves no {name} maps; "
                f"the data has years {_list(store.years)} and runs {_list(store.runs)}."
            )
    times = [time.isoformat() for time in store.times]
    return pd.DataFrame({"time": times, "run": store.runs, "part": part})


def _held_out(store: Store, settings: HeldOutSplit) -> np.ndarray:
    unit = getattr(store, settings.unit)
    held_out = {*settings.validation, *settings.test}
    if absent := held_out - set(unit.tolist()):
        raise UserError(
            f"{store.path}: split '{settings.method}' names {_list(list(absent))}, but the "
            f"data has only {_list(unit)}."
        )
    part = np.full(len(store), "train", dtype=object)
    part[np.isin(unit, settings.validation)] = "validation"
    part[np.isin(unit, settings.test)] = "test"
    return part


def _drawn(things: Sized, settings: DrawnSplit) -> np.ndarray:
    n = len(things)
    order = np.random.default_rng(settings.seed).permutation(n)
    n_test = round(settings.test_share * n)
    n_validation = round(settings.validation_share * n)
    part = np.full(n, "train", dtype=object)
    part[order[:n_test]] = "test"
    part[order[n_test : n_test + n_validation]] = "validation"
    return part


def _blocked(store: Store, settings: BlockedSplit) -> np.ndarray:
    blocks = np.stack([store.runs, store.hours // (24 * settings.block_days)], axis=1)
    different, block = np.unique(blocks, axis=0, return_inverse=True)
    drawn = _drawn(different, settings)[block.ravel()]
    part = drawn.copy()
    for name, others in (("train", ("validation", "test")), ("validation", ("test",))):
        close = hours_to_nearest(store, drawn == name, np.isin(drawn, others))
        part[np.flatnonzero(drawn == name)[close <= settings.gap_hours]] = "unused"
    return part


def _by_lists(
    store: Store, settings: ListedSplit, lists: dict[str, NameList] | None = None
) -> np.ndarray:
    lists = lists or read_lists(settings.lists, store.files)
    rest = "unused" if settings.train_list else "train"
    part = np.full(len(store), rest, dtype=object)
    for name, (path, names, maps) in lists.items():
        found = list(chain(*maps))
        if not found:
            raise UserError(
                f"{path}: none of its {len(names)} names is in {store.path}; names are like "
                f"{store.files[0]}."
            )
        if doubtful := [i for i in found if part[i] not in (rest, name)]:
            raise UserError(
                f"{path}: names {store.files[doubtful[0]]}, which is in the {part[doubtful[0]]} "
                "part already."
            )
        part[found] = name
    return part


METHODS: dict[type[SplitConfig], Callable[..., np.ndarray]] = {
    SplitByYear: _held_out,
    SplitByRun: _held_out,
    RandomSplit: _drawn,
    BlockedSplit: _blocked,
    ListedSplit: _by_lists,
}
"""What assigns the maps, by the section of the config."""


def leakage_percent(store: Store, part: np.ndarray) -> dict[str, float]:
    """Return the per cent of test maps with a training map of the same run within 3, 6, 24 hours.

    The parts of all maps are (time,) str.
    """
    gaps = hours_to_nearest(store, part == "test", part == "train")
    return {f"{hours}h": 100 * float(np.mean(gaps <= hours)) for hours in LEAKAGE_HOURS}


def hours_to_nearest(store: Store, maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the hours from each map to the nearest of other maps of its run, infinite without any.

    Which maps are meant, and which others, is (time,) bool; the hours are (number of maps,).
    """
    stamps = pd.DataFrame({"run": store.runs, "hour": store.hours, "nearest": store.hours})
    here = stamps.loc[maps, ["run", "hour"]].reset_index().sort_values("hour")
    there = stamps[others].sort_values("hour")
    found = pd.merge_asof(here, there, on="hour", by="run", direction="nearest")
    gaps = (found["hour"] - found["nearest"]).abs().fillna(np.inf)
    return gaps.set_axis(found["index"]).sort_index().to_numpy()


def data_summary(store: Store) -> dict[str, object]:
    """Return what tells whole data sets from parts of them, and from other data in their format."""
    times = sorted(time.isoformat() for time in store.times)
    return {
        "maps": len(store),
        "runs": sorted({int(run) for run in store.runs}),
        "first_time": times[0],
        "last_time": times[-1],
        "channels": list(store.channels),
    }


def describe_split(settings: SplitConfig) -> str:
    """Return the split in the words that tables use."""
    if settings.method == "random":
        return f"random by map (seed {settings.seed})"
    if settings.method == "blocked":
        return (
            f"blocks of {settings.block_days} d (seed {settings.seed}), "
            f"{settings.gap_hours} h between parts"
        )
    if settings.method == "files":
        return "by lists: " + ", ".join(f"{part} {path}" for part, path in settings.lists.items())
    return (
        f"by {settings.unit}: validation {_list(settings.validation)}, test {_list(settings.test)}"
    )


def write_split(path: str | Path, split: pd.DataFrame) -> None:
    """Write the split as csv; row i belongs to map i of the store."""
    with atomic_write(path) as temporary:
        split.to_csv(temporary, index_label="map")


def read_split(path: str | Path, store: Store) -> np.ndarray:
    """Return the part of every map of a store from what `write_split` wrote, (time,).

    Raises
    ------
    UserError
        If the file is no split, or one of other maps.
    """
    try:
        split = pd.read_csv(path, index_col="map")
        maps = list(zip(split["time"], split["run"], strict=True))
        part = split["part"].to_numpy()
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"{path}: is not a split ({error}); make it with 'split'.") from None
    if maps != [(t.isoformat(), run) for t, run in zip(store.times, store.runs, strict=True)]:
        raise UserError(f"{path}: is a split of other maps than {store.path}; make it again.")
    return part


def _list(values) -> str:
    return ", ".join(str(value) for value in np.unique(np.asarray(values)))
