"""What networks are shown: any fields that can be read, as one source of snapshots."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.config.data import Cam5Data, ClimateNetData, UgscnnData
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.fields.opening import is_zarr
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.sources.field_files import FieldFiles, field_files
from deepsphere_pipe.data.sources.guessing import guess_source
from deepsphere_pipe.data.sources.listing import file_version, matching
from deepsphere_pipe.data.sources.several import TITLE, SeveralFiles, open_together
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Sampling

Input = str | Path | xr.Dataset


def open_inputs(
    inputs: Input | Sequence[Input],
    sampling: Sampling,
    variables: Mapping[str, object] = NO_NAMES,
    times: Mapping[str, object] = NO_NAMES,
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
    times
        Which times of fields are wanted, see `config.inputs.TimesConfig`.

    Raises
    ------
    UserError
        If there is nothing to read, or it is of several kinds.
    """
    if isinstance(inputs, xr.Dataset):
        return InMemory(inputs, variables, times)
    several: Sequence[Input] = [inputs] if isinstance(inputs, str | Path) else inputs
    if not several:
        raise UserError("give fields: a data set, files, folders or patterns of these.")
    named = [each for each in several if not isinstance(each, xr.Dataset)]
    if len(named) < len(several):
        if len(several) > 1:
            raise UserError("give one data set, or files; several data sets can be merged first.")
        return open_inputs(several[0], sampling, variables, times)
    places = _places(named)
    kinds = {kind_of(place) for place in places}
    if len(kinds) > 1:
        raise UserError(
            f"{places[0]} and others are of several kinds ({', '.join(sorted(kinds))}); predict "
            "one kind at a time."
        )
    (kind,), paths = kinds, [place for place in places if isinstance(place, Path)]
    alone = len(places) == 1
    if not alone and (kind == STORE or len(paths) < len(places)):
        raise UserError(f"{places[1]}: one {STORE if paths else 'address'} at a time.")
    if kind == STORE:
        return OfStore(paths[0], sampling)
    if kind == FIELDS:
        how = {"variables": dict(variables), "times": dict(times)}
        return FieldFiles(places[0], TITLE, **how) if alone else SeveralFiles(_files(paths), **how)
    options = {"variables": dict(variables)} if kind == ClimateNetData.tag() and variables else {}
    return open_together(kind, paths, options)


STORE, FIELDS = "store of maps", "climate fields"
NAMED = (Cam5Data.tag(), ClimateNetData.tag(), UgscnnData.tag())
"""Sources whose files tell by their names what they are."""


def kind_of(place: str | Path) -> str:
    """Return which kind of input lies there: one of `NAMED`, `STORE` or `FIELDS`."""
    if (source := guess_source(place)) in NAMED:
        return str(source)
    return STORE if Path(place).is_file() and _is_store(Path(place)) else FIELDS


def _is_store(path: Path) -> bool:
    try:
        with netCDF4.Dataset(path) as file:
            return "sampling" in file.ncattrs() and {"fields", "labels"} <= file.variables.keys()
    except OSError:
        return False


def _places(inputs: Sequence[str | Path]) -> list[str | Path]:
    found: dict[str | Path, None] = {}
    for each in inputs:
        here = [str(each)] if is_address(each) else matching(each)
        if not here:
            raise UserError(f"{each}: no such file or folder.")
        found |= dict.fromkeys(here)
    return [*found]


def is_among(path: Path, inputs: Input | Sequence[Input]) -> bool:
    """Return whether a path is one of what networks are shown."""
    several = [inputs] if isinstance(inputs, str | Path | xr.Dataset) else inputs
    named = [each for each in several if not isinstance(each, xr.Dataset)]
    return path.exists() and any(path.samefile(each) for one in named for each in matching(one))


def _files(paths: Sequence[Path]) -> list[Path]:
    """Return files and zarr stores, those of folders one by one."""
    return [
        file
        for path in paths
        for file in (field_files(path) if path.is_dir() and not is_zarr(path) else [path])
    ]


class InMemory(FieldFiles):
    """Fields of a data set that is open."""

    def __init__(self, dataset: xr.Dataset, *how: Mapping[str, object]) -> None:
        self._dataset = dataset
        super().__init__("the data set", TITLE, *how)

    def _files(self) -> dict[str, str]:
        # Values can change where nothing tells: what was made of a data set is not gone on with.
        return {"": f"in memory {secrets.token_hex(8)}"}

    def _open(self, file: str) -> list[ClimateFields]:
        return [ClimateFields(self._dataset, self._names)]


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
