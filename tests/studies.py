"""A small study, and those made from another one: with another key, with what it has made."""

import copy
import shutil
from pathlib import Path

TWIN = {
    "n_lat": 32, "n_lon": 64, "years": [2106, 2107, 2108], "runs": [1],
    "days_per_year": 6, "days_in_a_row": 2, "missing_days": 0.0,
}  # fmt: skip
"""144 maps, a third of each for training, validation and test."""

STUDY = {
    "name": "small",
    "data": {
        "synthetic": TWIN,
        "channels": ["TMQ", "PSL", "U850", "V850"],
    },
    "sampling": {"level": 3},
    "split": {"method": "by_year", "validation": [2107], "test": [2108]},
    "experiments": {
        "tiny": {"model": {"widths": [4, 8]}, "training": {"epochs": 1, "batch_size": 8}}
    },
    "graph_analysis": {
        "equivariance_error": {"nsides": [4], "bandwidths": [4], "neighbours": [8], "degrees": 2},
        "kernel_widths": {"nsides": [4], "neighbours": [8]},
        "samplings": {"levels": [1], "neighbours": [6], "degrees": [2]},
        "spectra": {"level": 2, "degree_max": 3},
    },
}
"""A study that takes seconds, with a network, its scores and all parts of the graph analysis."""


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
