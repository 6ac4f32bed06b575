"""What files were made from: proven before anything is made of them."""

from collections.abc import Callable, Mapping
from pathlib import Path

from deepsphere_pipe.errors import UserError

MadeFrom = Mapping[str, str]
"""Fingerprints of what a file is made from, by step: see `recipes.Recipes`."""


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
