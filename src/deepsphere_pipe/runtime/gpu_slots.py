"""GPUs of a machine, shared out among its jobs: each has its own until it ends.

Every GPU has two locks. Its `slot` belongs to the job that runs on it, through a descriptor that
the started command inherits, so that the kernel frees it however that ends. Its `turn` is held
while somebody tries to take the slot, and by a job that wants several GPUs until it has them: those
that want one cannot starve it. Turns are taken in one order, so that no two wait for each other.

Containers that do not share ``/dev/shm`` know nothing of each other's jobs.
"""

import fcntl
import os
import re
import signal
import stat
import sys
import tempfile
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.gpus import visible_gpus
from deepsphere_pipe.runtime.scheduler import scheduler_job

POLL_SECONDS = 0.25
NESTED = "DEEPSPHERE_SLOTS"
"""Set for the started command: what it starts in turn shares its GPUs out among itself."""


def run_with_gpus(wanted: int, command: list[str]) -> NoReturn:
    """Become the command, with so many GPUs to itself; wait until they are free.

    Without GPUs the command is started as it is, and in a job of a scheduler that has no more GPUs
    than are wanted, too. If more are wanted than there are, it gets all of them.

    With none wanted the command, a program and its arguments, sees no GPU.

    Raises
    ------
    UserError
        If `wanted` is negative, or the command cannot be started.
    """
    if wanted < 0:
        raise UserError(f"--gpus is {wanted}; it must be at least 0.")
    environment = dict(os.environ)
    gpus = visible_gpus()
    job = _job()
    if gpus and wanted > len(gpus):
        print(f"There are {len(gpus)} GPUs where {wanted} are wanted: all are taken.",
              file=sys.stderr)  # fmt: skip
        wanted = len(gpus)
    if wanted == 0:
        environment["CUDA_VISIBLE_DEVICES"] = ""
    elif gpus and (wanted < len(gpus) or not job):
        # Within a job, numbers may be the job's own; UUIDs mean the same to all of the machine.
        own = os.environ.get(NESTED) or (job if any(gpu.isdecimal() for gpu in gpus) else "")
        taken = take(gpus, wanted, f"{_folder()}/deepsphere-gpu{own and f'-{own}'}-")
        environment["CUDA_VISIBLE_DEVICES"] = ",".join(taken)
        # Numbers are meant in the order of nvidia-smi, which is not CUDA's own.
        environment.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
        environment[NESTED] = uuid.uuid4().hex
    _become(command, environment)


def take(gpus: list[str], wanted: int, prefix: str) -> list[str]:
    """Wait for some of the GPUs, and hold them until this process and what it becomes ends.

    There are not fewer GPUs, by their names, than are wanted. The paths of their lock files begin
    with the prefix, the same for all that share them.
    """
    paths = {gpu: prefix + re.sub(r"[^\w-]", "_", gpu) for gpu in gpus}
    taken: dict[str, int] = {}
    say_waiting = _Once(f"Waiting for {wanted} of the GPUs {', '.join(gpus)}.")
    with ExitStack() as turns:
        if wanted > 1:
            for path in sorted(paths.values()):
                turns.callback(os.close, _take_turn(path, say_waiting))
        while True:
            for gpu in gpus:
                if len(taken) < wanted and gpu not in taken:
                    slot = _try_slot(paths[gpu], has_turn=wanted > 1)
                    if slot is not None:
                        taken[gpu] = slot
            if len(taken) == wanted:
                break
            say_waiting()
            time.sleep(POLL_SECONDS)
    for slot in taken.values():
        os.set_inheritable(slot, True)
    return [gpu for gpu in gpus if gpu in taken]


class _Once:
    """A sentence that is said when it is called for the first time."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __call__(self) -> None:
        if self._sentence:
            print(self._sentence, file=sys.stderr, flush=True)
        self._sentence = ""


def _take_turn(path: str, say_waiting: _Once) -> int:
    turn = _lock(f"{path}.turn")
    if turn is None:
        say_waiting()
        turn = _lock(f"{path}.turn", wait=True)
    assert turn is not None  # it has waited
    return turn


def _try_slot(path: str, has_turn: bool) -> int | None:
    if has_turn:
        return _lock(f"{path}.slot")
    turn = _lock(f"{path}.turn")
    if turn is None:
        return None
    try:
        return _lock(f"{path}.slot")
    finally:
        os.close(turn)


def _lock(path: str, wait: bool = False) -> int | None:
    """Return a descriptor that holds the lock, or None if somebody else does."""
    while True:
        descriptor = _open(path)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            found, there = os.fstat(descriptor), Path(path).lstat()
            if (found.st_dev, found.st_ino) == (there.st_dev, there.st_ino):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except FileNotFoundError:
            pass  # somebody has cleared the folder: the lock of the new file counts
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _open(path: str, attempts: int = 20) -> int:
    """Open a lock file, and make it for everybody if it is not there."""
    # Linux refuses O_CREAT for another user's file in a folder like /tmp (fs.protected_regular).
    how = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    for attempt in range(attempts):
        try:
            return os.open(path, how)
        except FileNotFoundError:
            try:
                descriptor = os.open(path, how | os.O_CREAT | os.O_EXCL, 0o666)
            except FileExistsError:
                continue
            os.fchmod(descriptor, 0o666)  # whatever the umask
            return descriptor
        except PermissionError:
            if attempt == attempts - 1:
                raise
            time.sleep(0.05)  # its maker is about to open it to all
    raise UserError(f"{path}: comes and goes; remove it, or set CUDA_VISIBLE_DEVICES by hand.")


def _folder() -> Path:
    """Return a folder that all users of the machine share, in memory if there is one."""
    # /run/lock comes first: systemd empties /dev/shm of the files of a user who logs out, and
    # that might be who made a lock that another user's job holds.
    for path in (Path("/run/lock"), Path("/dev/shm")):
        if path.is_mount() and path.stat().st_mode & stat.S_IWOTH:
            return path
    return Path(tempfile.gettempdir())


def _job() -> str:
    """Return what tells this job from others of the machine; '' outside of a scheduler's."""
    return re.sub(r"[^\w-]", "_", os.environ.get(NESTED) or scheduler_job() or "")


def _become(command: list[str], environment: dict[str, str]) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores it, and a command would inherit that.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise UserError(
            f"{command[0]}: cannot be started ({error.strerror}); give a program and its arguments "
            "after '--'."
        ) from None
