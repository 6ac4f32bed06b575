"""How jobs that are all alike divide the cores of one machine."""

import math


def threads_each(n_jobs: int, n_cores: int, most: int, job_mb: float, machine_mb: float) -> int:
    """Return the threads of each of some jobs, so that all are done soonest.

    Threads share the work of a small network badly: two trainings with one thread each end before
    two that come one after the other with two. So there are as many at once as there are cores, or
    as fit into memory.

    Parameters
    ----------
    n_jobs, n_cores : int
        At least one of each.
    most : int
        Threads that a job can use.
    job_mb, machine_mb : float
        Memory that each job needs, and that there is for all of them.
    """
    for_speed = min(most, n_cores // min(n_jobs, n_cores))
    for_memory = math.ceil(n_cores * job_mb / machine_mb)
    return min(n_cores, max(for_speed, for_memory))
