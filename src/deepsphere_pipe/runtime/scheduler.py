"""Which job of a cluster's scheduler this process belongs to."""

import os

SCHEDULERS = {
    "Slurm": ("SLURM_JOB_ID", "SLURM_JOBID"),
    "LSF": ("LSB_JOBID",),
    "PBS": ("PBS_JOBID",),
    "SGE": ("JOB_ID",),
}
"""Where each tells a job its number."""

SLURM_ARRAY = ("SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID")
TASKS = {"LSF": "LSB_JOBINDEX", "SGE": "SGE_TASK_ID"}
"""And where the number within an array; Slurm has other numbers for an array and its jobs."""


def scheduler_job() -> str | None:
    """Return scheduler and job, such as ``Slurm 812`` or ``Slurm 812_3`` of an array, or None."""
    for scheduler, names in SCHEDULERS.items():
        number = next(filter(None, map(os.environ.get, names)), None)
        if number is None or (scheduler == "SGE" and TASKS[scheduler] not in os.environ):
            continue  # JOB_ID alone is a common name
        array = list(filter(None, map(os.environ.get, SLURM_ARRAY)))
        if scheduler == "Slurm" and len(array) == len(SLURM_ARRAY):
            number = "_".join(array)
        task = os.environ.get(TASKS.get(scheduler, ""))
        return f"{scheduler} {number}" + (
            f"_{task}" if task not in (None, "0", "undefined") else ""
        )
    return None
