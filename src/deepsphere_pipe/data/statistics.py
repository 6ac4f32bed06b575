"""Mean and standard deviation of every channel, from training maps only."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError


class Moments:
    """Streaming mean and variance in float64 (Chan, Golub & LeVeque 1983).

    Numbers are added block by block and two accumulators can be merged, so that memory does
    not grow with the data; a sum of squares would lose all digits for pressure.
    """

    def __init__(self, n_channels: int) -> None:
        self.count = 0
        self.mean = np.zeros(n_channels)
        self.squares = np.zeros(n_channels)

    def update(self, fields: np.ndarray) -> None:
        """Add one map, (channel, vertex)."""
        block = Moments(len(self.mean))
        fields = fields.astype(np.float64)
        block.count = fields.shape[1]
        block.mean = fields.mean(axis=1)
        block.squares = np.square(fields - block.mean[:, None]).sum(axis=1)
        self.merge(block)

    def merge(self, other: "Moments") -> None:
        """Add what another accumulator has seen."""
        total = self.count + other.count
        if total == 0:
            return
        shift = other.mean - self.mean
        self.squares += other.squares + shift**2 * self.count * other.count / total
        self.mean = self.mean + shift * other.count / total
        self.count = total

    @property
    def std(self) -> np.ndarray:
        """Population standard deviation, (channel,)."""
        return np.sqrt(self.squares / max(self.count, 1))


@dataclass(frozen=True)
class Statistics:
    """What normalises a map and weights a loss.

    Attributes
    ----------
    channels : tuple of str
    mean, std : tuple of float, (channel,)
        In the units of the channels.
    class_frequencies : tuple of float, (class,)
        Shares of the labelled vertices of the training part.
    n_maps : int
    """

    channels: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    class_frequencies: tuple[float, ...]
    n_maps: int

    def normalise(self, fields: np.ndarray) -> np.ndarray:
        """Return (…, channel, vertex) fields with mean 0 and standard deviation 1, float32."""
        mean = np.asarray(self.mean)[:, None]
        return ((fields - mean) / np.asarray(self.std)[:, None]).astype(np.float32)

    def save(self, path: str | Path) -> None:
        """Write as JSON; float64 survives unchanged."""
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> "Statistics":
        """Read what `save` wrote."""
        try:
            content = json.loads(Path(path).read_text())
            return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in content.items()})
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise UserError(
                f"{path}: does not hold statistics ({error}); make them with 'split'."
            ) from None


def training_statistics(store: Store, part: np.ndarray) -> Statistics:
    """Stream once over the training maps.

    Parameters
    ----------
    store : Store
    part : ndarray of str, (time,)

    Raises
    ------
    UserError
        If a channel is constant or not finite: it could not be normalised.
    """
    moments = Moments(len(store.channels))
    counts = np.zeros(len(CLASSES), np.int64)
    indices = np.flatnonzero(part == "train")
    for index in indices:
        moments.update(store.fields(index))
        counts += np.bincount(store.labels(index), minlength=256)[: len(CLASSES)]
    for channel, mean, std in zip(store.channels, moments.mean, moments.std, strict=True):
        if not (np.isfinite(mean) and std > 0):
            raise UserError(
                f"{store.path}: channel {channel} is constant or not finite in the training "
                "maps; leave it out of 'data.channels' or mend the data."
            )
    return Statistics(
        store.channels,
        tuple(moments.mean.tolist()),
        tuple(moments.std.tolist()),
        tuple((counts / max(counts.sum(), 1)).tolist()),
        len(indices),
    )
