"""Windows of maps one after the other, read ahead while networks compute."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import NamedTuple

import numpy as np

from deepsphere_pipe.data.recipe import Recipe
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.processes import AHEAD, worker_pool

FEW = 16
"""Maps that are read sooner than a process has started."""


class Fields(NamedTuple):
    """A map: fields (channel, vertex) float32, and where they were missing (vertex,) bool."""

    values: np.ndarray
    absent: np.ndarray


def windows_of_fields(
    recipe: Recipe, inputs: np.ndarray, snapshots: Sequence[Snapshot], workers: int
) -> Iterator[list[Fields]]:
    """Yield the maps of each window; each is read once, and no more are held than are needed.

    Parameters
    ----------
    recipe
        How a snapshot becomes fields on the vertices.
    inputs
        Which snapshots each window holds, (window, step) int64.
    snapshots
        All of them.
    workers
        Processes that read; with one or none it is done here if there are few maps.

    Raises
    ------
    UserError
        If a snapshot is damaged or is not what it should be.
    """
    order = [*dict.fromkeys(inputs.ravel().tolist())]
    last_use = {index: number for number, row in enumerate(inputs) for index in row.tolist()}
    held: dict[int, Fields] = {}
    maps = _maps(recipe, [snapshots[index] for index in order], workers)
    waiting = iter(order)
    for number, row in enumerate(inputs.tolist()):
        while not held.keys() >= set(row):
            held[next(waiting)] = next(maps)
        yield [held[index] for index in row]
        held = {index: fields for index, fields in held.items() if last_use[index] > number}


def _maps(recipe: Recipe, snapshots: Sequence[Snapshot], workers: int) -> Iterator[Fields]:
    if workers < 1 or len(snapshots) < FEW:
        yield from (Fields(*recipe.fields_of(snapshot)) for snapshot in snapshots)
        return
    with worker_pool(workers, _start, (recipe,)) as pool:
        running: deque[Future] = deque()
        try:
            for snapshot in snapshots:
                running.append(pool.submit(_read, snapshot))
                if len(running) > AHEAD * workers:
                    yield _result(running.popleft())
            while running:
                yield _result(running.popleft())
        finally:
            pool.shutdown(cancel_futures=True)


def _result(future: Future) -> Fields:
    try:
        found = future.result()
    except BrokenProcessPool:
        raise UserError("A file made its reader crash; `check` tells which.") from None
    if isinstance(found, str):
        raise UserError(found)
    return Fields(*found)


_recipe: Recipe


def _start(recipe: Recipe) -> None:
    global _recipe
    _recipe = recipe


def _read(snapshot: Snapshot) -> tuple[np.ndarray, np.ndarray] | str:
    """Return a map, or what is wrong with it."""
    try:
        return _recipe.fields_of(snapshot)
    except UserError as error:
        return str(error)
