"""One row for each storm: birth, end, way, greatest strength, landfall."""

import cftime
import numpy as np
import pandas as pd

from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km

PRESSURE_CATEGORIES = (1005.0, 990.0, 975.0, 960.0, 945.0, 925.0)
"""hPa below which a cyclone is of category 0 (a storm), 1, … 5 (Klotzbach et al. 2020)."""

STORM_COLUMNS = (
    *("track_id", "class", "run", "birth", "end", "duration_hours", "distance_km", "fixes"),
    *("birth_lon", "birth_lat", "end_lon", "end_lat", "basin", "area_km2", "probability_max"),
    *("pressure_hpa", "wind_m_s", "tmq_kg_m2", "category", "length_km"),
    *("landfall_time", "landfall_lon", "landfall_lat", "split_from", "merged_into", "cut"),
)
"""Columns of `storms_of`; area, probability, wind, moisture and length are the greatest, pressure
is the least."""


def hours_of(fixes: pd.DataFrame) -> np.ndarray:
    """Return the hours since 2000-01-01 of each fix, in its calendar, (fix,) float64."""
    keys = fixes[["time", "calendar"]].drop_duplicates()
    known = {
        (time, calendar): float(cftime.date2num(_parse(time, calendar), TIME_UNITS, calendar))
        for time, calendar in keys.itertuples(index=False)
    }
    pairs = zip(fixes["time"], fixes["calendar"], strict=True)
    return np.array([known[pair] for pair in pairs], float)


def _parse(time: str, calendar: str) -> cftime.datetime:
    """Read ISO 8601; the parser of cftime is for `strptime` formats only."""
    date, _, clock = time.replace(" ", "T").partition("T")
    numbers = [*map(int, date.split("-")), *(int(float(n)) for n in clock.split(":") if n)]
    return cftime.datetime(*numbers, calendar=calendar)


def basin(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Return the basins of IBTrACS in which places lie: NA, EP, WP, NI, SI, SP or SA."""
    east = (np.asarray(longitude) + 180) % 360 - 180
    latitude = np.asarray(latitude)
    # Central America parts the Atlantic from the Pacific.
    atlantic = (east >= -100) & (east < 30) & (latitude >= (-65 - east) * 20 / 35)
    north = np.select(
        [atlantic, (east >= 30) & (east < 100), east >= 100], ["NA", "NI", "WP"], "EP"
    )
    south = np.select(
        [(east >= -65) & (east < 20), (east >= 20) & (east < 135)], ["SA", "SI"], "SP"
    )
    return np.where(latitude >= 0, north, south)


def storms_of(fixes: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each storm of a table of fixes, `STORM_COLUMNS`.

    A cyclone makes landfall where its centre first comes from sea to land; a river where it first
    covers a coast.
    """
    if fixes.empty:
        return pd.DataFrame(columns=[*STORM_COLUMNS])
    hours = pd.Series(hours_of(fixes), fixes.index)
    points = unit_vectors(fixes["lon"], fixes["lat"])
    same = np.append(False, np.diff(fixes["track_id"].to_numpy()) == 0)
    step = np.where(same, np.append(0.0, distance_km(points[1:], points[:-1])), 0.0)
    each = fixes.groupby("track_id", sort=False)
    first, last = each.first(), each.last()
    table = pd.DataFrame({name: first[name] for name in ("class", "run", "split_from")})
    # The last fix knows whether the storm merged; `first` skips what is missing.
    table["merged_into"], table["cut"] = last["merged_into"], first["cut"]
    table["birth"], table["end"] = first["time"], last["time"]
    by_storm = hours.groupby(fixes["track_id"], sort=False)
    table["duration_hours"] = by_storm.max() - by_storm.min()
    table["distance_km"] = pd.Series(step, fixes.index).groupby(fixes["track_id"]).sum()
    table["fixes"] = each.size()
    for end, row in (("birth", first), ("end", last)):
        table[f"{end}_lon"], table[f"{end}_lat"] = row["lon"], row["lat"]
    table["basin"] = basin(table["birth_lon"].to_numpy(), table["birth_lat"].to_numpy())
    for name in ("area_km2", "probability_max", "wind_m_s", "tmq_kg_m2", "length_km"):
        table[name] = each[name].max()
    table["pressure_hpa"] = each["pressure_hpa"].min()
    pressure = table["pressure_hpa"].to_numpy(float)
    category = np.sum(pressure[:, None] < PRESSURE_CATEGORIES, axis=1) - 1.0
    known = np.isfinite(pressure) & (table["class"] == "TC").to_numpy()
    table["category"] = pd.array(np.where(known, category, np.nan), "Float64").astype("Int64")
    landfalls = _landfalls(fixes, same)
    table = table.join(landfalls, how="left").reset_index()
    return table[[*STORM_COLUMNS]]


def _landfalls(fixes: pd.DataFrame, same: np.ndarray) -> pd.DataFrame:
    """Return time and place of the first landfall of the storms that make one, by number."""
    over_land = fixes["over_land"].to_numpy(bool)
    arrives = same & over_land & ~np.append(False, over_land[:-1])
    river = (fixes["class"] == "AR").to_numpy()
    there = np.where(river, fixes["coast_lon"].notna(), arrives)
    chosen = fixes[there].groupby("track_id").first()
    at_coast = (chosen["class"] == "AR").to_numpy()
    return pd.DataFrame(
        {
            "landfall_time": chosen["time"],
            "landfall_lon": np.where(at_coast, chosen["coast_lon"], chosen["lon"]),
            "landfall_lat": np.where(at_coast, chosen["coast_lat"], chosen["lat"]),
        },
        chosen.index,
    )
