"""What networks are shown: any fields that can be read, as one source of snapshots."""

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.config.data import Cam5Data, ClimateNetData, UgscnnData
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.sources.climatenet import STAMP as CLIMATENET_NAME
from deepsphere_pipe.data.sources.field_files import FieldFiles
from deepsphere_pipe.data.sources.listing import (
    file_version,
    files_below,
    input_version,
    matching,
)
from deepsphere_pipe.data.sources.naming import BEGINNING
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.sources.ugscnn import ENDING as UGSCNN_ENDING
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Sampling

Input = str | Path | xr.Dataset
TITLE = "fields of yours"


def open_inputs(
    inputs: Input | Sequence[Input],
    sampling: Sampling,
    variables: Mapping[str, object] = NO_NAMES,
) -> Source:
    """Open what networks are shown, whatever kind it is.

    Parameters
    ----------
    inputs
        A data set in memory; or files, folders, zarr stores, or patterns of these: fields of any
        model, snapshots of CAM5 or ClimateNet, the archive of UGSCNN, a store that `prepare` wrote.
    sampling
        On which a store must be.
    variables
        Names of variables by channel, before those that are known.

    Raises
    ------
    UserError
        If there is nothing to read, or it is of several kinds.
    """
    if isinstance(inputs, xr.Dataset):
        return InMemory(inputs, variables)
    several: Sequence[Input] = [inputs] if isinstance(inputs, str | Path) else inputs
    named = [each for each in several if not isinstance(each, xr.Dataset)]
    if len(named) < len(several):
        if len(several) > 1:
            raise UserError("give one data set, or files; several data sets can be merged first.")
        return open_inputs(several[0], sampling, variables)
    paths = _paths(named)
    kinds = {kind_of(path) for path in paths}
    if len(kinds) > 1:
        raise UserError(
            f"{paths[0]} and others are of several kinds ({', '.join(sorted(kinds))}); predict one "
            "kind at a time."
        )
    kind = kinds.pop()
    if kind == STORE:
        if len(paths) > 1:
            raise UserError(f"{paths[1]}: one store of maps at a time.")
        return OfStore(paths[0], sampling)
    if kind == FIELDS:
        return SeveralFiles(paths, variables) if len(paths) > 1 else _fields(paths[0], variables)
    options = {"variables": dict(variables)} if kind == ClimateNetData.tag() and variables else {}
    if len(paths) == 1 and (paths[0].is_dir() or kind == UgscnnData.tag()):
        return open_source(kind, paths[0], **options)
    return Chosen(open_source(kind, _common(paths), **options), paths)


STORE, FIELDS = "store of maps", "climate fields"


def kind_of(path: Path) -> str:
    """Return which kind of input lies at a path: a source by its name, `STORE` or `FIELDS`."""
    name = next((path.name for path in _some_files(path)), path.name)
    if name.endswith(UGSCNN_ENDING):
        return UgscnnData.tag()
    if name.startswith(BEGINNING) and name.endswith(".h5"):
        return Cam5Data.tag()
    if CLIMATENET_NAME.fullmatch(name):
        return ClimateNetData.tag()
    return STORE if path.is_file() and _is_store(path) else FIELDS


def _some_files(path: Path) -> list[Path]:
    """Return files by whose names a kind can be told: the first of a folder, or of a zip file."""
    if path.is_dir():
        endings = (".h5", ".nc", UGSCNN_ENDING)
        named = (file for file in files_below(path, endings) if file.name.startswith(BEGINNING))
        return [first] if (first := next(named, None)) else []
    if path.suffix == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if name.endswith(UGSCNN_ENDING)]
        return [Path(member) for member in members[:1]]
    return [path]


def _is_store(path: Path) -> bool:
    try:
        with netCDF4.Dataset(path) as file:
            return "sampling" in file.ncattrs() and {"fields", "labels"} <= file.variables.keys()
    except OSError:
        return False


def _paths(inputs: Sequence[str | Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for each in inputs:
        if not (here := matching(each)):
            raise UserError(f"{each}: no such file or folder.")
        found |= dict.fromkeys(here)
    return [*found]


def _common(paths: Sequence[Path]) -> Path:
    """Return the folder in which all lie."""
    return Path(os.path.relpath(os.path.commonpath([path.absolute().parent for path in paths])))


def _fields(path: Path, variables: Mapping[str, object]) -> Source:
    return FieldFiles(path, TITLE, variables)


class SeveralFiles(FieldFiles):
    """Fields among which variables and times are spread, in files that were named one by one."""

    def __init__(self, paths: Sequence[Path], variables: Mapping[str, object] = NO_NAMES) -> None:
        self._named = [os.path.relpath(path, _common(paths)) for path in paths]
        super().__init__(_common(paths), TITLE, variables)

    def _files(self) -> dict[str, str]:
        return {name: input_version(self._path / name, hidden=True) or "" for name in self._named}


class InMemory(FieldFiles):
    """Fields of a data set that is open."""

    def __init__(self, dataset: xr.Dataset, variables: Mapping[str, object] = NO_NAMES) -> None:
        self._dataset = dataset
        super().__init__("the data set", TITLE, variables)

    def _files(self) -> dict[str, str]:
        return {"": "in memory"}

    def _open(self, file: str) -> list[ClimateFields]:
        return [ClimateFields(self._dataset, self._names)]


class Chosen(Source):
    """Some snapshots of a source, by the paths of their files."""

    def __init__(self, source: Source, paths: Sequence[Path]) -> None:
        names = tuple(os.path.relpath(path, _common(paths)) for path in paths)
        folders = tuple(
            f"{name}/" for name, path in zip(names, paths, strict=True) if path.is_dir()
        )
        self._source = source

        def chosen(name: str) -> bool:
            return name.partition("@")[0] in names or name.startswith(folders or (os.sep,))

        self.title, self.channels, self.grid = source.title, source.channels, source.grid
        self.notes, self.problems = source.notes, dict(source.problems)
        self.options = dict(source.options)
        self.snapshots = [each for each in source.snapshots if chosen(each.name)]
        self.rejected = {name: why for name, why in source.rejected.items() if chosen(name)}

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        return self._source.read(snapshot, channels)


class OfStore(Source):
    """The maps of a store, on the vertices on which they are."""

    def __init__(self, path: Path, sampling: Sampling) -> None:
        self._path = path
        with Store(path) as store:
            if store.sampling != sampling.identifier:
                raise UserError(
                    f"{path}: is on {store.sampling}, but the network sees {sampling.identifier}; "
                    "prepare the data on that sampling, or give the data itself."
                )
            self.grid, self.title, self._names = sampling, store.title, store.channels
            self.channels = tuple(each for each in cam5_channels() if each.name in store.channels)
            version = file_version(path)
            stamps = zip(store.runs, store.times, store.files, strict=True)
            self.snapshots = [Snapshot(int(run), time, name, version) for run, time, name in stamps]
        self.rejected = {}
        self._rows = {snapshot.name: row for row, snapshot in enumerate(self.snapshots)}

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:

        self.select(channels)
        with Store(self._path) as store:
            fields = store.fields(self._rows[snapshot.name])
        rows = [self._names.index(name) for name in channels]
        labels = np.full(fields.shape[1], UNLABELLED, np.uint8)
        return Map(fields[rows], labels, "")
