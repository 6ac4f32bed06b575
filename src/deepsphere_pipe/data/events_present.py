"""Whether there is anything to learn and to validate by: cyclones and rivers in a part."""

from collections.abc import Iterable

import numpy as np

from deepsphere_pipe.channels import CLASSES, EVENTS, UNLABELLED
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError


def absent_events(store: Store, maps: Iterable[int]) -> list[str]:
    """Return the events that no vertex of some maps belongs to; stops reading when all are found.

    Raises
    ------
    UserError
        If no vertex of the maps has a label at all.
    """
    missing, labelled = list(EVENTS), False
    for index in maps:
        found = np.bincount(store.labels(index), minlength=UNLABELLED + 1)
        labelled = labelled or bool(found[: len(CLASSES)].any())
        missing = [name for name in missing if not found[CLASSES.index(name)]]
        if not missing:
            break
    if missing and not labelled:
        raise UserError(
            f"{store.path}: these maps of the {store.title} have no labels, so nothing can be "
            "trained or scored on them; give data with labels."
        )
    return missing


def check_events(store: Store, maps: Iterable[int], part: str) -> None:
    """Refuse a part of which nothing could be learnt, or by which no epoch could be judged.

    Raises
    ------
    UserError
        If one of the events is absent.
    """
    if absent := absent_events(store, maps):
        raise UserError(
            f"{store.path}: no map of the {part} part has a vertex of {' or '.join(absent)}, so "
            "nothing could be learnt of it, or no epoch be told to be the best; put other or more "
            "maps into that part (key 'split')."
        )
