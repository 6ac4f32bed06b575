"""The tables of cyclones that were followed in predictions."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.reporting.cells import ABSENT, measured, rounded, whole
from deepsphere_pipe.reporting.maps.followed import in_hpa, read_followed, units_of
from deepsphere_pipe.reporting.tables.table import Table

ENDING = ".followed.nc"


def followed_table(*paths: str | os.PathLike) -> Table:
    """Return the table: a row for each time of each prediction.

    The csv holds plain fractions, the value in units of the channel.
    """
    cyclones = _read(paths)
    exact = pd.concat([_by_time(*each) for each in cyclones], ignore_index=True)
    scale = {name: (in_hpa(data, np.ones(1))[0], units_of(data)) for name, data in cyclones}
    values = [
        ABSENT if np.isnan(value) else f"{value * scale[name][0]:.1f} {scale[name][1]}"
        for name, value in zip(exact["prediction"], exact["value"], strict=True)
    ]
    shown = pd.DataFrame(
        {
            "prediction": exact["prediction"],
            "time (UTC)": exact["time"].dt.strftime("%Y-%m-%d %H:%M"),
            "minimum": values,
            "at": _places(exact["longitude"], exact["latitude"]),
            "probability near it": [measured(value, decimals=2) for value in exact["near"]],
            "greatest of the globe": [measured(value, decimals=2) for value in exact["greatest"]],
            "its place": _places(exact["greatest_longitude"], exact["greatest_latitude"]),
            "its distance (km)": [rounded(value) for value in exact["distance_km"]],
        }
    )
    return Table(
        "Followed cyclones", exact, shown, _caption(cyclones), exact["prediction"].tolist()
    )


def false_alarms_table(*paths: str | os.PathLike) -> Table:
    """Return the table: a row for each threshold of each prediction; the csv holds counts."""
    cyclones = _read(paths)
    exact = pd.concat([_by_threshold(*each) for each in cyclones], ignore_index=True)
    of_steps = exact["steps"].map(whole)
    shown = pd.DataFrame(
        {
            "prediction": exact["prediction"],
            "threshold": [f"{value:g}" for value in exact["threshold"]],
            "hit": exact["hits"].map(whole) + " of " + of_steps,
            "greatest of the globe there": exact["greatest_there"].map(whole) + " of " + of_steps,
            "false alarms": exact["false_alarms"].map(whole),
            "a map": [measured(n, decimals=2) for n in exact["false_alarms"] / exact["maps"]],
            "in the tropics": exact["in_tropics"].map(whole),
        }
    )
    kinds = exact["prediction"].tolist()
    return Table("Hits and false alarms", exact, shown, _caption(cyclones), kinds)


def _read(paths: Sequence[str | os.PathLike]) -> list[tuple[str, xr.Dataset]]:
    return [(Path(path).name.removesuffix(ENDING), read_followed(path)) for path in paths]


def _by_time(name: str, data: xr.Dataset) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "prediction": name,
            "time": data["time"].to_index(),
            "value": data["centre_value"],
            "longitude": data["centre_longitude"],
            "latitude": data["centre_latitude"],
            **{
                key: data[key]
                for key in (
                    "near",
                    "greatest",
                    "greatest_longitude",
                    "greatest_latitude",
                    "distance_km",
                )
            },
        }
    )


def _by_threshold(name: str, data: xr.Dataset) -> pd.DataFrame:
    counts = ("maps", "steps", "hits", "greatest_there", "false_alarms", "in_tropics")
    columns = {key: data[key].values.astype(int) for key in counts}
    return pd.DataFrame({"prediction": name, "threshold": data["threshold"].values, **columns})


def _places(longitudes: pd.Series, latitudes: pd.Series) -> list[str]:
    return [
        ABSENT
        if np.isnan(longitude)
        else f"{abs(latitude):.0f}° {'N' if latitude >= 0 else 'S'}, "
        f"{abs(longitude):.0f}° {'E' if longitude >= 0 else 'W'}"
        for longitude, latitude in zip(longitudes, latitudes, strict=True)
    ]


def _caption(cyclones: Sequence[tuple[str, xr.Dataset]]) -> str:
    sentences = []
    for name, data in cyclones:
        of_event = data.attrs["predicted"].replace("each class", data.attrs["event"])
        sentences.append(
            f"{name}: {of_event}, on {data.attrs['input']}; the minimum of "
            f"{data.attrs['channel']} is followed from a stated place, and what is within "
            f"{float(data.attrs['near_km']):g} km of it counts as of it."
        )
    return (
        " ".join(sentences)
        + " False alarms: connected regions that reach the threshold away from it or when it is no "
        "more; no other cyclone may be there for them to be false. In the tropics: their most "
        f"probable vertex is within 23.5° of the equator. {ABSENT}: there is no cyclone."
    )
