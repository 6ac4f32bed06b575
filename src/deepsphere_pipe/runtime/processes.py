"""Processes side by side: pools that end with who made them, and cores for each of many jobs."""

import math
import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor


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
