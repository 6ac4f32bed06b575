"""What every source of snapshots offers, whatever its files look like."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from deepsphere_pipe.channels import Channel
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.remap import Grid, LatLonGrid

T = TypeVar("T")


class Source(ABC):
    """Snapshots of one kind in one place.

    A source can be sent to another process, where it opens its files itself.
    """

    title: str
    """What the data is, in words that every table repeats."""
    channels: tuple[Channel, ...]
    """What every snapshot holds."""
    grid: Grid
    """Where the values lie."""
    snapshots: list[Snapshot]
    """Sorted."""
    rejected: dict[str, str]
    """Files and members that look like snapshots but cannot be: name and reason."""
    problems: Mapping[str, str] = MappingProxyType({})
    """Channels for which something stands that cannot be used, and why."""
    notes: tuple[str, ...] = ()
    """What was found under another name or in other units, and converted."""
    far: bool = False
    """Whether more than is wanted costs much, as it comes over a network."""
    options: Mapping[str, object] = MappingProxyType({})
    """What changes its maps besides the files, such as which of several labels is read."""

    @abstractmethod
    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:
        """Read the channels of these names, in this order, and labels of one of the `snapshots`.

        Raises
        ------
        UserError
            If it cannot be read or is not what it should be; the sentence begins with its name.
        """

    def file_of(self, snapshot: Snapshot, channel: str = "") -> str:
        """Return the file or member that a channel of a snapshot is read from, "" for the input."""
        return snapshot.name

    def select(self, channels: Sequence[str]) -> tuple[Channel, ...]:
        """Return channels by their names; raises `UserError` if the source lacks one."""
        table = {channel.name: channel for channel in self.channels}
        for name in channels:
            if name not in table and name in self.problems:
                raise UserError(self.problems[name])
            if name not in table:
                raise UserError(
                    f"Channel '{name}' is not in this source ({self.title}), which has "
                    f"{', '.join(table)}: choose among them with 'data.channels'."
                )
        return tuple(table[name] for name in channels)


def without_labels(labelled: bool) -> tuple[str, ...]:
    """Return a note on data that could have labels and has none."""
    return () if labelled else ("There are no labels",)


def described(grid: Grid) -> str:
    """Return what a grid is called in the title of a source."""
    if isinstance(grid, LatLonGrid):
        return f"{grid.shape[0]} x {grid.shape[1]} grid"
    return grid.identifier


def sha256_of(path: Path) -> str:
    """Return the checksum of a file; raises `UserError` if it cannot be read."""
    try:
        with path.open("rb") as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}).") from None


def first_readable(source: Source, look: Callable[[Snapshot], T]) -> T:
    """Return what a look at the first readable snapshot tells: all others must follow it.

    Raises
    ------
    UserError
        If no snapshot can be read: with what is wrong with the first.
    """
    if not source.snapshots:
        name, reason = next(iter(source.rejected.items()))
        raise UserError(f"{name}: {reason}")
    errors = []
    for snapshot in source.snapshots:
        try:
            return look(snapshot)
        except UserError as error:
            errors.append(error)
    raise errors[0]
