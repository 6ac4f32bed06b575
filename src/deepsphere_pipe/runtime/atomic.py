"""Atomic file writing: a reader sees the whole new file, the old one, or none."""

import glob
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Write a file under a temporary name in the same folder, then rename it.

    Missing folders are made. If the body of the ``with`` statement raises, what was at `path` stays
    as it was. The rename is atomic on POSIX file systems because both names lie in one folder.

    Yields
    ------
    pathlib.Path
        The temporary name to write to. It has the same suffix as `path`, for writers that choose
        the format by suffix, and does not exist yet.

    Raises
    ------
    FileNotFoundError
        If the body wrote nothing to the temporary name.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_remains(path)
    # A name of our own, so that two processes writing the same file never share it; the file
    # itself is left to the writer, which thereby gets the permissions of the user's umask.
    token = f"{secrets.token_hex(4)}-{os.getpid()}-{socket.gethostname()}"
    temporary = path.with_name(f".{path.stem}.{token}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _remove_remains(path: Path) -> None:
    """Remove what writers of this file left behind that were killed on this machine."""
    for remains in path.parent.glob(f".{glob.escape(path.stem)}.*.tmp{path.suffix}"):
        token = remains.name[len(path.stem) + 2 : -len(f".tmp{path.suffix}")]
        _, pid, host = token.split("-", 2)
        if host == socket.gethostname() and not psutil.pid_exists(int(pid)):
            remains.unlink(missing_ok=True)
