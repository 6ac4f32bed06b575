"""Files of tracks: csv, CF trajectories, GeoJSON, and the text of TempestExtremes."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.channels import EVENTS
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.runtime.netcdf import flags, write_netcdf
from deepsphere_pipe.tracking.columns import COLUMNS, ENDS_UNSEEN
from deepsphere_pipe.tracking.storms import hours_of, storms_of

TITLE = "Tracks of tropical cyclones and atmospheric rivers"
NONE = -1
"""Number of no storm, where files have no missing whole numbers."""

ATTRIBUTES = {
    "lon": ("longitude of the centre", "degrees_east", "longitude"),
    "lat": ("latitude of the centre", "degrees_north", "latitude"),
    "run": ("ensemble run", "1", "realization"),
    "area_km2": ("area", "km2", None),
    "probability_mean": ("mean probability by area", "1", None),
    "probability_max": ("greatest probability", "1", None),
    "pressure_hpa": ("least sea-level pressure", "hPa", None),
    "pressure_lon": ("longitude of the least pressure", "degrees_east", None),
    "pressure_lat": ("latitude of the least pressure", "degrees_north", None),
    "wind_m_s": ("greatest wind at the lowest level, or at 850 hPa", "m s-1", None),
    "tmq_kg_m2": ("greatest precipitable water", "kg m-2", None),
    "land_share": ("share of the area that is land", "1", None),
    "length_km": ("length of a river", "km", None),
    "width_km": ("area over length", "km", None),
    "orientation_degrees": ("where a river leads, clockwise from north", "degree", None),
    "tail_lon": ("longitude of the end that is nearer to the equator", "degrees_east", None),
    "tail_lat": ("latitude of that end", "degrees_north", None),
    "head_lon": ("longitude of the other end", "degrees_east", None),
    "head_lat": ("latitude of the other end", "degrees_north", None),
    "coast_lon": ("longitude where a river meets the coast", "degrees_east", None),
    "coast_lat": ("latitude where a river meets the coast", "degrees_north", None),
}
"""Long name, units and standard name of each column that is a number."""


def write_tracks(path: str | Path, fixes: pd.DataFrame) -> None:
    """Write fixes in the format that the ending of the file says.

    Parameters
    ----------
    path
        ``….csv``, a row for each fix; ``….nc``, CF trajectories as a contiguous ragged array;
        ``….geojson``, a line for each storm; ``….txt``, as StitchNodes of TempestExtremes writes
        nodes of an unstructured grid: number of the cell (-1, not known), longitude, latitude, area
        in km², greatest probability, pressure in Pa, wind in m/s.
    fixes
        As `track` returns them.

    Raises
    ------
    UserError
        If the ending is another one.
    """
    writers: dict[str, Callable[[Path, pd.DataFrame], None]] = {
        ".csv": _csv, ".nc": _netcdf, ".geojson": _geojson, ".txt": _stitch_nodes
    }  # fmt: skip
    path = Path(path)
    if path.suffix not in writers:
        raise UserError(f"{path}: must end with {', '.join(writers)}.")
    writers[path.suffix](path, fixes)


def write_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table as csv."""
    with atomic_write(path) as temporary:
        table.to_csv(temporary, index=False, float_format="%.7g")


def read_tracks(path: str | Path) -> pd.DataFrame:
    """Read a csv of fixes: ours, or another one with ``track_id``, ``time``, ``lon`` and ``lat``.

    Columns that are not there are missing values; the class is then TC, the calendar the usual one.

    Raises
    ------
    UserError
        If it cannot be read or lacks one of these four.
    """
    try:
        table = pd.read_csv(path, keep_default_na=False, na_values=["", " "], low_memory=False)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: is no csv of tracks ({error}).") from None
    table.columns = [str(name).strip().lower() for name in table.columns]
    return as_fixes(table, str(path))


def as_fixes(table: pd.DataFrame, origin: str) -> pd.DataFrame:
    """Return a table with all columns of fixes; raises UserError as `read_tracks`."""
    if missing := [n for n in ("track_id", "time", "lon", "lat") if n not in table.columns]:
        raise UserError(f"{origin}: lacks the columns {', '.join(missing)} of tracks.")
    defaults: dict[str, Any] = {"class": "TC", "run": 0, "cut": ""}
    defaults["calendar"] = "proleptic_gregorian"
    found = table.reindex(columns=[*COLUMNS, *(n for n in table.columns if n not in COLUMNS)])
    for name, value in defaults.items():
        found[name] = (
            value if name not in table.columns else found[name].astype(object).fillna(value)
        )
    found["time"] = found["time"].astype(str).str.strip().str.replace(" ", "T")
    return found


