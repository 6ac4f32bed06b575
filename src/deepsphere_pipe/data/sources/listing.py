"""Files of a source, and what tells that they have changed.

Every plan of the workflow looks here, so nothing heavy is imported.
"""

import glob
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from deepsphere_pipe.errors import UserError


def files_below(
    folder: Path, ending: str | tuple[str, ...] = "", hidden: bool = False
) -> Iterator[Path]:
    """Yield the files below a folder whose names end so, in no order; hidden ones if they count.

    Hidden folders are left out, such as a file system's ``.snapshot`` with copies of yesterday.
    Links to folders are followed, but no folder is entered twice.

    Raises
    ------
    UserError
        If a folder cannot be read: what lies in it would be missing in silence.
    """
    entered = set()
    for here, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        status = Path(here).stat()
        if (status.st_dev, status.st_ino) in entered:
            folders.clear()
            continue
        entered.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if name.endswith(ending) and (hidden or not name.startswith(".")):
                yield Path(here, name)


def matching(wanted: str | Path) -> list[Path]:
    """Return a path if it is there, or those that a pattern fits; none for an address."""
    path = Path(wanted)
    return [path] if path.exists() else sorted(map(Path, glob.glob(str(wanted))))  # noqa: PTH207


def _refuse(error: OSError) -> None:
    raise UserError(f"{error.filename}: cannot be read ({error.strerror}).")


def file_version(path: Path) -> str:
    """Return what changes when a file is replaced, also by an older one."""
    try:
        status = path.stat()
    except OSError:  # a link to nowhere, or to itself
        return "absent"
    return f"{status.st_size}-{status.st_mtime_ns}"


def input_version(path: Path, ending: str = "", hidden: bool = False) -> str | None:
    """Return what changes when a file, or any file below a folder, comes, goes or is replaced.

    Without such a path it is None. What files of a folder count is said as for `files_below`.
    """
    if not path.exists():
        return None
    if not path.is_dir():
        return file_version(path)
    digest = hashlib.sha256()
    for file in sorted(files_below(path, ending, hidden)):
        digest.update(f"{file.relative_to(path)} {file_version(file)}\n".encode(errors="replace"))
    return digest.hexdigest()[:16]
