"""One training, or prediction, at a time in a folder: a lock that ends with its process.

A workflow that was killed leaves its jobs running on a cluster. Started again, it submits the same
training once more, which must neither write to the same checkpoint nor train all over again.
"""

import errno
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.scheduler import scheduler_job

POLL_S = 1.0


@contextmanager
def run_lock(folder: Path, what: str = "trains this") -> Iterator[None]:
    """Hold the lock of a folder; wait, and say for whom, while another process has it.

    NFS and Lustre pass the lock on to other nodes. Where the file system has no locks there is
    none, and that is said.

    Parameters
    ----------
    folder
        Receives ``lock``, which stays, unless a mistake was all that came of it.
    what
        What one who holds it does.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    path = folder / "lock"
    with _locked(path, what):
        holder = {"node": platform.node(), "pid": os.getpid(), "job": scheduler_job()}
        path.write_text(json.dumps(holder), encoding="utf-8")
        try:
            yield
        except UserError:
            if [p.name for p in folder.iterdir()] == ["lock"]:  # nothing came of it
                path.unlink()
                with suppress(OSError):  # not empty
                    for each in made or [folder]:
                        each.rmdir()
            raise


@contextmanager
def _locked(path: Path, what: str) -> Iterator[None]:
    # Its other kind of lock, a file that is there or not, would outlive a process that is killed.
    lock = FileLock(path, fallback_to_soft=False)
    announced = False
    while not _acquired(lock, path):
        if not announced:
            print(f"Wait for {_holder(path)}, which {what} already.", flush=True)
            announced = True
        time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock, path: Path) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)  # it may be removed while one waits
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    except OSError as error:
        if error.errno == errno.ENOLCK:  # of a server that has too much to do
            return False
        print(f"{path}: no locks here ({error.strerror}); start one process only.", flush=True)
    return True


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "another process"
    job = f", job {holder['job']}" if holder["job"] else ""
    return f"process {holder['pid']} on {holder['node']}{job}"
