"""Units as files spell them, and what brings values from one to the other."""

from __future__ import annotations

import re
import warnings
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from deepsphere_pipe.errors import UserError

if TYPE_CHECKING:
    import pint

STANDARD_GRAVITY = 9.80665  # m s-2
WATER = 1000.0  # kg m-3
SPELLINGS = {
    "mb": "hPa",  # pint's is the millibarn
    "mbar": "hPa",
    "kelvin": "K",
    "kelvins": "K",
    "pascal": "Pa",
    "pascals": "Pa",
    "degrees_celsius": "degC",
    "degree_celsius": "degC",
    "degrees c": "degC",
    "deg c": "degC",
    "degreesc": "degC",
    "degrees celsius": "degC",
    "deg k": "K",
    "degrees k": "K",
    "degrees kelvin": "K",
    "metres": "m",
    "m of water equivalent": "m",
    "mm of water": "mm",
    "m of water": "m",
    "(0 - 1)": "1",
}
"""What pint does not know or knows as something else; keys in lower case."""

POWERS_OF_NUMBERS = re.compile(r"[\d)]\s*(\*\*|\^)")
LONGEST = 60
"""No unit has such powers, or so many letters; some would take for ever to compute."""

ANGLES = re.compile(r"radian|\bdegrees?(?!_[CFR])|turn|steradian")


class Conversion(NamedTuple):
    """Values times `factor` plus `offset`; `how` says it, None where nothing is changed."""

    factor: float = 1.0
    offset: float = 0.0
    how: str | None = None

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return values of any shape in the other units, the very same where nothing changes."""
        if self.factor == 1 and self.offset == 0:
            return values
        return values.astype(np.float64) * self.factor + self.offset


@cache
def registry() -> pint.UnitRegistry:
    """Return pint's units with the spellings of CF; loaded only where units differ."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # matplotlib is no requirement of the data
        from cf_xarray.units import units
    return units


@cache
def parse_units(text: str) -> pint.Unit | None:
    """Return units as pint knows them, None if it does not."""
    plain = re.sub(r"[{}]", "", text.strip())
    plain = SPELLINGS.get(plain.lower(), plain)
    plain = re.sub(r"(?<=[A-Za-z\d])[.·](?=[A-Za-z])", " ", plain)
    if POWERS_OF_NUMBERS.search(plain) or len(plain) > LONGEST:
        return None
    try:
        unit = registry().parse_units(plain)
    except Exception:  # of a stranger's text, which pint takes for a sum and computes
        return None
    return None if ANGLES.search(str(unit)) else unit


def conversion(have: str | None, want: str, hours: float | None = None) -> Conversion | None:
    """Return what brings values into other units; None if nothing does.

    Besides what pint converts: geopotential to height, depths of water to its mass on an area,
    and amounts that have fallen in some hours to rates.

    Parameters
    ----------
    have, want
        Units; none at all are taken for those that are wanted.
    hours
        Over how many hours the values are summed, if they are.
    """
    if have is None or str(have).strip() in ("", want):
        return Conversion()
    unit, wanted = parse_units(str(have)), parse_units(want)
    if wanted is None:
        raise UserError(f"The units {want} of a channel are unknown.")
    if unit is None:
        return None
    quantity = registry().Quantity
    bridges = {
        "": quantity(1.0, "1"),
        " of water": quantity(WATER, "kg m-3"),
        " as water": 1 / quantity(WATER, "kg m-3"),
    }
    if wanted.is_compatible_with("m"):  # geopotential; a pressure by gravity would be a mass
        bridges[" by gravity"] = 1 / quantity(STANDARD_GRAVITY, "m s-2")
    if hours is not None:
        each, seconds = f", in {hours:g} h", quantity(3600.0 * hours, "s")
        bridges[each] = 1 / seconds
        bridges[f" as water{each}"] = bridges[" as water"] / seconds
    for how, bridge in bridges.items():
        if not how and unit.is_compatible_with(wanted):
            return _plain(unit, wanted, str(have), want)
        product = bridge * quantity(1.0, unit) if how and _is_scale(unit) else None
        if product is not None and product.is_compatible_with(wanted):
            factor = float(product.to(wanted).magnitude)
            return Conversion(factor, 0.0, f"from {have}{how} to {want}")
    return None


def _is_scale(unit: pint.Unit) -> bool:
    """Whether zero is nothing, as of all units but those of temperature on a scale."""
    return registry().Quantity(0.0, unit).to_base_units().magnitude == 0


def _plain(unit: pint.Unit, wanted: pint.Unit, have: str, want: str) -> Conversion:
    zero, one = (float(registry().Quantity(x, unit).to(wanted).magnitude) for x in (0.0, 1.0))
    # Differences of rounded numbers would not be one for units that are the same but for zero.
    factor = round(one - zero, 12) if zero else one
    if factor == 1 and zero == 0:
        return Conversion()
    return Conversion(factor, zero, f"from {have} to {want}")
