"""A file on its way: ``<name>.part``, and ``<name>.part.json`` with what the server says of it.

Both stay after a kill, and tell the next call where to go on.
"""

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from deepsphere_pipe.errors import UserError

BLOCK = 2**20
"""Bytes that are written at a time."""

SPARE_BYTES = 2**26
"""What is left free on the disk."""


@dataclass(frozen=True)
class Served:
    """What a server says of a file."""

    url: str
    size: int | None  # bytes of the whole file
    etag: str | None  # headers that change with the file
    modified: str | None

    @property
    def validator(self) -> str | None:
        """What ``If-Range`` takes: a strong ETag or a date."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.modified


class PartialDownload:
    """The partial file, and what is known of it (`served`); one process at a time.

    Raises
    ------
    UserError
        If another process is fetching the same file.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.path = out.with_name(out.name + ".part")
        self._note = out.with_name(out.name + ".part.json")
        self.served: Served | None = None
        self._open()
        try:
            self.served = Served(**json.loads(self._note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.restart(None)  # bytes of unknown origin are of no use

    def _open(self) -> None:
        self._file = self.path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise UserError(
                f"{self.out}: is being fetched by another process; wait for it."
            ) from None

    @property
    def size(self) -> int:
        """Bytes so far."""
        return os.fstat(self._file.fileno()).st_size

    def restart(self, served: Served | None) -> None:
        """Throw away what is there."""
        self._file.truncate(0)
        if served is None:
            self.served = None
            self._note.unlink(missing_ok=True)
        else:
            self.note(served)

    def note(self, served: Served) -> None:
        """Remember what the server says of the file."""
        self.served = served
        temporary = self._note.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(served)), encoding="utf-8")
        temporary.replace(self._note)

    def append(self, block: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(block)
        self._file.flush()

    def check_room(self, expected: int | None) -> None:
        """Raise a UserError unless so many bytes in all (None: unknown) fit on the disk."""
        free = shutil.disk_usage(self.path.parent).free
        missing = (expected or 0) - self.size
        if missing + SPARE_BYTES > free:
            raise UserError(
                f"{self.path.parent}: {missing / 1e9:.3g} GB are still to come, but "
                f"{free / 1e9:.3g} GB are free; make room or choose another folder."
            )

    def reject(self) -> Path:
        """Keep what came under another name."""
        bad = self.out.with_name(self.out.name + ".bad")
        self.path.replace(bad)
        self._note.unlink(missing_ok=True)
        self.served = None
        self._file.close()
        self._open()
        return bad

    def finish(self) -> None:
        """Give the file its name."""
        self.path.replace(self.out)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Let other processes at it; leave nothing behind where nothing came."""
        if self.path.exists() and self.size == 0:
            self.restart(None)
            self.path.unlink()
        self._file.close()
