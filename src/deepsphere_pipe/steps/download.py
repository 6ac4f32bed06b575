"""A file from the first address that has it."""

from collections.abc import Sequence
from pathlib import Path

from deepsphere_pipe.data import download as fetching


def download(
    urls: Sequence[str], out: Path, *, sha256: str | None = None, size: int | None = None
) -> None:
    """Fetch one file from the first address that has it; go on where it stopped.

    Parameters
    ----------
    urls
        HTTP(S) addresses, paths of files on this machine, or ``pypi:NAME==VERSION``, tried in
        order.
    out
        The file. It gets this name only when it is whole and verified.
    sha256
        What it must hash to, in hexadecimal.
    size
        How many bytes it must have.

    Raises
    ------
    UserError
        If no address gives the file, the disk is too small, or `out` has other content.
    """
    fetching.download(urls, out, sha256=sha256, size=size)
    print(f"{out}: is complete.")
