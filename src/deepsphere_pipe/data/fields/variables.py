"""Which variable stands for a channel, at which level, and how it comes into the right units."""

from collections.abc import Callable
from dataclasses import dataclass

import cf_xarray  # noqa: F401  # the accessor
import numpy as np
import xarray as xr

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.data.fields.channel_table import Name, Naming
from deepsphere_pipe.data.fields.levels import pick
from deepsphere_pipe.data.fields.units import Conversion, conversion
from deepsphere_pipe.errors import UserError

UNLABELLED_DIMS = ("expver",)
"""ERA5's versions, final and preliminary: where one has no values, the other has them."""


@dataclass(frozen=True)
class Found:
    """A variable that stands for a channel.

    Attributes
    ----------
    name
        Of the variable.
    at
        Which entry along the dimension of its levels, empty where there is none.
    conversion
        Into the units of the channel.
    """

    name: str
    at: dict[str, int]
    conversion: Conversion

    @property
    def parts(self) -> "tuple[Found, ...]":
        """What is read for it."""
        return (self,)

    def values(self, read: "Callable[[Found], np.ndarray]") -> np.ndarray:
        """Return the channel, (n,), of what `read` returns for each of the parts."""
        return self.conversion(read(self))

    def said(self, channel: Channel) -> str | None:
        """Return what is done to it, None if nothing is."""
        what = "" if self.name == channel.name else f" is {self.name}"
        what += ", converted " + self.conversion.how if self.conversion.how else ""
        return f"{channel.name}{what}".replace(f"{channel.name},", channel.name) if what else None


def find(dataset: xr.Dataset, channel: Channel, naming: Naming) -> Found | None:
    """Find the variable that stands for a channel; None if there is none.

    Raises
    ------
    UserError
        If there is one, but its level is not there, its units cannot be converted, it holds no
        numbers, or it is one of several by its standard name.
    """
    for each in naming.names:
        if each.name in dataset.variables:
            at = _level(dataset, each.name, naming, strict=False)
            return Found(each.name, at or {}, _units(dataset, channel, each))
    problem: UserError | None = None
    for each in naming.on_levels:
        if each.name in dataset.variables:
            try:
                at = _level(dataset, each.name, naming, strict=True)
            except UserError as error:
                problem = error
                continue
            if at is not None:
                return Found(each.name, at, _units(dataset, channel, each))
    names = _by_standard_name(dataset, naming)
    if len(names) > 1:
        raise UserError(
            f"{channel.name}: {' and '.join(sorted(names))} may both stand for it by their "
            "standard names; rename the one that is wanted."
        )
    for name, at in names.items():
        return Found(name, at, _units(dataset, channel, Name(name=name)))
    if problem is not None:
        raise problem
    return None


def _by_standard_name(dataset: xr.Dataset, naming: Naming) -> dict[str, dict[str, int]]:
    found = {}
    standard_names = dataset.cf.standard_names
    for wanted in naming.standard_names:
        for name in map(str, standard_names.get(wanted, [])):
            if naming.level_hpa is not None:
                try:
                    at = pick(dataset, dataset[name], naming.level_hpa)
                except UserError:
                    continue
                if at is not None:
                    found[name] = at
            elif naming.height_m is None or _is_at_height(dataset[name], naming.height_m):
                found[name] = {}
    return found


def _is_at_height(variable: xr.DataArray, heights: tuple[float, float]) -> bool:
    for name in variable.coords:
        each = variable[name]
        if each.size == 1 and (each.attrs.get("standard_name") == "height" or name == "height"):
            metres = conversion(each.attrs.get("units"), "m")
            return metres is not None and heights[0] <= float(
                metres(np.asarray(each.values, np.float64)).item()
            ) <= heights[1]  # fmt: skip
    return False


def _level(
    dataset: xr.Dataset, name: str, naming: Naming, *, strict: bool
) -> dict[str, int] | None:
    """Return where the level of a channel is; of a variable that is named for it, if it says so."""
    if naming.level_hpa is None:
        return {}
    found = pick(dataset, dataset[name], naming.level_hpa)
    return {} if found is None and not strict else found


def _units(dataset: xr.Dataset, channel: Channel, each: Name) -> Conversion:
    variable = dataset[each.name]
    if variable.dtype.kind not in "fiu":
        raise UserError(f"{each.name}: is of type {variable.dtype}, not numbers.")
    for key in ("scale_factor", "add_offset"):
        if not np.issubdtype(np.asarray(said := variable.encoding.get(key, 1)).dtype, np.number):
            raise UserError(f"{each.name}: its {key} is '{said}', not a number.")
    units = variable.attrs.get("units")
    units = each.units if units is None or not units.strip() else units
    hours = each.hours or _hours_of_bounds(dataset, variable)
    found = conversion(units, channel.units, hours)
    if found is None:
        raise UserError(
            f"{each.name}: {channel.name} is in {units}, but {channel.units} is expected, to which "
            "that cannot be converted"
            + (
                "; an amount needs the time in which it fell: cell_methods 'time: sum' and the "
                "bounds of the times."
                if conversion(units, channel.units, 1.0) is not None
                else "; convert it."
            )
        )
    return found


def _hours_of_bounds(dataset: xr.Dataset, variable: xr.DataArray) -> float | None:
    """Return over how many hours a variable sums, by CF's cell methods and bounds."""
    if "time: sum" not in str(variable.attrs.get("cell_methods", "")):
        return None
    name = dataset["time"].attrs.get("bounds") if "time" in dataset.variables else None
    name = name or (dataset["time"].encoding.get("bounds") if "time" in dataset.variables else None)
    if name not in dataset.variables or dataset[name].ndim != 2:
        return None
    try:
        lengths = dataset[name].values[:, 1] - dataset[name].values[:, 0]
        hours = {
            round(each / np.timedelta64(1, "s") / 3600, 6)
            if isinstance(each, np.timedelta64)
            else round(each.total_seconds() / 3600, 6)
            for each in lengths
        }
    except (AttributeError, TypeError, IndexError):
        return None
    return hours.pop() if len(hours) == 1 and max(hours) > 0 else None
