"""What files were made from, taken down in them and proven before anything is made of them."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import netCDF4

from deepsphere_pipe.data.manifest import manifest_paths
from deepsphere_pipe.errors import UserError

MadeFrom = Mapping[str, str]
"""Fingerprints of what a file is made from, by step: see `recipes.Recipes`."""


def of_maps(path: Path) -> object:
    """Return what a store of maps says that it was made from; None if it says nothing."""
    return _in_json(manifest_paths(path)[0])


def of_split(path: Path) -> object:
    """Return the same of the folder of a split."""
    return _in_json(path / "audit.json")


def of_sphere(path: Path) -> object:
    """Return the same of a file of a hierarchy."""
    with suppress(OSError), netCDF4.Dataset(path) as file:
        return getattr(file, "made_from", None)
    return None


def check_made_from(
    wanted: MadeFrom, step: str, path: Path, recorded: Callable[[Path], object]
) -> None:
    """Refuse a file that was made from something else than is asked for.

    Parameters
    ----------
    wanted
        Where it lacks the step, nothing is asked for.
    step
        What made the file: one of `RULES`.
    path
        The file or folder.
    recorded
        Returns what it says of itself.

    Raises
    ------
    UserError
        If it is of something else.
    """
    if step in wanted and recorded(path) != wanted[step]:
        raise UserError(
            f"{path}: was made from other settings, data or code than the study asks for now; "
            f"make it again (snakemake --forcerun {RULES[step]})."
        )


RULES = {"data": "prepare", "split": "split", "sphere": "sphere", "training": "train"}
"""The rules that make what is compared."""


def _in_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("made_from")
    except (OSError, ValueError):
        return None
