# What rules ask for: estimates of deepsphere_pipe.estimates, more in every attempt.
#
# They are for trainings and evaluations on a GPU, unless there are none (`--resources gpu=0`).

from deepsphere_pipe.estimates import A100, Estimates

GPU_LIMIT = workflow.global_resources.get("gpu")
WITHOUT_GPU = GPU_LIMIT is not None and GPU_LIMIT.value == 0
ESTIMATES = Estimates(study, gpu=None if WITHOUT_GPU else A100)


def needs(step, wildcards, input, threads, attempt):
    """Return what a job asks for; a wildcard may be the step itself."""
    return ESTIMATES.needs(
        step, attempt, threads=threads, files=len(input), **dict(wildcards.items())
    )


def mem_mb(step):
    """Return the function of a job that gives its memory."""
    return lambda wildcards, input, threads, attempt: needs(
        step, wildcards, input, threads, attempt
    ).mem_mb


def runtime(step):
    """Return the function of a job that gives its minutes.

    A training needs no more of them in a further attempt: it goes on from its checkpoint.
    """
    return lambda wildcards, input, threads, attempt: needs(
        step, wildcards, input, threads, 1 if step == "train" else attempt
    ).runtime
