"""Atomic file writing: a reader sees the whole new file, the old one, or none."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Write a file under a temporary name in the same folder, then rename it.

    Parameters
    ----------
    path : path-like
        The file to write. Missing parent folders are made.

    Yields
    ------
    pathlib.Path
        The temporary name to write to. It has the same suffix as `path`, for writers that choose
        the format by suffix, and does not exist yet.

    Raises
    ------
    FileNotFoundError
        If the body of the ``with`` statement wrote nothing to the temporary name.

    Notes
    -----
    If the body raises, the temporary file is removed and whatever was at `path` stays as it was.
    The rename is atomic on POSIX file systems because both names lie in one folder.

    Examples
    --------
    >>> with atomic_write("table.csv") as temporary:
    ...     _ = temporary.write_text("a,b\\n1,2\\n")
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A random name of our own, so that two processes writing the same file never share it; the
    # file itself is left to the writer, which thereby gets the permissions of the user's umask.
    token = secrets.token_hex(4)
    temporary = path.with_name(f".{path.stem}.{token}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
