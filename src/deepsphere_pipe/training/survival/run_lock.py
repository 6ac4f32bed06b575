"""One training at a time in a folder, whoever started it: a lock that ends with its process.

A workflow that was killed leaves its jobs running on a cluster. Started again, it submits the same
training once more, which must neither write to the same checkpoint nor train all over again.
"""

import errno
import fcntl
import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.scheduler import scheduler_job

POLL_S = 1.0


@contextmanager
def run_lock(folder: Path, what: str = "trains this") -> Iterator[None]:
    """Hold the lock of a folder; wait, and say for whom, while another process has it.

    It is a POSIX lock, which NFS and Lustre pass on to other nodes. Where the file system has no
    locks there is none, and that is said.

    Parameters
    ----------
    folder : Path
        Receives ``lock``, which stays, unless a mistake was all that came of it.
    what : str
        What one who holds it does.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    with _taken(folder / "lock", what) as file:
        file.truncate(0)
        json.dump({"node": platform.node(), "pid": os.getpid(), "job": scheduler_job()}, file)
        file.flush()
        try:
            yield
        except UserError:
            if made and [p.name for p in folder.iterdir()] == ["lock"]:  # nothing came of it
                (folder / "lock").unlink()
                with suppress(OSError):  # not empty
                    for path in made:
                        path.rmdir()
            raise


def _taken(path: Path, what: str) -> TextIO:
    """Return the lock file when this process has its lock; wait for that."""
    told = False
    while True:
        file = path.open("a+", encoding="utf-8")
        while not _locked(file):
            if not told:
                print(f"Wait for {_holder(file)}, which {what} already.", flush=True)
                told = True
            time.sleep(POLL_S)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()  # removed meanwhile: that of the new file counts
        path.parent.mkdir(parents=True, exist_ok=True)


def _locked(file) -> bool:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except PermissionError:  # what POSIX allows instead
        return False
    except OSError as error:
        if error.errno == errno.ENOLCK:  # of a server that has too much to do
            return False
        print(
            f"{file.name}: no locks here ({error.strerror}); start one training only.", flush=True
        )
    return True


def _holder(file) -> str:
    file.seek(0)
    try:
        holder = json.loads(file.read())
    except ValueError:
        return "another process"
    job = f", job {holder['job']}" if holder["job"] else ""
    return f"process {holder['pid']} on {holder['node']}{job}"
