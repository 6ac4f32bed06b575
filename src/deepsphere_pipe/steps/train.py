"""One network."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from deepsphere_pipe.config import LoadingConfig, RunConfig
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.training import trainer
from deepsphere_pipe.training.devices import devices_of
from deepsphere_pipe.training.survival.distributed import is_first, run_on
from deepsphere_pipe.training.survival.run_lock import run_lock


def train(
    run: RunConfig,
    maps: Path,
    split: Path,
    sphere: Path,
    out: Path,
    *,
    loading: LoadingConfig | None = None,
    device: str = "cpu",
    gpus: Sequence[int] | None = None,
    processes: int = 1,
    resume: str = "strict",
    made_from: MadeFrom | None = None,
) -> None:
    """Train one network; keep the weights with the best validation mean AP.

    A training that was stopped goes on from ``out/checkpoints/checkpoint.pt``.

    Parameters
    ----------
    run
        Network, optimisation and seed.
    maps, split, sphere
        Store of maps, folder of their split, file of the hierarchy.
    out
        Folder that receives the results, see `training.trainer.train`.
    loading
        How maps come from the store; by default with the memory that is available.
    device, gpus, processes
        Where, see `training.devices.devices_of`.
    resume : {"strict", "matching", "never"}
        A checkpoint of something else is an error, or is set aside; or any one is.
    made_from
        Fingerprints: the inputs are compared with theirs, that of the training goes into the model.

    Raises
    ------
    UserError
        If the inputs do not fit together, are of something else, or nothing can be trained.
    training.survival.interruption.Interrupted
        After SIGTERM or SIGINT; the checkpoint is complete.
    """
    devices = devices_of(device, gpus, processes)
    with only_one(out):
        train_on(devices, run, Inputs(maps, split, sphere, loading), out, resume, made_from or {})


def only_one(out: Path) -> AbstractContextManager:
    """Return a lock of the folder for the first of the processes that share a training.

    The others get a lock that does nothing: they belong to the process that holds it.
    """
    return run_lock(out / "checkpoints") if is_first() else nullcontext()


def train_on(
    devices: list[str], run: RunConfig, inputs: Inputs, out: Path, resume: str, made_from: MadeFrom
) -> None:
    """Train in one process for each device.

    Parameters
    ----------
    devices
        One name for each process, such as ``cpu`` or ``cuda:1``.
    inputs
        Maps, split and hierarchy; they are compared with `made_from`.
    run, out, resume, made_from
        As in `train`, whose errors are raised.
    """
    inputs.check(made_from)
    run_on(devices, _in_process, run, inputs, out, resume, made_from.get("training"))
    print(f"The model is {out / 'model.pt'}.")


def _in_process(
    device: torch.device,
    run: RunConfig,
    inputs: Inputs,
    out: Path,
    resume: str,
    made_from: str | None,
) -> None:
    """Train in one of perhaps several processes."""
    hierarchy, temporal = inputs.hierarchy, run.model.temporal != "none"
    training, validation = (
        inputs.loader(part, run.training.batch_size, run.window, temporal, seed)
        for part, seed in (("train", run.seed), ("validation", None))
    )
    trainer.train(
        run, hierarchy, inputs.statistics, training, validation, out=out, device=device,
        resume=resume, made_from=made_from,
    )  # fmt: skip
