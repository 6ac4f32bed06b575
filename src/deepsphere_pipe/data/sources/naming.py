"""Names of CAM5 snapshots, ``data-YYYY-MM-DD-HH-R…``, and the time they tell.

HH is the three-hourly slot of the day (00 to 07), R the run of the ensemble. The calendar has no
leap day.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import cftime

from deepsphere_pipe.data.sources.listing import file_version, files_below
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.errors import UserError

SLOTS_PER_DAY = 8
HOURS_PER_SLOT = 24 // SLOTS_PER_DAY
BEGINNING = "data-"
MOST_NAMED = 5
STAMP = re.compile(r"data-(\d{4})-(\d{2})-(\d{2})-(\d{2})-(\d+)")

Parser = Callable[[str], tuple[int, cftime.datetime]]
"""From the path of a file or member to run and time."""


def snapshot_name(time: cftime.datetime, run: int, ending: str = ".h5") -> str:
    """Return the name of the file of a snapshot."""
    return f"data-{time.isoformat()[:10]}-{time.hour // HOURS_PER_SLOT:02d}-{run}{ending}"


def base_name(path: str) -> str:
    """Return what follows the last slash."""
    return path.rpartition("/")[2]


def parse_name(path: str, ending: str = ".h5") -> tuple[int, cftime.DatetimeNoLeap]:
    """Return the run and the time that the name of a snapshot tells.

    Raises
    ------
    UserError
        If the name is of another form or its date does not exist.
    """
    name = base_name(path)
    match = STAMP.match(name)
    if match is None or name[match.end() :] != ending:
        raise UserError(f"{name}: the name is not of the form data-YYYY-MM-DD-HH-R{ending}.")
    year, month, day, slot, run = map(int, match.groups())
    try:
        if slot >= SLOTS_PER_DAY:
            raise ValueError
        return run, cftime.DatetimeNoLeap(year, month, day, slot * HOURS_PER_SLOT)
    except ValueError:
        raise UserError(
            f"{name}: no such date in a calendar without leap days with {SLOTS_PER_DAY} slots "
            f"(00 to {SLOTS_PER_DAY - 1:02d}) a day."
        ) from None


def list_files(folder: Path, ending: str) -> list[tuple[str, str]]:
    """Return the files below a folder whose names begin and end so, pairs (name, version).

    Others of this ending, such as statistics beside the snapshots, are `strangers`.

    Raises
    ------
    UserError
        If there is no such folder, or no such file in it.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; give the folder of the snapshots.")
    files = [path for path in files_below(folder, ending) if _is_snapshot(path)]
    if not files:
        raise UserError(f"{folder}: no files {BEGINNING}*{ending} in this folder.")
    return [(path.relative_to(folder).as_posix(), file_version(path)) for path in files]


def strangers(folder: Path, ending: str) -> tuple[str, ...]:
    """Return a note on the files of this ending that are not read: no snapshots, or links to none.

    Empty if there are none.
    """
    files = sorted(path for path in files_below(folder, ending) if not _is_snapshot(path))
    if not files:
        return ()
    names = ", ".join(path.relative_to(folder).as_posix() for path in files[:MOST_NAMED])
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    return (f"Left out, as names begin with {BEGINNING} and lead to files: {names}{more}",)


def _is_snapshot(path: Path) -> bool:
    return path.name.startswith(BEGINNING) and path.exists()


def collect(
    named: Iterable[tuple[str, str]], parse: Parser, labelling: Callable[[str], str] = lambda _: ""
) -> tuple[list[Snapshot], dict[str, str]]:
    """Sort names into snapshots and those that are rejected.

    Parameters
    ----------
    named
        Paths of files or members, with slashes, pairs (name, version).
    parse, labelling
        Tell from such a path run and time, and which of several labellings of one map it holds.

    Returns
    -------
    snapshots : list of Snapshot
    rejected : dict
        Names that cannot be, and duplicates, also two names for one time of a run: the first in
        the order of their paths stays.
    """
    snapshots: dict[str, Snapshot] = {}
    same: dict[tuple[int, cftime.datetime, str], str] = {}
    rejected: dict[str, str] = {}
    for name, version in sorted(named):
        base = base_name(name)
        try:
            run, time = parse(name)
        except UserError as error:
            rejected[name] = str(error).removeprefix(f"{base}: ")
            continue
        if base in snapshots:
            rejected[_free(name, rejected)] = (
                f"is there twice; the other is {snapshots[base].name}."
            )
        elif (run, time, labelling(name)) in same:
            other = same[run, time, labelling(name)]
            rejected[name] = f"is of {time.isoformat()} in run {run}, as is {other}."
        else:
            snapshots[base] = Snapshot(run, time, name, version)
            same[run, time, labelling(name)] = name
    return sorted(snapshots.values()), rejected


def _free(name: str, taken: dict[str, str]) -> str:
    """Return a key for a name, of which a zip archive may hold many."""
    return name if name not in taken else _free(f"{name} (again)", taken)
