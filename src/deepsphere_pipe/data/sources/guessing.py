"""Which of the sources reads what lies at a path, by the names of its files."""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.fields.opening import ZARR_MARKS, is_zarr
from deepsphere_pipe.data.sources import SOURCES
from deepsphere_pipe.data.sources.listing import files_below


def guess_source(path: str | Path) -> str | None:
    """Return the name of a source in the config; None if nothing there looks like one."""
    if is_address(path):
        return next(name for name, kind in SOURCES.items() if kind.addresses)
    patterns = [(name, re.compile(kind.files)) for name, kind in SOURCES.items() if kind.files]
    best = len(patterns)
    for name in _names(Path(path)):
        fits = (rank for rank, (_, each) in enumerate(patterns[:best]) if each.fullmatch(name))
        best = next(fits, best)
    return patterns[best][0] if best < len(patterns) else None


def _names(path: Path) -> Iterator[str]:
    """Yield what files or members at a path are called; "x.zarr" for what is a zarr group."""
    if is_zarr(path):
        yield "x.zarr"
        return
    members: Iterator[str]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = iter(archive.namelist())
    elif path.is_dir():
        members = (file.relative_to(path).as_posix() for file in files_below(path, hidden=True))
    else:
        members = iter([path.name])
    for member in members:
        folder, _, name = member.rpartition("/")
        yield "x.zarr" if name in ZARR_MARKS and folder.endswith((".zarr", "")) else name
