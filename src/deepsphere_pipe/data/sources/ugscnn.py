"""The level-5 archive of Jiang et al. (2019), "Spherical CNNs on unstructured grids".

A zip file (or the folder that it unpacks to) of members ``data-YYYY-MM-DD-HH-R-mesh.npz`` with
``data`` (16, vertex) and one-hot ``labels`` (3, vertex) in the order background, tropical cyclone,
atmospheric river. The vertices are those of an icosahedral sampling. The archive is read as it is:
unpacking 30 GB would need another 50.

Members that `member` writes also say what they were made from, so that other data in this format
never passes for the published one.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cftime
import numpy as np
from numpy.lib import format as npy

from deepsphere_pipe.channels import (
    CHANNEL_NAMES,
    CLASSES,
    PUBLISHED_MAPS,
    UNLABELLED,
    cam5_channels,
)
from deepsphere_pipe.data.sources.naming import collect, list_files, parse_name
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source, first_readable
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Icosahedral

ENDING = "-mesh.npz"
LEVELS = 9
MAX_VERTICES = 10 * 4 ** (LEVELS - 1) + 2
MAX_BYTES = 8 * (len(CHANNEL_NAMES) + len(CLASSES)) * MAX_VERTICES + 2**16
"""No member of level 8 in float64 is larger: one that claims to be is damaged, or a zip bomb."""

PUBLISHED_LEVEL = 5
PUBLISHED_TITLE = (
    f"CAM5 snapshots of the UGSCNN archive (icosahedral level {PUBLISHED_LEVEL}, "
    f"all {PUBLISHED_MAPS} maps)"
)
"""What the whole published archive is called, and nothing else."""

MADE_FROM = "made_from"
"""Array of a member with the text of what it was made from, in bytes; published ones have none."""

MAX_TEXT = 200

DAMAGES = (
    *(OSError, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError),
    *(struct.error, zipfile.BadZipFile, zlib.error),
)
"""What reading a damaged archive can raise."""


class Ugscnn(Source):
    """The archive, zipped or unpacked.

    Parameters
    ----------
    path
        The zip file, or a folder of the members.

    Raises
    ------
    UserError
        If there are no members or the file is no zip archive.

    Notes
    -----
    The title is `PUBLISHED_TITLE` if and only if there are as many maps of the same level as were
    published and they do not say that they were made from something else.
    """

    channels = cam5_channels()

    grid: Icosahedral

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._archive: zipfile.ZipFile | None = None
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._zipped = not self._path.is_dir()
        members = self._members() if self._zipped else list_files(self._path, ".npz")
        self.snapshots, self.rejected = collect(members, _run_and_time)
        self.grid = self._sampling()
        self.title = self._title()

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_archive": None, "_infos": {}}  # another process opens it itself

    def _members(self) -> list[tuple[str, str]]:
        members = [
            (info.filename, f"{info.file_size}-{info.CRC:08x}")
            for info in self._open().infolist()
            # Macs add a hidden file to each file.
            if info.filename.endswith(".npz") and not _is_hidden(info.filename)
        ]
        if not members:
            raise UserError(f"{self._path}: no members *{ENDING} in this archive.")
        return members

    def _open(self) -> zipfile.ZipFile:
        if self._archive is None:
            try:
                self._archive = zipfile.ZipFile(self._path)
            except (OSError, zipfile.BadZipFile, ValueError, struct.error) as error:
                raise UserError(
                    f"{self._path}: is neither a folder nor a whole zip archive ({error}); fetch "
                    "it again, or give the folder that it was unpacked to."
                ) from None
            for info in self._archive.infolist():
                self._infos.setdefault(info.filename, info)  # the first of a name counts
        return self._archive

    def _sampling(self) -> Icosahedral:
        fields, labels, _ = first_readable(self, self._arrays)
        n_vertices, self._labelled = fields.shape[1], labels is not None
        levels = {10 * 4**level + 2: level for level in range(LEVELS)}
        if n_vertices not in levels:
            raise UserError(
                f"{self._path}: the maps have {n_vertices} vertices, which is no icosahedral "
                f"sampling (those have {', '.join(map(str, levels))})."
            )
        return Icosahedral(levels[n_vertices])

    def _title(self) -> str:
        level, n_maps = self.grid.level, len(self.snapshots)
        if made_from := first_readable(self, self._made_from):
            return f"{made_from} in the format of the UGSCNN archive (icosahedral level {level})"
        if (level, n_maps) == (PUBLISHED_LEVEL, PUBLISHED_MAPS):
            return PUBLISHED_TITLE
        return (
            f"CAM5 snapshots in the format of the UGSCNN archive (icosahedral level {level}, "
            f"{n_maps} maps; the published one has {PUBLISHED_MAPS} of level {PUBLISHED_LEVEL})"
        )

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        fields, one_hot, checksum = self._arrays(snapshot)
        if fields.shape[1] != self.grid.n_vertices:
            raise UserError(
                f"{snapshot.name}: has {fields.shape[1]} vertices, but the first member has "
                f"{self.grid.n_vertices}."
            )
        if (one_hot is not None) != self._labelled:
            raise UserError(
                f"{snapshot.name}: has {'no ' if self._labelled else ''}labels, unlike the first "
                "member."
            )
        classes = np.full(self.grid.n_vertices, UNLABELLED, np.uint8)
        if one_hot is not None:
            classes = one_hot.argmax(axis=0).astype(np.uint8)
            if not np.array_equal(one_hot, classes == np.arange(len(CLASSES))[:, None]):
                raise UserError(f"{snapshot.name}: the labels are not one-hot.")
        if tuple(channels) != CHANNEL_NAMES:
            fields = fields[[CHANNEL_NAMES.index(name) for name in channels]]
        return Map(np.ascontiguousarray(fields, np.float32), classes, checksum)

    def _made_from(self, snapshot: Snapshot) -> str | None:
        """Return what a member says that it was made from, None for one as published."""
        self._arrays(snapshot)  # a damaged one says nothing
        content, _ = self._content(snapshot.name)
        with zipfile.ZipFile(io.BytesIO(content)) as arrays:
            if f"{MADE_FROM}.npy" not in arrays.namelist():
                return None
            try:
                text = _array(arrays, f"{MADE_FROM}.npy", 1)[0].astype(np.uint8)
            except DAMAGES as error:
                raise UserError(f"{snapshot.name}: is damaged ({_first_line(error)}).") from None
        return " ".join(text[:MAX_TEXT].tobytes().decode(errors="replace").split())

    def _arrays(self, snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray | None, str]:
        try:
            content, checksum = self._content(snapshot.name)
            with zipfile.ZipFile(io.BytesIO(content)) as arrays:
                fields = _array(arrays, "data.npy", len(CHANNEL_NAMES))
                there = "labels.npy" in arrays.namelist()
                labels = _array(arrays, "labels.npy", len(CLASSES)) if there else None
        except DAMAGES as error:
            raise UserError(f"{snapshot.name}: is damaged ({_first_line(error)}).") from None
        if labels is not None and labels.shape[1] != fields.shape[1]:
            raise UserError(
                f"{snapshot.name}: has {fields.shape[1]} vertices with fields and "
                f"{labels.shape[1]} with labels."
            )
        return fields, labels, checksum

    def _content(self, name: str) -> tuple[bytes, str]:
        if not self._zipped:
            path = self._path / name
            _check_size(path.stat().st_size)
            content = path.read_bytes()
            return content, f"sha256:{hashlib.sha256(content).hexdigest()}"
        archive = self._open()
        info = self._infos[name]
        _check_size(info.file_size)
        with archive.open(info) as member:  # checks the CRC at the end
            return member.read(), f"crc32:{info.CRC:08x}"


def member(fields: np.ndarray, labels: np.ndarray, made_from: str) -> bytes:
    """Return the content of a member of such an archive; the same arguments give the same bytes.

    Parameters
    ----------
    fields
        (16, vertex).
    labels
        Classes, (vertex,).
    made_from
        What it was made from, as titles and tables will repeat it.
    """
    content = io.BytesIO()
    one_hot = labels == np.arange(len(CLASSES))[:, None]
    text = np.frombuffer(made_from.encode(), np.uint8)[None]
    fields = fields.astype(np.float32)
    arrays: dict[str, Any] = {"data": fields, "labels": one_hot.astype(np.float32), MADE_FROM: text}
    np.savez(content, **arrays)
    return content.getvalue()


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") and part not in (".", "..") for part in name.split("/"))


def _run_and_time(name: str) -> tuple[int, cftime.DatetimeNoLeap]:
    if name.startswith("/") or ".." in name.split("/"):
        raise UserError("the path leads out of the archive; fetch the archive from elsewhere.")
    return parse_name(name, ENDING)


def _check_size(n_bytes: int) -> None:
    if n_bytes > MAX_BYTES:
        raise ValueError(f"claims {n_bytes} bytes, more than the finest sampling takes")


def _array(arrays: zipfile.ZipFile, name: str, n_rows: int) -> np.ndarray:
    """Read an array after a look at its header; no Python object is ever made of it."""
    _check_size(arrays.getinfo(name).file_size)
    with arrays.open(name) as file:
        version = npy.read_magic(file)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = header(file)
    if dtype.kind not in "fiub":
        raise ValueError(f"{name} holds {dtype}, not numbers")
    if len(shape) != 2 or shape[0] != n_rows or not 0 < shape[1] <= MAX_VERTICES:
        raise ValueError(f"{name} has shape {shape}, not ({n_rows}, vertices)")
    with arrays.open(name) as file:
        return npy.read_array(file, allow_pickle=False)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].strip("'\" .") if str(error) else type(error).__name__
