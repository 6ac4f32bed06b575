# What rules ask for: estimates of deepsphere_pipe.estimates, more in every attempt.
#
# They are for trainings and evaluations on a GPU, unless there are none (`--resources gpu=0`, or as
# the profile says).

import psutil

from deepsphere_pipe.estimates.network import A100
from deepsphere_pipe.estimates.steps import THREADS, Estimates
from deepsphere_pipe.runtime.processes import threads_each

GPU_LIMIT = workflow.global_resources.get("gpu")
GPUS_OF_TRAININGS = workflow.resource_settings.overwrite_resources.get("train", {}).get("gpu")
WITHOUT_GPU = 0 in (getattr(limit, "value", limit) for limit in (GPU_LIMIT, GPUS_OF_TRAININGS))
ESTIMATES = Estimates(study, gpu=None if WITHOUT_GPU else A100)


def requested(step, wildcards, input, threads, attempt):
    """Return memory and minutes that a job asks for."""
    cost = ESTIMATES.cost(step, threads, len(input), **dict(wildcards.items()))
    return cost.requested(attempt)


def mem_mb(step):
    """Return the function of a job that gives its memory."""
    return lambda wildcards, input, threads, attempt: requested(
        step, wildcards, input, threads, attempt
    )[0]


def runtime(step):
    """Return the function of a job that gives its minutes.

    A training needs no more of them in a further attempt: it goes on from its checkpoint.
    """
    return lambda wildcards, input, threads, attempt: requested(
        step, wildcards, input, threads, 1 if step == "train" else attempt
    )[1]


def network_threads(step):
    """Return the threads of each training or evaluation.

    Without GPUs, they divide the cores. All of a study count, also those that are done: threads
    change the last bits of a result, which would otherwise depend on what was there before.
    """
    cores, most = workflow.resource_settings.cores, THREADS[step]
    if not (WITHOUT_GPU and cores and study.runs):
        return most
    needed = [ESTIMATES.cost(step, most, run=run.name).requested()[0] for run in study.runs]
    return threads_each(
        len(study.runs), cores, most, max(needed), psutil.virtual_memory().total / 1e6
    )


def small_jobs(name):
    """Return the function of a job that gives its group: only a scheduler is handed groups.

    Locally they gain nothing, and with them a plan of a thousand jobs takes a quarter longer.
    """
    return lambda wildcards: None if workflow.local_exec and not workflow.remote_exec else name
