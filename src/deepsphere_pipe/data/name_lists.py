"""Lists of snapshots, one name on a line, as people make them by hand or with other programs."""

import re
from collections.abc import Collection
from pathlib import Path

from deepsphere_pipe.data.sources.naming import STAMP, base_name
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text

SEPARATORS = re.compile(r"[;,\t]")


def snapshot_key(name: str) -> str:
    """Return what the names of one snapshot have in common, whatever its folder and format."""
    base = _base(name)
    match = STAMP.match(base)
    return match[0] if match else base


def read_names(path: str | Path, known: Collection[str]) -> list[str]:
    """Return the names in a list, as they stand there.

    Empty lines and those that begin with ``#`` are left out, and so are quotes, separators at the
    end of a line, and a first line that can be no name (a heading).

    Parameters
    ----------
    path
    known
        Keys (of `snapshot_key`) of the snapshots that there are: tells names from headings and
        other columns.

    Raises
    ------
    UserError
        If the file cannot be read, or a line holds something besides names.
    """
    numbered = enumerate(map(str.strip, read_text(path).splitlines()), start=1)
    lines = [(i, line) for i, line in numbered if line and not line.startswith("#")]
    names: list[str] = []
    for number, line in lines:
        found = _names_of(line, known)
        if found is None:
            raise UserError(
                f"{path}: line {number} ('{line[:60]}') holds something besides a name; write one "
                "name on a line, without other columns."
            )
        heading = (number, line) == lines[0] and not any(c.isdigit() for c in line)
        if heading and not any(snapshot_key(name) in known for name in found):
            continue
        names += found
    return names


def _names_of(line: str, known: Collection[str]) -> list[str] | None:
    """Return the names on a line, None if there are other things."""
    whole = line.strip("\"' ")
    if _is_one_name(whole) or (whole in known and not STAMP.search(whole)):
        return [whole]
    cells = [cell.strip().strip("\"'").strip() for cell in SEPARATORS.split(line)]
    if any(len(STAMP.findall(cell)) > 1 for cell in cells):  # as `echo *.h5` writes
        cells = line.split()
    cells = [cell for cell in cells if cell]
    stamped = any(STAMP.search(cell) for cell in cells)
    if len(cells) > 1 or stamped:
        # Only a heading may have columns.
        is_name = [_is_one_name(cell) or cell in known for cell in cells]
        return cells if all(is_name) or not any(c.isdigit() for c in line) else None
    return cells


def _is_one_name(text: str) -> bool:
    """Return whether a text is one stamp, perhaps with folders before and an ending behind it."""
    match = STAMP.match(_base(text))
    if match is None or len(STAMP.findall(text)) != 1:
        return False
    return re.fullmatch(r"[\w.-]*", _base(text)[match.end() :]) is not None


def _base(name: str) -> str:
    return base_name(name.replace("\\", "/"))