def _csv(path: Path, fixes: pd.DataFrame) -> None:
    write_table(path, fixes)


def _netcdf(path: Path, fixes: pd.DataFrame) -> None:
    calendar = fixes["calendar"].iloc[0] if len(fixes) else "standard"
    numbers, sizes = np.unique(fixes["track_id"].to_numpy(np.int64), return_counts=True)
    of_time = {"standard_name": "time", "units": TIME_UNITS, "calendar": calendar}
    role = {"cf_role": "trajectory_id", "long_name": "number of the storm"}
    rows = {"long_name": "fixes of the storm", "sample_dimension": "obs"}
    dataset = xr.Dataset(
        {
            "track_id": ("trajectory", numbers, role),
            "rowSize": ("trajectory", sizes.astype(np.int32), rows),
            "time": ("obs", hours_of(fixes), of_time),
        }
    )
    for name, (long_name, units, standard_name) in ATTRIBUTES.items():
        attributes = {"long_name": long_name, "units": units}
        attributes |= {"standard_name": standard_name} if standard_name else {}
        dataset[name] = ("obs", fixes[name].to_numpy(float), attributes)
        dataset[name].encoding["_FillValue"] = np.nan
    for name, words in (("class", EVENTS), ("cut", ENDS_UNSEEN)):
        code = fixes[name].map({word: i for i, word in enumerate(words)})
        meanings = flags([word or "none" for word in words])
        dataset[name] = ("obs", code.to_numpy(np.uint8), meanings)
    land = fixes["over_land"].to_numpy(np.uint8)
    dataset["over_land"] = ("obs", land, flags(("sea", "land")))
    for name in ("split_from", "merged_into"):
        values = fixes[name].astype("Int64").fillna(NONE).to_numpy(np.int64)
        dataset[name] = ("obs", values, {"long_name": f"number of a storm, {NONE} for none"})
    dataset = dataset.set_coords(["time", "lon", "lat"])
    dataset.attrs["featureType"] = "trajectory"
    write_netcdf(path, dataset, TITLE)


def _geojson(path: Path, fixes: pd.DataFrame) -> None:
    storms = storms_of(fixes).astype(object)
    storms = storms.where(storms.notna(), None)
    groups = dict(iter(fixes.groupby("track_id")))
    features = []
    for storm in storms.to_dict("records"):
        fix = groups[storm["track_id"]]
        parts = lines(fix["lon"].tolist(), fix["lat"].tolist())
        geometry: dict[str, Any] = {"type": "MultiLineString", "coordinates": parts}
        if len(parts) == 1:
            geometry = {"type": "LineString", "coordinates": parts[0]}
            if len(parts[0]) == 1:
                geometry = {"type": "Point", "coordinates": parts[0][0]}
        properties = {name: _plain(value) for name, value in storm.items()}
        properties["times"] = fix["time"].tolist()
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    content = {"type": "FeatureCollection", "features": features}
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content), encoding="utf-8")


def lines(longitude: list[float], latitude: list[float]) -> list[list[list[float]]]:
    """Return a track as lines of [longitude, latitude] that end at the date line (RFC 7946)."""
    parts = [[[longitude[0], latitude[0]]]]
    for (west, south), (east, north) in pairwise(zip(longitude, latitude, strict=True)):
        if abs(east - west) > 180:
            side = 180.0 if west > 0 else -180.0
            whole = (east - west + 180) % 360 - 180
            crossing = south + (north - south) * (side - west) / (whole or 1.0)
            parts[-1].append([side, crossing])
            parts.append([[-side, crossing]])
        parts[-1].append([east, north])
    return parts


def _plain(value: object) -> object:
    """Return a number of numpy's as one of Python's."""
    return value.item() if isinstance(value, np.generic) else value


STITCHED = ("lon", "lat", "area_km2", "probability_max", "pressure_hpa", "wind_m_s")


def _stitch_nodes(path: Path, fixes: pd.DataFrame) -> None:
    text = []
    for _, fix in fixes.groupby("track_id"):
        stamps = [_stamp(time) for time in fix["time"]]
        text.append("\t".join(["start", str(len(fix)), *stamps[0]]))
        rows = fix[[*STITCHED]].to_numpy(float) * [1, 1, 1, 1, 100, 1]
        rows[:, 0] %= 360
        for row, stamp in zip(rows, stamps, strict=True):
            text.append("\t".join(["", str(NONE), *(f"{value:.6f}" for value in row), *stamp]))
    with atomic_write(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in text), encoding="utf-8")


def _stamp(time: str) -> list[str]:
    """Return year, month, day and hour."""
    return [str(int(number)) for number in (time[:4], time[5:7], time[8:10], time[11:13])]
