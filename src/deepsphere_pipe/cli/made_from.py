"""What files were made from, taken down in them and proven before anything is made of them."""

import argparse
import json
from contextlib import suppress
from pathlib import Path

from deepsphere_pipe.errors import UserError


def fingerprint(text: str) -> tuple[str, str]:
    """Read one value of ``--made-from``."""
    step, equals, value = text.partition("=")
    if not (step and equals and value):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form STEP=FINGERPRINT")
    return step, value


def check_made_from(arguments: argparse.Namespace) -> None:
    """Refuse maps, split, sphere and model that were made from something else than is asked for.

    Raises
    ------
    UserError
        If one of them says so.
    """
    wanted = dict(arguments.made_from)
    for step, option, recorded_in in (
        ("data", "maps", _of_maps),
        ("split", "split", _of_split),
        ("sphere", "sphere", _of_sphere),
        ("training", "model", _of_model),
    ):
        path = getattr(arguments, option, None)
        if path is None or step not in wanted:
            continue
        if recorded_in(path) != wanted[step]:
            raise UserError(
                f"{path}: was made from other settings, data or code than the study asks for now; "
                f"make it again (snakemake --forcerun {RULES[step]})."
            )


RULES = {"data": "prepare", "split": "split", "sphere": "sphere", "training": "train"}


def _of_maps(path: Path) -> object:
    from deepsphere_pipe.data.manifest import manifest_paths

    return _in_json(manifest_paths(path)[0])


def _of_split(path: Path) -> object:
    return _in_json(path / "audit.json")


def _in_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8")).get("made_from")
    except (OSError, ValueError):
        return None


def _of_sphere(path: Path) -> object:
    import netCDF4

    with suppress(OSError), netCDF4.Dataset(path) as file:
        return getattr(file, "made_from", None)


def _of_model(path: Path) -> object:
    from deepsphere_pipe.training.model_file import recorded_progress

    return recorded_progress(path).get("made_from")
