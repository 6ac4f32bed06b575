"""What TensorBoard shows of a training."""

from pathlib import Path

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch.utils.tensorboard import SummaryWriter

from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.samplings.sampling import unit_vectors

COLOURS = np.array([[226, 230, 234], [213, 94, 0], [0, 114, 178], [255, 255, 255]], np.uint8)
"""Of the classes BG, TC, AR, and of vertices without a label."""

N_ROWS = 180
"""Rows of a map; a pixel is a degree."""

GAP = 2
"""Rows between two maps."""


class Board:
    """Writer of scalars, weights, and one predicted map below its truth.

    Parameters
    ----------
    folder
        For the event files.
    network
    level
        The finest level: where the vertices lie.
    truth : ndarray of uint8, shape (vertex,)
        Classes of the map whose predictions are shown.
    histograms
        Whether weights and gradients are written.
    purge_after
        Forget what was written of later epochs, when a training goes on.
    """

    def __init__(
        self,
        folder: str | Path,
        network: torch.nn.Module,
        level: Level,
        truth: np.ndarray,
        histograms: bool = False,
        purge_after: int = 0,
    ) -> None:
        self._writer = SummaryWriter(folder, purge_step=purge_after + 1)
        self._network = network
        self._histograms = histograms
        self._truth = np.minimum(truth, len(COLOURS) - 1)
        self._nearest = _nearest_vertices(level.coordinates)

    def write(self, epoch: int, row: dict[str, float], predicted: np.ndarray) -> None:
        """Write one epoch: a row of the history, and what the network has become.

        Parameters
        ----------
        epoch
        row
            Of the history.
        predicted : ndarray of uint8, shape (vertex,)
            Classes of the map that is shown.
        """
        for name, value in row.items():
            part, _, quantity = name.partition("_")
            if name != "epoch":
                inner = part in ("train", "validation")
                tag = f"{part}/{quantity}" if inner else f"optimiser/{name}"
                self._writer.add_scalar(tag, value, epoch)
        self._writer.add_image("truth above prediction", self._maps(predicted), epoch,
                               dataformats="HWC")  # fmt: skip
        if self._histograms:
            for name, parameter in self._network.named_parameters():
                self._writer.add_histogram(f"weights/{name}", parameter, epoch)
                if parameter.grad is not None:
                    self._writer.add_histogram(f"gradients/{name}", parameter.grad, epoch)
        self._writer.flush()

    def close(self) -> None:
        """Finish the files."""
        self._writer.close()

    def _maps(self, predicted: np.ndarray) -> np.ndarray:
        """Return truth above prediction, a line between them, uint8 (row, column, colour)."""
        truth, prediction = (COLOURS[each[self._nearest]] for each in (self._truth, predicted))
        line = np.zeros((GAP, *truth.shape[1:]), np.uint8)
        return np.concatenate([truth, line, prediction])


def _nearest_vertices(coordinates: np.ndarray) -> np.ndarray:
    """Return the vertex (row, column) that each pixel of a plate carrée map shows."""
    latitude = 90 - (np.arange(N_ROWS) + 0.5) * 180 / N_ROWS
    longitude = (np.arange(2 * N_ROWS) + 0.5) * 180 / N_ROWS
    return cKDTree(coordinates).query(unit_vectors(longitude, latitude[:, None]))[1]
