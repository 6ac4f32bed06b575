"""Input that is far from what a network has been trained on."""

import numpy as np

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.statistics import Statistics

FAR = 1.0
"""Training deviations by which the mean of all maps may differ."""

WIDER = 2.0
"""Factor by which their deviation may."""


class Strangeness:
    """Means and deviations of the fields that were seen, beside those of the training.

    Parameters
    ----------
    statistics
        Of the training.
    areas
        Of the vertices, (vertex,).
    """

    def __init__(self, statistics: Statistics, areas: np.ndarray) -> None:
        self.statistics = statistics
        self._weights = areas / areas.sum()
        self._n = 0
        self._sums = np.zeros((2, len(statistics.channels)))

    def update(self, fields: np.ndarray) -> None:
        """Count a map (channel, vertex)."""
        normal = self.statistics.normalise(fields).astype(np.float64)
        self._n += 1
        self._sums += normal @ self._weights, normal**2 @ self._weights

    @property
    def warnings(self) -> list[str]:
        """A sentence for each channel that is far from the training."""
        if not self._n:
            return []
        mean, square = self._sums / self._n
        deviation = np.sqrt(np.maximum(square - mean**2, 0))
        units = {channel.name: channel.units for channel in cam5_channels()}
        found = []
        rows = zip(
            self.statistics.channels, self.statistics.mean, self.statistics.std, mean, deviation,
            strict=True,
        )  # fmt: skip
        for name, trained, std, shift, ratio in rows:
            if abs(shift) > FAR or not 1 / WIDER <= ratio <= WIDER:
                found.append(
                    f"{name}: has mean {trained + shift * std:.4g} and deviation "
                    f"{ratio * std:.4g} {units[name]}, but {trained:.4g} and {std:.4g} in the "
                    "training: the network may see what is not there."
                )
        return found

    def tell(self) -> None:
        """Print all warnings."""
        for warning in self.warnings:
            print(f"Warning: {warning}")
