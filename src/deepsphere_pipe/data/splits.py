"""Training, validation and test parts, and how much one leaks into another."""

from pathlib import Path

import numpy as np
import pandas as pd

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.config import SplitConfig
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError

PARTS = ("train", "validation", "test")
LEAKAGE_HOURS = (3, 6, 24)


def split_maps(store: Store, settings: SplitConfig) -> pd.DataFrame:
    """Assign every map to a part.

    The maps are in the order of the store (by run and time), never of a file system, so the
    same data and settings give the same split on any machine.

    Returns
    -------
    DataFrame
        One row per map: `time` (ISO 8601), `run` and `part`.

    Raises
    ------
    UserError
        If a part stays empty.
    """
    n = len(store)
    part = np.full(n, "train", dtype=object)
    if settings.method == "random":
        order = np.random.default_rng(settings.seed).permutation(n)
        n_test = round(settings.test_share * n)
        n_validation = round(settings.validation_share * n)
        part[order[:n_test]] = "test"
        part[order[n_test : n_test + n_validation]] = "validation"
    else:
        unit = store.years if settings.method == "by_year" else store.runs
        held_out = {*settings.validation, *settings.test}
        if absent := held_out - set(unit.tolist()):
            raise UserError(
                f"{store.path}: split '{settings.method}' names {_list(list(absent))}, but the "
                f"data has only {_list(unit)}."
            )
        part[np.isin(unit, settings.validation)] = "validation"
        part[np.isin(unit, settings.test)] = "test"
    for name in PARTS:
        if not np.any(part == name):
            raise UserError(
                f"{store.path}: split '{settings.method}' leaves no {name} maps; "
                f"the data has years {_list(store.years)} and runs {_list(store.runs)}."
            )
    times = [time.isoformat() for time in store.times]
    return pd.DataFrame({"time": times, "run": store.runs, "part": part})


def leakage_percent(store: Store, part: np.ndarray) -> dict[str, float]:
    """Return the share of test maps with a training map of the same run close in time.

    Parameters
    ----------
    store : Store
    part : ndarray of str, (time,)

    Returns
    -------
    dict
        Per cent of the test maps, for neighbours at most 3, 6 and 24 hours away.
    """
    gaps = np.full(len(store), np.inf)
    for run in np.unique(store.runs):
        test = np.flatnonzero((store.runs == run) & (part == "test"))
        train = np.sort(store.hours[(store.runs == run) & (part == "train")])
        if len(train):
            after = np.searchsorted(train, store.hours[test])
            earlier = np.abs(store.hours[test] - train[np.maximum(after - 1, 0)])
            later = np.abs(store.hours[test] - train[np.minimum(after, len(train) - 1)])
            gaps[test] = np.minimum(earlier, later)
    gaps = gaps[part == "test"]
    return {f"{hours}h": 100 * float(np.mean(gaps <= hours)) for hours in LEAKAGE_HOURS}


def describe_split(settings: SplitConfig) -> str:
    """Return the split in the words that tables use."""
    if settings.method == "random":
        return f"random by map (seed {settings.seed})"
    unit = {"by_year": "years", "by_run": "runs"}[settings.method]
    return f"by {unit}: validation {_list(settings.validation)}, test {_list(settings.test)}"


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
