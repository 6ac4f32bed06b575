"""What files say of themselves that they were made from."""

import json
from contextlib import suppress
from pathlib import Path

import netCDF4

from deepsphere_pipe.data.manifest import manifest_paths


def of_maps(path: Path) -> object:
    """Return what a store of maps says that it was made from; None if it says nothing."""
    return _in_json(manifest_paths(path)[0])


def of_split(path: Path) -> object:
    """Return what the folder of a split says that it was made from; None if it says nothing."""
    return _in_json(path / "audit.json")


def of_sphere(path: Path) -> object:
    """Return what the file of a hierarchy says that it was made from; None if it says nothing."""
    with suppress(OSError), netCDF4.Dataset(path) as file:
        return getattr(file, "made_from", None)
    return None


def _in_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("made_from")
    except (OSError, ValueError):
        return None
