"""Batches of normalised maps for a network."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import torch

from deepsphere_pipe.data.channels import UNLABELLED
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError

MEMORY_SHARE = 0.4
"""Share of the memory that one part may take; training holds two parts and a network."""

IGNORED = -100
"""Label of vertices that no loss and no score counts (torch's own default)."""


class MapLoader:
    """Iterate over a part of a store in batches.

    A batch is a pair of tensors: fields float32 (batch, vertex, channel), normalised, and labels
    int64 (batch, vertex). The part is held in memory where there is room for it, and read map by
    map otherwise.

    Parameters
    ----------
    path : path-like
        The store.
    indices : ndarray of int
        Maps of the part.
    statistics : Statistics
        Of the training part.
    batch : int
        Maps per batch; the last batch of an epoch may be smaller.
    seed : int, optional
        Shuffle by (seed, epoch); in the order of `indices` without it.
    memory : float, optional
        Bytes that may be used, of which a part may take `MEMORY_SHARE`; all that is available by
        default. With 0 the maps are read one by one.

    Raises
    ------
    UserError
        If the statistics belong to other channels.
    """

    def __init__(
        self,
        path: str | Path,
        indices: np.ndarray,
        statistics: Statistics,
        batch: int,
        seed: int | None = None,
        memory: float | None = None,
    ) -> None:
        self.store = Store(path)
        self.indices = np.asarray(indices)
        self.statistics = statistics
        self.batch = batch
        self.seed = seed
        self.epoch = 1
        if statistics.channels != self.store.channels:
            raise UserError(
                f"{path}: has channels {', '.join(self.store.channels)}, but the statistics are "
                f"of {', '.join(statistics.channels)}; make both from one config."
            )
        needed = len(self.indices) * self.store.n_vertices * 4 * (len(self.store.channels) + 1)
        if memory is None:
            memory = psutil.virtual_memory().available
        fits = needed <= MEMORY_SHARE * memory
        self._memory = [self._read(index) for index in self.indices] if fits else None

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass, so that a resumed run sees the same one."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.indices) // self.batch)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        order = np.arange(len(self.indices))
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
        for start in range(0, len(order), self.batch):
            maps = [self._map(i) for i in order[start : start + self.batch]]
            fields = torch.from_numpy(np.stack([fields for fields, _ in maps]))
            labels = torch.from_numpy(np.stack([labels for _, labels in maps]).astype(np.int64))
            yield fields, labels.masked_fill(labels == UNLABELLED, IGNORED)

    def _map(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        return self._read(self.indices[i]) if self._memory is None else self._memory[i]

    def _read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        fields = self.statistics.normalise(self.store.fields(index))
        return np.ascontiguousarray(fields.T), self.store.labels(index)
