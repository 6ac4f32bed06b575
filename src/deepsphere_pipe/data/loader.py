"""Batches of normalised maps for a network."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import torch
from torch.utils.data import DataLoader, Dataset

from deepsphere_pipe.data.channels import UNLABELLED
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError

MEMORY_SHARE = 0.4
"""Share of the memory that one part may take; training holds two parts and a network."""

IGNORED = -100
"""Label of vertices that no loss and no score counts (torch's own default)."""

Batch = tuple[torch.Tensor, torch.Tensor]


class MapLoader:
    """Iterate over a part of a store in batches.

    A batch is a pair of tensors: fields float32 (batch, vertex, channel), normalised, and labels
    int64 (batch, vertex), in pinned memory where there is a GPU. The part is held in memory where
    there is room for it, and read map by map otherwise, by other processes if wished.

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
    workers : int
        Processes that read ahead what does not fit in memory. They change no batch.

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
        workers: int = 0,
    ) -> None:
        self.indices = np.asarray(indices)
        self.statistics = statistics
        self.batch = batch
        self.seed = seed
        self.epoch = 1
        self._maps = _Maps(path, self.indices, statistics)
        if statistics.channels != self.store.channels:
            raise UserError(
                f"{path}: has channels {', '.join(self.store.channels)}, but the statistics are "
                f"of {', '.join(statistics.channels)}; make both from one config."
            )
        needed = len(self.indices) * self.store.n_vertices * 4 * (len(self.store.channels) + 1)
        if memory is None:
            memory = psutil.virtual_memory().available
        fits = needed <= MEMORY_SHARE * memory
        if fits:
            self._maps.hold()
        self._workers = 0 if fits else workers

    @property
    def store(self) -> Store:
        """The store, open."""
        return self._maps.store

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass, so that a resumed run sees the same one."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.indices) // self.batch)

    def __iter__(self) -> Iterator[Batch]:
        order = np.arange(len(self.indices))
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
        starts = range(0, len(order), self.batch)
        yield from DataLoader(
            self._maps,
            batch_sampler=[order[start : start + self.batch] for start in starts],
            collate_fn=_as_it_is,
            num_workers=self._workers,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # its own: loading draws nothing from the network's
        )


class _Maps(Dataset):
    """Maps of a part; every process opens the store itself."""

    def __init__(self, path: str | Path, indices: np.ndarray, statistics: Statistics) -> None:
        self.path = path
        self.indices = indices
        self.statistics = statistics
        self._held: tuple[np.ndarray, np.ndarray] | None = None
        self._opened_by: int | None = None

    @property
    def store(self) -> Store:
        if self._opened_by != os.getpid():
            self._store, self._opened_by = Store(self.path), os.getpid()
        return self._store

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k != "_store"} | {"_opened_by": None}

    def hold(self) -> None:
        """Keep all maps in memory."""
        self._held = self._read(self.indices)

    def __getitems__(self, positions: np.ndarray) -> Batch:
        if self._held is None:
            fields, labels = self._read(self.indices[positions])
        else:
            fields, labels = (array[positions] for array in self._held)
        labels = torch.from_numpy(labels.astype(np.int64))
        return torch.from_numpy(fields), labels.masked_fill(labels == UNLABELLED, IGNORED)

    def _read(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return fields float32 (map, vertex, channel) and labels uint8 (map, vertex)."""
        shape = (len(indices), self.store.n_vertices)
        fields = np.empty((*shape, len(self.store.channels)), np.float32)
        labels = np.empty(shape, np.uint8)
        for i, index in enumerate(indices):
            # Transposed by the copy: normalising into a transposed view takes twice as long.
            fields[i] = self.statistics.normalise(self.store.fields(index)).T
            labels[i] = self.store.labels(index)
        return fields, labels


def _as_it_is(batch: Batch) -> Batch:
    return batch
