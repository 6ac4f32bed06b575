"""Lists of snapshots, one name on a line, as people make them by hand or with other programs."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from deepsphere_pipe.data.sources.naming import STAMP, base_name
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.text_files import read_text

SEPARATORS = re.compile(r"[;,\t]")
NAMES_SHOWN = 5


class NameList(NamedTuple):
    """A list: its file, its names, and for each of these the maps that have it, if any has."""

    path: str
    names: list[str]
    maps: list[list[int]]


def read_lists(paths: Mapping[str, str], files: Sequence[str]) -> dict[str, NameList]:
    """Return the lists of a split by part; parameters are their paths, and the names of the maps.

    Raises
    ------
    UserError
        If one cannot be read, or a line holds something besides names.
    """
    index: dict[str, list[int]] = {}
    for i, name in enumerate(files if paths else ()):
        index.setdefault(snapshot_key(name), []).append(i)
    lists = {}
    for part, path in paths.items():
        names = read_names(path, index)
        lists[part] = NameList(path, names, [index.get(snapshot_key(name), []) for name in names])
    return lists


def check_names(lists: dict[str, NameList], skip: bool) -> dict[str, dict[str, object]]:
    """Look for names in the lists of a split that no map has.

    Parameters
    ----------
    lists
        What `read_lists` returned.
    skip
        Whether such names are left out.

    Returns
    -------
    dict
        For each list with such names: ``count``, the ``first`` of them, and a ``sentence``.

    Raises
    ------
    UserError
        If there are any and they are not to be left out.
    """
    unknown = {}
    for path, names, maps in lists.values():
        if absent := [name for name, found in zip(names, maps, strict=True) if not found]:
            first = absent[:NAMES_SHOWN]
            more = ", …" if len(absent) > NAMES_SHOWN else ""
            sentence = (
                f"{len(absent)} of its {len(names)} names are not in the data: "
                f"{', '.join(first)}{more}"
            )
            unknown[path] = {"count": len(absent), "first": first, "sentence": sentence}
    if unknown and not skip:
        path, found = next(iter(unknown.items()))
        raise UserError(
            f"{path}: {found['sentence']}; mend the list or the data, or set "
            "'data.on_error: skip' to go on without."
        )
    return unknown


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
