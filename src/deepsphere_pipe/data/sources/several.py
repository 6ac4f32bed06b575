"""Files that were named one by one, as one source."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from deepsphere_pipe.config.data import UgscnnData
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.sources import SOURCES, open_source
from deepsphere_pipe.data.sources.field_files import FieldFiles
from deepsphere_pipe.data.sources.listing import input_version
from deepsphere_pipe.data.sources.snapshot import Map, Snapshot
from deepsphere_pipe.data.sources.source import Source

TITLE = "fields of yours"


def open_together(name: str, places: Sequence[Any], options: Mapping[str, Any]) -> Source:
    """Open files of one kind as one source; a place that is whole is opened as it is.

    Parameters
    ----------
    name
        Kind of the data, as `data.source` in a study.
    places
        Files, or one place; folders of snapshots are taken with all that lies in them.
    options
        Of the source, see `open_source`.

    Raises
    ------
    UserError
        If the data cannot be read.
    """
    of_fields = SOURCES[name].module == "field_files"
    if len(places) == 1 and (of_fields or is_whole(name, places[0])):
        return open_source(name, places[0], **options)
    if of_fields:
        return SeveralFiles(places, **options)
    return Chosen(open_source(name, common_folder(places), **options), places)


def is_whole(name: str, place: str | Path) -> bool:
    """Return whether a source reads a place as it is, and not with others beside it."""
    return is_address(place) or Path(place).is_dir() or name == UgscnnData.tag()


def common_folder(paths: Sequence[Path]) -> Path:
    """Return the folder in which all lie; as they do, from the root or from here."""
    folder = os.path.commonpath([path.absolute().parent for path in paths])
    return Path(folder if all(path.is_absolute() for path in paths) else os.path.relpath(folder))


class SeveralFiles(FieldFiles):
    """Fields among which variables and times are spread, in files that were named one by one."""

    def __init__(self, paths: Sequence[Path], **how: Mapping[str, object]) -> None:
        self._named = [os.path.relpath(path, common_folder(paths)) for path in paths]
        super().__init__(common_folder(paths), TITLE, **how)

    def _files(self) -> dict[str, str]:
        return {
            name: input_version(Path(self._at(name)), hidden=True) or "" for name in self._named
        }


class Chosen(Source):
    """Some snapshots of a source, by the paths of their files."""

    def __init__(self, source: Source, paths: Sequence[Path]) -> None:
        names = tuple(os.path.relpath(path, common_folder(paths)) for path in paths)
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

    def file_of(self, snapshot: Snapshot, channel: str = "") -> str:
        return self._source.file_of(snapshot, channel)

    def read(self, snapshot: Snapshot, channels: Sequence[str]) -> Map:
        return self._source.read(snapshot, channels)
