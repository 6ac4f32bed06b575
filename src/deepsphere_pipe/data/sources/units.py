"""Units as files spell them, and values that betray other units than expected."""

import re
from collections.abc import Sequence

import numpy as np

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.errors import UserError

SPELLINGS = {
    "kelvin": "K",
    "pascal": "Pa",
    "pascals": "Pa",
    "mb": "hPa",
    "mbar": "hPa",
    "millibar": "hPa",
    "millibars": "hPa",
    "degc": "°C",
    "degree_celsius": "°C",
    "degrees_celsius": "°C",
    "celsius": "°C",
    "meter": "m",
    "meters": "m",
    "metre": "m",
    "metres": "m",
    "gpm": "m",
    "mm": "kg m-2",  # of water
}
"""One spelling for units that files spell in several ways; keys in lower case."""

MAX_DEVIATIONS = 6
"""The mean of a global map lies within so many published standard deviations of the published
mean, by a wide margin; in units of another scale it does not."""

CONVERSIONS = (
    ("hPa", "Pa", 100.0, 0.0),
    ("Pa", "hPa", 0.01, 0.0),
    ("°C", "K", 1.0, 273.15),
    ("g kg-1", "kg kg-1", 1e-3, 0.0),
    ("mm per day", "m s-1", 1 / 86.4e6, 0.0),
    ("mm per hour", "m s-1", 1 / 3.6e6, 0.0),
    ("kg m-2 s-1 (mm per second)", "m s-1", 1e-3, 0.0),
    ("km", "m", 1e3, 0.0),
    ("m2 s-2", "m", 1 / 9.80665, 0.0),
    ("cm", "kg m-2", 10.0, 0.0),
    ("m", "kg m-2", 1e3, 0.0),
)
"""What values may be in, what they should be in, factor and offset."""


def normal_form(units: str) -> str:
    """Return one spelling: ``m/s``, ``m s^-1``, ``m s**-1`` and ``m.s-1`` are all ``m s-1``."""
    text = units.strip()
    text = SPELLINGS.get(text.lower(), text)
    numerator, *denominators = text.replace("**", "").replace("^", "").split("/")
    factors = re.split(r"[\s.*]+", numerator.strip())
    for denominator in denominators:
        for factor in re.split(r"[\s.*]+", denominator.strip(" ()")):
            name = factor.rstrip("0123456789")
            factors.append(f"{name}-{factor[len(name) :] or 1}")
    return " ".join(sorted(factor for factor in factors if factor not in ("", "1")))


def check_units(name: str, channel: Channel, units: str | None) -> None:
    """Refuse a variable whose attribute names other units than those of its channel.

    Raises
    ------
    UserError
        If the units differ; a missing attribute is taken for the expected units.
    """
    if units is not None and normal_form(units) != normal_form(channel.units):
        raise UserError(
            f"{name}: {channel.name} is in {units}, but {channel.units} is expected; convert it."
        )


def check_plausible(name: str, channels: Sequence[Channel], fields: np.ndarray) -> None:
    """Refuse fields (channel, point) whose mean tells that they are in other units.

    Raises
    ------
    UserError
        If a value is not finite, or a mean is far from any climate: with the units that would
        explain it.
    """
    for channel, mean in zip(channels, fields.mean(axis=1, dtype=np.float64), strict=True):
        if not np.isfinite(mean):
            raise UserError(f"{name}: {channel.name} holds values that are not finite.")
        if _is_far(channel, mean):
            guesses = [
                have
                for have, want, factor, offset in CONVERSIONS
                if want == channel.units and not _is_far(channel, mean * factor + offset)
            ]
            guess = f" They look like {' or '.join(guesses)}." if guesses else ""
            raise UserError(
                f"{name}: {channel.name} has a mean of {mean:.4g}, but values in {channel.units} "
                f"with a mean near {channel.published_mean:.4g} are expected.{guess}"
            )


def _is_far(channel: Channel, mean: float) -> bool:
    return abs(mean - channel.published_mean) > MAX_DEVIATIONS * channel.published_std
