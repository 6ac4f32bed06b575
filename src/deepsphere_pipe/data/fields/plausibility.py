"""Values that betray other units than expected, or that nature does not have."""

from collections.abc import Iterator, Sequence

import numpy as np

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.data.fields.channel_table import channel_table
from deepsphere_pipe.data.fields.faults import Fault, refuse
from deepsphere_pipe.data.fields.units import conversion

MAX_DEVIATIONS = 6
"""The mean of a global map lies within so many published standard deviations of the published
mean, by a wide margin; in units of another scale it does not."""

LEAST_VARIATION = 0.02
"""Of the published standard deviation: whatever the weather, a map of the globe varies by more."""

MISTAKEN = (
    *("hPa", "Pa", "degC", "g kg-1", "mm day-1", "mm hour-1", "kg m-2 s-1", "km", "m2 s-2"),
    *("cm", "m"),
)
"""Units that values are in where their attribute says others, or nothing."""


def check_plausible(
    name: str, channels: Sequence[Channel], fields: np.ndarray, *, missing: bool = False
) -> None:
    """Refuse fields (channel, point) that nature does not have, or that are in other units.

    Parameters
    ----------
    name
        Of the snapshot, with which the sentence begins.
    channels, fields
        What is checked.
    missing
        Whether values may be missing (NaN), as long as some are there.

    Raises
    ------
    UserError
        If a value is not finite, the mean of a map is far from any climate, with the units that
        would explain it, the map hardly varies, or the least or greatest value is beyond what
        nature has.
    """
    refuse(name, implausible(channels, fields, missing=missing))


def implausible(
    channels: Sequence[Channel], fields: np.ndarray, *, missing: bool = False
) -> Iterator[Fault]:
    """Yield all for which `check_plausible` would refuse fields, of each channel by itself."""
    table = channel_table()
    for channel, row in zip(channels, fields, strict=True):
        mean, values = row.mean(dtype=np.float64), row
        if not np.isfinite(mean):
            values = row[np.isfinite(row)]
            if not missing or not values.size or np.isinf(row).any():
                what = f"{channel.name} holds values that are not finite{_absent(row, missing)}."
                yield Fault("missing", channel.name, what)
            if not values.size:
                continue
            mean = values.mean(dtype=np.float64)
        if _is_far(channel, mean):
            what = (
                f"{channel.name} has a mean of {mean:.4g}, but values in {channel.units} "
                f"with a mean near {channel.published_mean:.4g} are expected."
            )
            yield Fault("units", channel.name, what + _guess(channel, mean))
            continue
        spread = values.std(dtype=np.float64)
        if values.size > 1 and spread < LEAST_VARIATION * channel.published_std:
            what = (
                f"{channel.name} hardly varies, by {spread:.2g} {channel.units} where "
                f"{channel.published_std:.2g} are usual: in other units, perhaps, or never written."
            )
            yield Fault("units", channel.name, what)
            continue
        least, greatest = table[channel.name].bounds
        for extreme, is_beyond in ((values.min(), np.less), (values.max(), np.greater)):
            if is_beyond(extreme, least if is_beyond is np.less else greatest):
                what = (
                    f"{channel.name} goes {'down' if is_beyond is np.less else 'up'} to "
                    f"{extreme:.4g} {channel.units}, which nature does not ({least:g} to "
                    f"{greatest:g}): a mark of missing values, perhaps; give it as _FillValue."
                )
                yield Fault("values", channel.name, what)


def _absent(row: np.ndarray, allowed: bool) -> str:
    """Return how many values are missing, and what can be done about it."""
    share = np.isnan(row).mean()
    if share in (0, 1):
        return ": all are missing" if share else ""
    advice = "" if allowed else "; 'missing: mask' leaves these out"
    return f", as {100 * share:.2g} % of the points have none{advice}"


def _guess(channel: Channel, mean: float) -> str:
    guesses = []
    for units in MISTAKEN:
        found = conversion(units, channel.units)
        if found is not None and found.how and not _is_far(channel, found(np.array(mean)).item()):
            guesses.append(units)
    return f" They look like {' or '.join(guesses)}." if guesses else ""


def _is_far(channel: Channel, mean: float) -> bool:
    if (known := channel_table()[channel.name].mean) is not None:
        return not known[0] <= mean <= known[1]
    return abs(mean - channel.published_mean) > MAX_DEVIATIONS * channel.published_std
