"""The jobs whose costs are added up are those that the workflow runs."""

from pathlib import Path

import pytest

from deepsphere_pipe.config import read_study
from deepsphere_pipe.estimates.jobs import jobs

ROOT = Path(__file__).parents[2]
LOCAL = ("all", "results", "study_page", "report")


SLOW = (pytest.param(name, marks=pytest.mark.slow) for name in ("leakage", "graphs", "era5"))


@pytest.mark.parametrize("name", ["smoke", "samplings", *SLOW])
def test_jobs_are_those_of_the_workflow(fresh, name):
    study = read_study(ROOT / f"config/{name}.yaml")
    planned = fresh.planned(study=study.model_dump(mode="json", exclude_none=True))
    for local in LOCAL:
        planned.pop(local, None)
    assert sum(planned.values()) == len(list(jobs(study)))
