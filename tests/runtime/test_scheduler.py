"""Jobs of schedulers are known by what these tell them."""

import pytest

from deepsphere_pipe.runtime.scheduler import SCHEDULERS, TASKS, scheduler_job

VARIABLES = {name for names in SCHEDULERS.values() for name in names} | set(TASKS.values())


@pytest.mark.parametrize(
    ("environment", "job"),
    [
        ({}, None),
        ({"SLURM_JOB_ID": "812"}, "Slurm 812"),
        ({"SLURM_JOBID": "812"}, "Slurm 812"),  # while processes are spawned
        (
            {"SLURM_JOB_ID": "815", "SLURM_ARRAY_JOB_ID": "812", "SLURM_ARRAY_TASK_ID": "3"},
            "Slurm 812_3",
        ),
        ({"LSB_JOBID": "7", "LSB_JOBINDEX": "0"}, "LSF 7"),
        ({"LSB_JOBID": "7", "LSB_JOBINDEX": "2"}, "LSF 7_2"),
        ({"PBS_JOBID": "7.host"}, "PBS 7.host"),
        ({"JOB_ID": "7"}, None),
        ({"JOB_ID": "7", "SGE_TASK_ID": "undefined"}, "SGE 7"),
    ],
)
def test_the_job_is_named(monkeypatch, environment, job):
    for name in (*VARIABLES, "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert scheduler_job() == job
