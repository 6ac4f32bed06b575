"""How a snapshot becomes a map on a sampling."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from deepsphere_pipe.channels import CLASSES, UNLABELLED, Channel
from deepsphere_pipe.data.fields.faults import Fault
from deepsphere_pipe.data.fields.orientation import WITNESS, Orientation
from deepsphere_pipe.data.fields.plausibility import check_plausible, implausible
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.errors import Unreachable, UserError
from deepsphere_pipe.remap import LabelRemapping, LatLonGrid, label_remapping, make_remapping
from deepsphere_pipe.samplings import Sampling

FIRST_ONES = 3
"""Snapshots of which one is looked for that is right by itself: the others may all be damaged."""


@dataclass(frozen=True)
class Recipe:
    """How a snapshot becomes a map: all that a process needs."""

    source: Source
    channels: tuple[Channel, ...]
    fields: sparse.csr_array | None = None  # where the source lies on the vertices already
    labels: LabelRemapping | None = None
    orientation: Orientation | None = None  # where the grid is one of latitudes and longitudes
    missing: str = "refuse"  # or "mask"

    @classmethod
    def on_own_grid(
        cls, source: Source, channels: tuple[Channel, ...], missing: str = "refuse"
    ) -> "Recipe":
        """Return how maps are read and proven where they lie, without remapping."""
        grid = source.grid
        orientation = Orientation.of(grid) if isinstance(grid, LatLonGrid) else None
        return cls(source, channels, orientation=orientation, missing=missing)

    @classmethod
    def of(
        cls,
        source: Source,
        sampling: Sampling,
        channels: tuple[Channel, ...],
        remapping: str = "bilinear",
        labels: str | None = "majority",
        missing: str = "refuse",
    ) -> "Recipe":
        """Build the matrices, that of labels only if asked for: see `prepare` and `fields_of`."""
        grid, own = source.grid, cls.on_own_grid(source, channels, missing)
        if not isinstance(grid, LatLonGrid) and grid.identifier == sampling.identifier:
            return own
        return replace(
            own,
            fields=make_remapping(remapping, grid, sampling),
            labels=label_remapping(labels, grid, sampling) if labels else None,
        )

    def against_first(self, snapshots: Sequence[Snapshot]) -> "Recipe":
        """Return the recipe by which maps are compared with the first that is right by itself."""
        if self.orientation is None:
            return self
        for snapshot in snapshots[:FIRST_ONES]:
            try:
                seen, found = _with_witness(self.source, self.channels, snapshot)
                self.orientation.check(snapshot.name, seen, found.fields)
            except UserError:  # told when it is its turn
                continue
            return replace(self, orientation=Orientation.of(self.source.grid, seen, found.fields))
        return self

    def follow(self, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray, str]:
        """Return fields, labels and checksum of a snapshot, on the vertices.

        Raises
        ------
        UserError
            If the snapshot is damaged or is not what it should be.
        """
        found = self._checked(snapshot)
        fields, labels = self._remapped(found)
        return *without_missing(fields, labels), found.checksum

    def fields_of(self, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray]:
        """Return fields (channel, vertex), and at which vertices they are missing (vertex,) bool.

        Raises
        ------
        UserError
            As `follow`.
        """
        fields = self._fields_on_vertices(self._checked(snapshot))
        fields, labels = without_missing(fields, np.zeros(fields.shape[1], np.uint8))
        return fields, labels == UNLABELLED

    def _checked(self, snapshot: Snapshot) -> Map:
        found = self._read(snapshot)
        allowed = self.missing == "mask"
        check_plausible(snapshot.name, self.channels, found.fields, missing=allowed)
        return found

    def faults(self, snapshot: Snapshot) -> Iterator[Fault]:
        """Yield all that is wrong with a snapshot, of which `follow` tells the first."""
        seen, fields, unreadable = self._readable(snapshot)
        yield from unreadable
        if self.orientation is not None and seen:
            yield from self.orientation.faults(seen, fields)
        asked = [index for index, channel in enumerate(seen) if channel in self.channels]
        channels = [seen[index] for index in asked]
        yield from implausible(channels, fields[asked], missing=self.missing == "mask")

    def _readable(
        self, snapshot: Snapshot
    ) -> tuple[tuple[Channel, ...], np.ndarray, tuple[Fault, ...]]:
        """Read the channels that can be read; return them, their fields, and why not the others."""
        try:
            seen, found = _with_witness(self.source, self.channels, snapshot)
            return seen, found.fields, ()
        except Unreachable:
            raise
        except UserError:  # of which channel is not known
            pass
        fields: dict[Channel, np.ndarray] = {}
        faults: list[Fault] = []
        for channel in self.channels:
            try:
                fields[channel] = self.source.read(snapshot, [channel.name]).fields[0]
            except UserError as error:
                what = str(error).removeprefix(f"{snapshot.name}: ")
                if not fields and faults and faults[-1].what == what:
                    return (), np.empty((0, 0)), (Fault("file", "", what),)
                faults.append(Fault("channel", channel.name, what))
        return tuple(fields), np.array([*fields.values()]), tuple(faults)

    def _read(self, snapshot: Snapshot) -> Map:
        """Read a snapshot whose orientation is proven, also by a channel that is not wanted."""
        if self.orientation is not None:
            seen, found = _with_witness(self.source, self.channels, snapshot)
            self.orientation.check(snapshot.name, seen, found.fields)
            return replace(found, fields=found.fields[: len(self.channels)])
        return self.source.read(snapshot, [channel.name for channel in self.channels])

    def _remapped(self, found: Map) -> tuple[np.ndarray, np.ndarray]:
        """Return fields and labels on the vertices; what comes of a missing value is missing."""
        fields = self._fields_on_vertices(found)
        if self.labels is None:
            return fields, found.labels
        if (found.labels == UNLABELLED).all():
            return fields, np.full(fields.shape[1], UNLABELLED, np.uint8)
        return fields, self.labels(found.labels, len(CLASSES))

    def _fields_on_vertices(self, found: Map) -> np.ndarray:
        if self.fields is None:
            return found.fields
        # One channel after the other: a copy of all in float64 would cost more than the product.
        return np.stack([self.fields @ channel for channel in found.fields], dtype=np.float32)


def without_missing(fields: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take the labels from vertices without a value, and give them the mean of the others.

    Without a label they are neither trained on nor scored; the mean is what a convolution of their
    neighbours sees.
    """
    absent = np.isnan(fields)
    if not absent.any():
        return fields, labels
    means = np.nanmean(fields, axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    return (
        np.where(absent, means, fields),
        np.where(absent.any(axis=0), UNLABELLED, labels).astype(np.uint8),
    )


def crash(snapshot: Snapshot) -> str:
    """Return the sentence for a snapshot whose reading ends the process."""
    return f"{snapshot.name}: makes its reader crash."


def _with_witness(
    source: Source, channels: tuple[Channel, ...], snapshot: Snapshot
) -> tuple[tuple[Channel, ...], Map]:
    """Read channels, and behind them the one that tells the orientation if it is there."""
    more = tuple(each for each in source.channels if each.name == WITNESS and not source.far)
    if more and more[0] not in channels:
        try:
            seen = channels + more
            return seen, source.read(snapshot, [channel.name for channel in seen])
        except UserError:  # which may be of a channel that nobody asked for
            pass
    return channels, source.read(snapshot, [channel.name for channel in channels])
