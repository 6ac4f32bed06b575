"""Mean and standard deviation of every channel, from training maps only."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from deepsphere_pipe.channels import CLASSES, cam5_channels
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write


@dataclass(frozen=True)
class Statistics:
    """What normalises a map and weights a loss."""

    channels: tuple[str, ...]
    mean: tuple[float, ...]  # in the units of the channels
    std: tuple[float, ...]
    class_frequencies: tuple[float, ...]  # shares of the labelled vertices of the training part
    n_maps: int

    def normalise(self, fields: np.ndarray) -> np.ndarray:
        """Return (…, channel, vertex) fields with mean 0 and standard deviation 1, float32."""
        # In float32 throughout: pressure loses 0.01 Pa, and maps are normalised all day long.
        normalised = fields - np.asarray(self.mean, dtype=np.float32)[:, None]
        normalised *= (1 / np.asarray(self.std)).astype(np.float32)[:, None]
        return normalised

    def with_published(self) -> "Statistics":
        """Return the published means and deviations with the class frequencies of these."""
        mean, std = published_statistics(self.channels)
        return replace(self, mean=tuple(mean.tolist()), std=tuple(std.tolist()))

    def save(self, path: str | Path) -> None:
        """Write as JSON; float64 survives unchanged."""
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "Statistics":
        """Read what `save` wrote."""
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            lists = {k: tuple(v) for k, v in content.items() if isinstance(v, list)}
            return cls(**content | lists)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"{path}: does not hold statistics ({error}); make them with 'split'."
            ) from None


def published_statistics(channels: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of channels as the UGSCNN archive has them."""
    table = {channel.name: channel for channel in cam5_channels()}
    chosen = [table[name] for name in channels]
    mean = np.array([channel.published_mean for channel in chosen])
    return mean, np.array([channel.published_std for channel in chosen])


def deviation_from_published(statistics: Statistics) -> dict[str, object]:
    """Compare statistics with the published ones.

    Returns
    -------
    dict
        The greatest distance of a mean in published standard deviations, the least and the
        greatest ratio of a standard deviation to the published one, and the channel of each.
        On all of the archive these are 0 and 1 within sampling error; other data may differ.
    """
    mean, std = published_statistics(statistics.channels)
    shift = np.abs(np.asarray(statistics.mean) - mean) / std
    ratio = np.asarray(statistics.std) / std
    extremes = {
        "mean_shift_in_std": (shift, shift.argmax()),
        "least_std_ratio": (ratio, ratio.argmin()),
        "greatest_std_ratio": (ratio, ratio.argmax()),
    }
    return {
        name: {"channel": statistics.channels[i], "value": float(values[i])}
        for name, (values, i) in extremes.items()
    }


MAX_SHIFT, MAX_RATIO = 0.5, 2.0
"""Beyond these, statistics are not those of the published data, whatever part of it is there."""


def doubt_of_published(deviation: dict[str, dict]) -> str | None:
    """Return what is odd about statistics that should be the published ones, if anything is."""
    shift, least, greatest = (
        deviation[name] for name in ("mean_shift_in_std", "least_std_ratio", "greatest_std_ratio")
    )
    if shift["value"] > MAX_SHIFT:
        odd = f"the mean of {shift['channel']} is {shift['value']:.2g} published deviations away"
    elif greatest["value"] > MAX_RATIO:
        odd = f"{greatest['channel']} varies {greatest['value']:.2g} times as much as published"
    elif least["value"] < 1 / MAX_RATIO:
        odd = f"{least['channel']} varies {least['value']:.2g} times as much as published"
    else:
        return None
    return f"{odd}; are the channels in the published order and units?"


def training_statistics(store: Store, part: np.ndarray) -> Statistics:
    """Stream once over the training maps, those where `part` (time,) is "train".

    Raises
    ------
    UserError
        If a channel is constant or not finite: it could not be normalised.
    """
    means, variances, counts = [], [], np.zeros(len(CLASSES), np.int64)
    indices = np.flatnonzero(part == "train")
    for index in indices.tolist():
        fields = store.fields(index).astype(np.float64)
        means.append(fields.mean(axis=1))
        variances.append(fields.var(axis=1))
        counts += np.bincount(store.labels(index), minlength=256)[: len(CLASSES)]
    # All maps have as many vertices. A sum of squares would lose all digits for pressure.
    mean = np.mean(means, axis=0)
    std = np.sqrt(np.mean(variances, axis=0) + np.var(means, axis=0))
    for i in np.flatnonzero(~(np.isfinite(mean) & (std > 0))):
        raise UserError(
            f"{store.path}: channel {store.channels[i]} is constant or not finite in the training "
            "maps; leave it out of 'data.channels' or mend the data."
        )
    return Statistics(
        store.channels,
        tuple(mean.tolist()),
        tuple(std.tolist()),
        tuple((counts / max(counts.sum(), 1)).tolist()),
        len(indices),
    )
