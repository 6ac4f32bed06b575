"""One training in several processes: one for each GPU, or several on the CPU.

Started by ``torchrun``, or by ``srun`` as several tasks, a process joins the others; otherwise they
are started here.
"""

import ctypes
import json
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import torch
from torch.multiprocessing import ProcessExitedException, ProcessRaisedException
from tqdm import tqdm

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.devices import choose_device
from deepsphere_pipe.training.survival.interruption import Interrupted, handle_signals

PR_SET_PDEATHSIG = 1
"""Of Linux's prctl."""


def run_on(devices: list[str], function: Callable[..., None], *arguments: object) -> None:
    """Call ``function(device, *arguments)`` once on each device, in processes that work together.

    Parameters
    ----------
    devices
        Such as ``["cpu"]``, ``["cpu", "cpu"]`` or ``["cuda:0", "cuda:1"]``. With a single one
        everything happens in this process. Under torchrun and srun they are those of one machine,
        all of its GPUs where one GPU is named.
    function
        At the top of a module, so that it can be sent to another process, like `arguments`.

    Raises
    ------
    UserError, Interrupted
        What `function` raised.
    RuntimeError
        If a process raised anything else or died.
    """
    on_gpus = devices[0].startswith("cuda")
    backend = "nccl" if on_gpus else "gloo"
    local_rank = given_local_rank()
    if local_rank is not None:
        import ignite.distributed as idist  # as long as torch itself, and few need it

        if len(devices) == 1 and on_gpus:
            devices = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        device = choose_device(devices[local_rank % len(devices)])
        if on_gpus:
            torch.cuda.set_device(device)
        print("Waiting for the processes that were started with this one.", flush=True)
        with _gpus_hidden_from([device.type]):
            idist.initialize(backend)
        try:
            function(device, *arguments)
        finally:
            idist.finalize()
    elif len(devices) == 1:
        function(choose_device(devices[0]), *arguments)
    else:
        for name in dict.fromkeys(devices):
            choose_device(name)  # a wrong one is refused before anything is started
        _spawn(backend, devices, function, arguments)


def given_local_rank() -> int | None:
    """Return the rank on this machine of a process that torchrun or srun started with others."""
    if "TORCHELASTIC_RUN_ID" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if int(os.environ.get("SLURM_STEP_NUM_TASKS", 1)) > 1:
        return int(os.environ["SLURM_LOCALID"])
    return None


def is_first() -> bool:
    """Return whether this is the first, or the only, of the processes started together."""
    if given_local_rank() is None:
        return True
    return int(os.environ.get("RANK", os.environ.get("SLURM_PROCID", 0))) == 0


def _spawn(backend: str, devices: list[str], function: Callable, arguments: tuple) -> None:
    import ignite.distributed as idist

    # What it warns of, processes that are ended because another one failed, is said below.
    logging.getLogger("torch.multiprocessing.spawn").setLevel(logging.ERROR)
    # Ignite would take a job's only task for one of many; SLURM_JOBID still names the job.
    with (
        _environment(SLURM_JOB_ID=None),
        _gpus_hidden_from(devices),
        tempfile.TemporaryDirectory() as folder,
        handle_signals(_pass_on),
    ):
        try:
            idist.spawn(
                backend,
                _in_process,
                args=(devices, function, arguments, folder),
                nproc_per_node=len(devices),
                # By a file: a port that is chosen here may be taken before they listen.
                init_method=f"file://{folder}/rendezvous",
            )
        except (ProcessExitedException, ProcessRaisedException) as error:
            messages = sorted(Path(folder).glob("*.json"))
            if not messages:
                raise RuntimeError(str(error)) from None
            content = json.loads(messages[0].read_text(encoding="utf-8"))
            if content["signal"]:
                raise Interrupted(content["signal"], content["message"]) from None
            raise UserError(content["message"]) from None


def _gpus_hidden_from(devices: list[str]) -> AbstractContextManager[None]:
    """Hide all GPUs from processes on the CPU: Ignite gives each one, and there may be fewer."""
    on_cpu = all(device == "cpu" for device in devices)
    return _environment(CUDA_VISIBLE_DEVICES="") if on_cpu else nullcontext()


@contextmanager
def _environment(**changes: str | None) -> Iterator[None]:
    """While entered, variables have other values, or none."""
    before = {name: os.environ.pop(name, None) for name in changes}
    os.environ.update({name: value for name, value in changes.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _in_process(
    local_rank: int, devices: list[str], function: Callable, arguments: tuple, folder: str
) -> None:
    """Run in one process, and leave a file that tells what the user has to know."""
    if sys.platform == "linux":
        # Dies with its parent, which holds the lock of the folder and the GPUs.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    tqdm.set_lock(threading.RLock())  # its own lock would outlive a process that ends at once
    device = choose_device(devices[local_rank])
    if device.type == "cuda":
        torch.cuda.set_device(device)
    # What it has now are the threads of the whole job: OMP_NUM_THREADS, or as many as cores.
    torch.set_num_threads(max(torch.get_num_threads() // len(devices), 1))
    signal_number, message = 0, None
    try:
        function(device, *arguments)
    except Interrupted as error:
        signal_number, message = error.number, str(error)
    except UserError as error:
        message = str(error)
    if message is not None:
        path = Path(folder) / f"{local_rank}.json"
        path.with_suffix(".part").write_text(
            json.dumps({"signal": signal_number, "message": message}), encoding="utf-8"
        )
        path.with_suffix(".part").replace(path)
        os._exit(2)  # at once: the others may wait for this process


def _pass_on(number: int, _: object) -> None:
    """Leave it to the processes to save and stop; this one only waits for them."""
    for child in multiprocessing.active_children():
        if child.pid is not None:
            os.kill(child.pid, number)
