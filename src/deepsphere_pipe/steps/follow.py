"""How well trained networks found a real cyclone, which is followed by its pressure."""

from collections.abc import Sequence
from pathlib import Path

import cftime
import numpy as np
import pandas as pd
import xarray as xr

from deepsphere_pipe.config.predictions import PredictionConfig
from deepsphere_pipe.config.samplings import SamplingConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.events import Components
from deepsphere_pipe.evaluation.following import (
    LOST,
    as_dataset,
    compare_with_centre,
    count_by_threshold,
    follow_minimum,
)
from deepsphere_pipe.prediction.inputs import open_inputs
from deepsphere_pipe.remap import LatLonGrid, make_remapping
from deepsphere_pipe.remap.grids import points_of
from deepsphere_pipe.runtime.netcdf import COMPRESSED, write_netcdf
from deepsphere_pipe.samplings import Sampling, make_sampling
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import longitude_latitude


def follow(
    prediction: Path, settings: PredictionConfig, sampling: SamplingConfig, out: Path
) -> None:
    """Follow a cyclone by its pressure, and compare what was predicted there and elsewhere.

    Parameters
    ----------
    prediction
        What `predict` wrote, on the vertices.
    settings
        Of the prediction: its input, and what is to be followed.
    sampling
        On whose vertices it is.
    out
        netCDF file to write: the centre at each time (NaN where there is none), probabilities at
        it and elsewhere, counts by threshold; field and probability on the vertices.

    Raises
    ------
    UserError
        If the input cannot be read, is not what the prediction is of, or there is no cyclone.
    """
    wanted = settings.follow
    if wanted is None:
        raise UserError("the prediction has no key 'follow': there is nothing to follow.")
    sphere = make_sampling(sampling.name, **sampling.parameters)
    times = settings.times.model_dump()
    source = open_inputs([settings.input], sphere, settings.variables, times)
    (channel,) = source.select([wanted.channel])
    with xr.open_dataset(prediction, engine="netcdf4") as file:
        predicted = file["probability"].sel({"class": wanted.event}).load()
        seen = file["time"].dt.strftime("%Y-%m-%dT%H:%M").values.tolist()
    stamps = [_text(each.time) for each in source.snapshots]
    if seen != stamps or predicted.shape[1:] != (sphere.n_vertices,):
        raise UserError(
            f"{prediction}: is not of the times of {settings.input} on {sphere.identifier}; "
            "predict again."
        )
    native = np.stack([source.read(each, [channel.name]).fields[0] for each in source.snapshots])
    points, field = points_of(source.grid), native
    if isinstance(source.grid, LatLonGrid) or source.grid.identifier != sphere.identifier:
        field = (make_remapping("bilinear", source.grid, sphere) @ native.T).T

    chosen = _chosen(stamps, wanted.since, wanted.until)
    first = unit_vectors(np.array(wanted.longitude), np.array(wanted.latitude))
    hours = _hours([each.time for each in source.snapshots])
    centre = np.full(len(stamps), LOST)
    centre[chosen] = follow_minimum(
        native[chosen], points, hours[chosen], first, wanted.speed, wanted.near_km
    )
    if (centre == LOST).all():
        raise UserError(
            f"{settings.input}: {channel.name} has no minimum within {wanted.near_km:g} km of "
            f"{wanted.longitude:g}° E, {wanted.latitude:g}° N at {stamps[chosen[0]]}."
        )
    where = np.where(centre[:, None] == LOST, np.nan, points[centre])
    probability = predicted.values.astype(np.float64)
    by_time = compare_with_centre(probability, sphere.coordinates, where, wanted.near_km)
    counts = count_by_threshold(
        probability, Components(sphere), where, wanted.near_km, wanted.thresholds
    )
    for name, vectors in (("centre", where), ("greatest", sphere.coordinates[by_time["vertex"]])):
        by_time[f"{name}_longitude"], by_time[f"{name}_latitude"] = longitude_latitude(vectors)
    lowest = native[np.arange(len(native)), centre]
    by_time["centre_value"] = np.where(centre == LOST, np.nan, lowest)
    by_time["time"] = pd.to_datetime(stamps)
    dataset = as_dataset(by_time.drop(columns="vertex"), counts)
    dataset = dataset.merge(_maps(sphere, probability, field))
    dataset.attrs = {
        "channel": channel.name, "units": channel.units, "event": wanted.event,
        "near_km": wanted.near_km, "input": Path(settings.input).name,
        "predicted": predicted.attrs["long_name"],
    }  # fmt: skip
    write_netcdf(out, dataset, title="A cyclone that is followed, and what was predicted of it")
    _report(by_time, counts)


def _text(time: cftime.datetime) -> str:
    return str(time.strftime("%Y-%m-%dT%H:%M"))


def _hours(times: Sequence[cftime.datetime]) -> np.ndarray:
    return np.array([(time - times[0]).total_seconds() / 3600 for time in times])


def _chosen(stamps: Sequence[str], since: str | None, until: str | None) -> np.ndarray:
    """Return which times, as ISO texts, are of the cyclone's life."""
    first, last = ((text or "").replace(" ", "T")[:16] for text in (since, until))
    inside = [stamp[: len(first)] >= first and stamp[: len(last)] <= last for stamp in stamps]
    if not any(inside):
        raise UserError(f"'follow': there is no time from {since or stamps[0]} to {until}.")
    return np.flatnonzero(inside)


def _maps(sphere: Sampling, probability: np.ndarray, field: np.ndarray) -> xr.Dataset:
    maps = xr.Dataset(
        {
            "probability": (("time", "vertex"), probability.astype(np.float32)),
            "field": (("time", "vertex"), field.astype(np.float32)),
            "longitude": ("vertex", sphere.longitude),
            "latitude": ("vertex", sphere.latitude),
            "areas": ("vertex", np.asarray(sphere.areas)),
        }
    )
    for name in ("probability", "field"):
        maps[name].encoding = dict(COMPRESSED)
    return maps


def _report(by_time: pd.DataFrame, counts: pd.DataFrame) -> None:
    print(f"Followed at {by_time['near'].notna().sum()} of {len(by_time)} times.")
    for row in counts.itertuples():
        print(
            f"probability ≥ {row.threshold:g}: {row.hits} of {row.steps} hit, the greatest of the "
            f"globe there at {row.greatest_there}; {row.false_alarms} false alarms on {row.maps} "
            f"maps, {row.in_tropics} of them in the tropics."
        )
