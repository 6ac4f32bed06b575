"""Where maps come from: one module per kind of files, behind one protocol."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from deepsphere_pipe.errors import UserError

if TYPE_CHECKING:  # `--help` needs the names only
    from deepsphere_pipe.data.sources.source import Source

SOURCES = {
    "synthetic": ("cam5", "Cam5", {"title": "synthetic twin of CAM5"}),
    "cam5": ("cam5", "Cam5", {}),
    "ugscnn": ("ugscnn", "Ugscnn", {}),
    "climatenet": ("climatenet", "ClimateNet", {}),
}
"""Name of each source in the config: its module, its class, and what is fixed."""


def open_source(name: str, path: str | Path, **options: object) -> Source:
    """Open a source by its name.

    Parameters
    ----------
    name : str
        One of `SOURCES`.
    path : path-like
        File or folder.
    **options
        What the class takes besides.

    Raises
    ------
    UserError
        If there is nothing to read there.
    """
    module, kind, fixed = SOURCES[name]
    if not Path(path).exists():
        raise UserError(f"{path}: no such file or folder; say with 'data.input' where the data is.")
    # Imported when needed: a change of one source does not make data of another again.
    source = getattr(import_module(f"{__name__}.{module}"), kind)
    return source(path, **fixed, **options)
