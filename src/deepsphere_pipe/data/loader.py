"""Batches of normalised maps for a network."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from torch.utils.data import DataLoader, Dataset

from deepsphere_pipe.channels import UNLABELLED
from deepsphere_pipe.config.data import LoadingConfig
from deepsphere_pipe.data.manifest import packed_from
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.data.windows import Windows
from deepsphere_pipe.errors import UserError

IGNORE_INDEX = -100
"""Label of vertices that no loss and no score counts (torch's own default)."""

Batch = tuple[torch.Tensor, torch.Tensor]


class MapLoader:
    """Iterate over a part of a store in batches.

    A batch is a pair of tensors: fields float32 (batch, vertex, channel), or (batch, step, vertex,
    channel) for windows of several maps, normalised, and labels int64 (batch, vertex), in pinned
    memory where there is a GPU. The maps are held in memory, each once, where there is room for
    them, and read map by map otherwise, by other processes if wished.

    Parameters
    ----------
    path, windows
        The store, and what the part consists of; maps stand for themselves.
    statistics
        Of the training part.
    batch_size
        Windows in a batch; the last batch of an epoch may be smaller.
    seed
        Shuffle by (seed, epoch); in the order of `windows` without it.
    memory
        Bytes that may be used, of which a part may take `LoadingConfig.part_share`; by default all
        that is available. With 0 the maps are read one by one.
    workers
        Processes that read ahead what does not fit in memory, divided among those that share
        batches. They change no batch.

    Raises
    ------
    UserError
        If the statistics belong to other channels, or, in reading, if the file is damaged.
    """

    def __init__(
        self,
        path: str | Path,
        windows: Windows | np.ndarray,
        statistics: Statistics,
        batch_size: int,
        seed: int | None = None,
        memory: float | None = None,
        workers: int = 0,
    ) -> None:
        self.windows = windows if isinstance(windows, Windows) else Windows.of_maps(windows)
        self.statistics = statistics
        self.batch_size = batch_size
        self.seed = seed
        self._maps = _Maps(path, self.windows, statistics)
        if statistics.channels != self.store.channels:
            raise UserError(
                f"{path}: has channels {', '.join(self.store.channels)}, but the statistics are "
                f"of {', '.join(statistics.channels)}; make both from one config."
            )
        if memory is None:
            memory = psutil.virtual_memory().available
        fits = self._maps.n_bytes <= LoadingConfig.part_share * memory
        if fits:
            self._maps.hold()
        self._memory, self._workers = memory, 0 if fits else workers
        self.begin()
        self.share()

    @property
    def store(self) -> Store:
        """The store, open."""
        return self._maps.store

    @property
    def indices(self) -> np.ndarray:
        """Maps whose labels are given, in the unshuffled order."""
        return self.windows.targets

    def only(self, which: np.ndarray) -> "MapLoader":
        """Return a loader of the windows at a few positions, in this order."""
        windows = self.windows.chosen(which)
        return MapLoader(
            self._maps.path, windows, self.statistics, self.batch_size, memory=self._memory
        )

    def labelled_by(self, maps: np.ndarray) -> "MapLoader":
        """Return a loader of the windows whose labels are those of a few maps, in this order."""
        return self.only(np.array([np.flatnonzero(self.indices == each)[0] for each in maps], int))

    def begin(self, epoch: int = 1, batch: int = 0) -> None:
        """Choose the order of the next pass, and the batch at which it begins.

        So a resumed run sees what the interrupted one would have seen. Only the next pass begins
        in the middle.
        """
        self.epoch, self._first = epoch, batch

    def share(self, rank: int = 0, world_size: int = 1) -> None:
        """Give this process its part of every batch, if several (`world_size`) share them.

        A last batch with fewer maps than processes joins the one before it.

        Raises
        ------
        UserError
            If a process would get no map.
        """
        if (largest := min(self.batch_size, len(self.windows))) < world_size:
            raise UserError(
                f"{self._maps.path}: batches of {largest} maps cannot be shared by {world_size} "
                "processes; take fewer processes or larger batches."
            )
        self._rank, self._world_size = rank, world_size

    def __len__(self) -> int:
        return len(self._starts())

    def n_windows(self, batch: int) -> int:
        """Return the size of a batch of all processes together."""
        return int(np.diff(self._starts(), append=len(self.windows))[batch])

    def fingerprint(self) -> str:
        """Return a short hash of all windows: of data, times, runs, and what each map holds.

        What it holds follows from its file and from how it was packed, as the manifest says.
        """
        maps = np.concatenate([self.windows.inputs.ravel(), self.windows.targets])
        digest = hashlib.sha256(f"{self.store.title}, {self.store.sampling}".encode())
        for of_map in (self.store.hours, self.store.runs):
            digest.update(np.ascontiguousarray(of_map[maps], "<i8").data)
        packed, checksums = packed_from(self._maps.path)
        digest.update(json.dumps(packed, sort_keys=True).encode())
        for index in maps if checksums else ():
            digest.update(checksums[index].encode())
        return f"{self.store.title} {digest.hexdigest()[:8]}"

    def __iter__(self) -> Iterator[Batch]:
        order = np.arange(len(self.windows))
        if self.seed is not None:
            order = np.random.default_rng([self.seed, self.epoch]).permutation(order)
        batches: list[Any] = np.split(order, self._starts()[1:])[self._first :]
        self._first = 0
        loader = DataLoader(
            self._maps,
            batch_sampler=[each[self._rank :: self._world_size] for each in batches],
            collate_fn=tuple,  # it is one already
            num_workers=-(-self._workers // self._world_size),
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # its own: loading draws nothing from the network's
        )
        try:
            yield from loader
        except UserError as error:  # from another process it comes with that one's traceback
            raise UserError(str(error).strip().splitlines()[-1].partition("UserError: ")[2] or
                            str(error)) from None  # fmt: skip

    def _starts(self) -> np.ndarray:
        starts = np.arange(0, len(self.windows), self.batch_size)
        if len(starts) > 1 and len(self.windows) - starts[-1] < self._world_size:
            starts = starts[:-1]
        return starts


class _Maps(Dataset):
    """Maps of a part; every process opens the store itself."""

    def __init__(self, path: str | Path, windows: Windows, statistics: Statistics) -> None:
        self.path = path
        self.windows = windows
        self.statistics = statistics
        self._held: tuple[np.ndarray, np.ndarray] | None = None
        self._opened_by: int | None = None
        self._size = self.store.path.stat().st_size

    @property
    def store(self) -> Store:
        if self._opened_by != os.getpid():
            self._store, self._opened_by = Store(self.path), os.getpid()
        return self._store

    def __getstate__(self) -> dict[str, object]:
        return {k: v for k, v in self.__dict__.items() if k != "_store"} | {"_opened_by": None}

    @property
    def n_bytes(self) -> int:
        """Memory that it takes to hold all maps."""
        n_fields, n_labels = len(np.unique(self.windows.inputs)), len(self.windows.targets)
        return self.store.n_vertices * (4 * n_fields * len(self.store.channels) + n_labels)

    def hold(self) -> None:
        """Keep all maps in memory, each once."""
        maps, rows = np.unique(self.windows.inputs, return_inverse=True)
        self._rows = rows.reshape(self.windows.inputs.shape)
        self._held = self._fields(maps), self._labels(self.windows.targets)

    def __getitems__(self, positions: np.ndarray) -> Batch:
        if self._held is None:
            inputs = self.windows.inputs[positions]
            fields = self._fields(inputs.ravel())
            fields = fields.reshape(*inputs.shape, *fields.shape[1:])
            labels = self._labels(self.windows.targets[positions])
        else:
            fields = self._held[0][self._rows[positions]]
            labels = self._held[1][positions]
        classes = torch.from_numpy(labels.astype(np.int64))
        return torch.from_numpy(fields), classes.masked_fill(classes == UNLABELLED, IGNORE_INDEX)

    def _fields(self, maps: np.ndarray) -> np.ndarray:
        """Return normalised fields float32 (map, vertex, channel)."""
        fields = np.empty((len(maps), self.store.n_vertices, len(self.store.channels)), np.float32)
        with self._reading():
            for i, index in enumerate(maps):
                # Transposed by the copy: normalising into a transposed view takes twice as long.
                fields[i] = self.statistics.normalise(self.store.fields(index)).T
        return fields

    def _labels(self, maps: np.ndarray) -> np.ndarray:
        """Return labels uint8 (map, vertex)."""
        with self._reading():
            labels = [self.store.labels(index) for index in maps]
        return np.array(labels, np.uint8).reshape(len(maps), self.store.n_vertices)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Tell of a file that vanished or changed while it was in use."""
        try:
            # Beyond the end of a file that was cut off, HDF5 reads zeros and says nothing.
            if (size := Path(self.path).stat().st_size) != self._size:
                raise OSError(f"it had {self._size} bytes and has {size}")
            yield
        except (OSError, RuntimeError) as error:  # netCDF4 raises the latter for HDF5's errors
            reason = getattr(error, "strerror", None) or error
            raise UserError(
                f"{self.path}: cannot be read any more ({reason}); restore it or prepare it again."
            ) from None
