"""One network of a study by itself, on data of its own."""

from collections.abc import Sequence
from pathlib import Path

from deepsphere_pipe.config import RunConfig, Study
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.own_data import make_data
from deepsphere_pipe.steps.train import only_one, train_on
from deepsphere_pipe.training.devices import devices_of
from deepsphere_pipe.training.survival.run_lock import run_lock


def train_alone(
    study: Study,
    run: RunConfig,
    out: Path,
    *,
    device: str = "cpu",
    gpus: Sequence[int] | None = None,
    processes: int = 1,
    resume: str = "strict",
) -> None:
    """Train one run of a study on maps, split and hierarchy made in ``out/data``.

    Parameters
    ----------
    study
        Which data to make, and how.
    run
        One of the runs of the study: network, optimisation and seed.
    out
        Folder that receives the data and the results, see `train`.
    device, gpus, processes, resume
        As in `train`.

    Raises
    ------
    UserError
        If the data cannot be made, or nothing can be trained.
    training.survival.interruption.Interrupted
        After SIGTERM or SIGINT; the checkpoint is complete.
    """
    devices = devices_of(device, gpus, processes)
    with only_one(out):
        # All processes that were started together come here; one of them makes the data.
        with run_lock(out / "data", "makes this data"):
            maps, split, sphere = make_data(study, run, out / "data")
        inputs = Inputs(maps, split, sphere, study.data.loading)
        train_on(devices, run, inputs, out, resume, {})
