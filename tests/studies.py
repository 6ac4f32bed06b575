"""Studies made from another one: with a single other key, or with what it has made."""

import copy
import shutil
from pathlib import Path


def changed(study: dict, path: str, value: object) -> dict:
    """Return a study with one key changed; the path has dots between the keys."""
    study = copy.deepcopy(study)
    *parents, last = path.split(".")
    section = study
    for key in parents:
        section = section.setdefault(key, {})
    section[last] = value
    return study


def copy_results(made: Path, other: Path, *folders: str) -> None:
    """Copy folders of a study's results to those of another one."""
    for name in folders:
        shutil.copytree(made / name, other / name)
