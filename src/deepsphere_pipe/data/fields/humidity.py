"""Precipitable water from specific humidity on pressure levels, where a data set has no other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import xarray as xr

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.data.fields.levels import pressures
from deepsphere_pipe.data.fields.units import STANDARD_GRAVITY, Conversion, conversion
from deepsphere_pipe.data.fields.variables import Found

NAMES = ("q", "specific_humidity", "hus", "QV")
FEWEST_LEVELS = 6
LOWEST, HIGHEST = 1000.0, 300.0
"""Levels in hPa that must be reached: nearly all water is between them."""


@dataclass(frozen=True)
class HumidityColumn:
    """The mass of water vapour above an area, ∫ q dp / g, by trapezoids.

    Attributes
    ----------
    name
        Variable of specific humidity.
    levels
        Pressures from the highest level downward in Pa, with the entries that they are.
    conversion
        Of the humidity, to kg kg-1.
    surface
        Surface pressure, by which the column ends; without it, at the lowest level.
    """

    name: str
    levels: tuple[tuple[float, dict[str, int]], ...]
    conversion: Conversion
    surface: Found | None

    def said(self, channel: Channel) -> str:
        """Return what is done."""
        end = "the surface" if self.surface else "the lowest level, as there is no surface pressure"
        return (
            f"{channel.name} is integrated from {self.name} on {len(self.levels)} levels down to "
            f"{end}"
        )

    @property
    def parts(self) -> tuple[Found, ...]:
        """What is read for it: the humidity on each level, and the surface pressure."""
        levels = tuple(Found(self.name, at, self.conversion) for _, at in self.levels)
        return levels + ((self.surface,) if self.surface else ())

    def values(self, read: Callable[[Found], np.ndarray]) -> np.ndarray:
        """Return the water in kg m-2, (n,), of what `read` returns for each of the parts."""
        ground: np.ndarray | float = np.inf
        if self.surface is not None:
            ground = self.surface.conversion(read(self.surface)).astype(np.float64)
        total: np.ndarray | float = 0.0
        above, wetness = 0.0, None
        for pressure, at in self.levels:
            humidity = self.conversion(read(Found(self.name, at, self.conversion)))
            humidity = humidity.astype(np.float64)
            if wetness is not None:
                # Below the ground there may be no value: the last above it holds down to there.
                buried = np.isnan(humidity) & (pressure > ground)
                humidity = np.where(buried, wetness, humidity)
                depth = np.clip(np.minimum(pressure, ground) - above, 0, None)
                slope = (humidity - wetness) / (pressure - above)
                total = total + depth * (wetness + slope * depth / 2)
            above, wetness = pressure, humidity
        if self.surface is not None and wetness is not None:
            total = total + np.clip(ground - above, 0, None) * wetness
        return np.asarray(total) / STANDARD_GRAVITY


def humidity_column(dataset: xr.Dataset, surface: object) -> HumidityColumn | None:
    """Return how precipitable water can be had from a data set; None if it cannot."""
    named = [*NAMES, *map(str, dataset.cf.standard_names.get("specific_humidity", []))]
    for name in named:
        if name not in dataset.variables or dataset[name].dtype.kind not in "fiu":
            continue
        converted = conversion(dataset[name].attrs.get("units"), "kg kg-1")
        for dim in map(str, dataset[name].dims):
            found = pressures(dataset, dim)
            if converted is None or found is None or len(np.unique(found)) < FEWEST_LEVELS:
                continue
            if found.max() < LOWEST or found.min() > HIGHEST:
                continue
            levels = tuple((100 * float(found[i]), {dim: int(i)}) for i in np.argsort(found))
            return HumidityColumn(
                name, levels, converted, surface if isinstance(surface, Found) else None
            )
    return None
