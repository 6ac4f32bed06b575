"""Processes side by side: pools that end with who made them, and cores for each of many jobs."""

import math
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

AHEAD = 4
"""Items under way per process: bounds memory, and keeps the processes busy."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def done_by(
    workers: int,
    work: Callable[[Item], Result],
    items: Sequence[Item],
    prepare: Callable[..., None],
    arguments: tuple,
) -> Iterator[tuple[Item, Result | None]]:
    """Yield every item with what `work` makes of it, as it is done; None where its process dies.

    Parameters
    ----------
    workers
        Processes; with one, or few items, all is done in this one, whose death is the caller's.
    work, items
        What is done, and to what.
    prepare, arguments
        What is called once in each process before.
    """
    if workers <= 1 or len(items) < 2 * workers:
        prepare(*arguments)
        for item in items:
            yield item, work(item)
        return
    waiting = list(reversed(items))
    while waiting:
        running: dict[Future, Item] = {}
        try:
            with worker_pool(workers, prepare, arguments) as pool:
                try:
                    while waiting or running:
                        while waiting and len(running) < AHEAD * workers:
                            item = waiting.pop()
                            running[pool.submit(work, item)] = item
                        for future in wait(running, return_when=FIRST_COMPLETED).done:
                            result = future.result()
                            yield running.pop(future), result
                finally:
                    pool.shutdown(cancel_futures=True)
        except BrokenProcessPool:
            # What ended a process, such as a file that crashes its reader: alone, each shows it.
            for item in running.values():
                yield item, _done_alone(work, item, prepare, arguments)


def _done_alone(
    work: Callable[[Item], Result], item: Item, prepare: Callable[..., None], arguments: tuple
) -> Result | None:
    try:
        with worker_pool(1, prepare, arguments) as pool:
            return pool.submit(work, item).result()
    except BrokenProcessPool:
        return None


def worker_pool(
    workers: int, prepare: Callable[..., None] | None = None, arguments: tuple = ()
) -> ProcessPoolExecutor:
    """Return a pool of fresh processes, in each of which `prepare` is called with `arguments`."""
    # Spawned, not forked: a fork of a process with threads and open HDF5 files may hang.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _initialise, (os.getpid(), prepare, arguments))


def _initialise(parent: int, prepare: Callable[..., None] | None, arguments: tuple) -> None:
    threading.Thread(target=_watch_parent, args=(parent,), daemon=True).start()
    if prepare is not None:
        prepare(*arguments)


def _watch_parent(parent: int) -> None:
    # A parent that was killed can tell nobody; its children are handed to another one.
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def threads_each(n_jobs: int, n_cores: int, most: int, job_mb: float, machine_mb: float) -> int:
    """Return the threads of each of like jobs, such that all are done soonest.

    Two trainings with one thread each end before two in turn with two. So there are as many at once
    as there are cores (of which each can use `most`), or as have `job_mb` of `machine_mb`.
    """
    for_speed = min(most, n_cores // min(n_jobs, n_cores))
    return min(n_cores, max(for_speed, math.ceil(n_cores * job_mb / machine_mb)))
