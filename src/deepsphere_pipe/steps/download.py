"""A file from the first address that has it."""

from collections.abc import Sequence
from pathlib import Path

from deepsphere_pipe.data import download as fetching


def download(
    urls: Sequence[str], out: Path, *, sha256: str | None = None, size: int | None = None
) -> None:
    """Fetch one file; go on where it stopped, see `data.download.download`."""
    fetching.download(urls, out, sha256=sha256, size=size)
    print(f"{out}: is complete.")
