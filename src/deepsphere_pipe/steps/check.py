"""All that is wrong with data, in one table, before anyone trains on it."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import cftime
import pandas as pd

from deepsphere_pipe.config import DataConfig
from deepsphere_pipe.config.inputs import is_address
from deepsphere_pipe.data.checking import Finding, doubled, findings, gaps
from deepsphere_pipe.data.fields.faults import ADVICE, Fault
from deepsphere_pipe.data.sources import SOURCES, missing_input
from deepsphere_pipe.data.sources.guessing import guess_source
from deepsphere_pipe.data.sources.listing import matching
from deepsphere_pipe.data.sources.several import Chosen, common_folder, is_whole, open_together
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.errors import Unreachable, UserError
from deepsphere_pipe.steps.prepare import prove_order_of

COLUMNS = ("file", "time", "channel", "kind", "what", "what_to_do")
MOST_LISTED = 40
"""Problems that are told one by one; of more, the first of each kind and channel."""


def check(
    inputs: Sequence[str | Path],
    *,
    source: str | None = None,
    channels: Sequence[str] = (),
    data: DataConfig | None = None,
    ignore: Collection[str] = (),
    workers: int = 1,
) -> pd.DataFrame:
    """Read whole data sets and list every problem by which they would be refused.

    Parameters
    ----------
    inputs
        Files, folders, patterns of these or addresses of snapshots; files of a kind are taken for
        one data set.
    source
        Kind of the data, as `data.source` in a study; by default what the names of the files say.
    channels
        Channels that are wanted; by default all that are there.
    data
        Section of a study that says both where they are not given, and what else it says of data,
        such as names of variables.
    ignore
        Kinds of problems that are none here: "file", "channel", "units", "values", "missing",
        "orientation", "gap".
    workers
        Processes.

    Returns
    -------
    DataFrame
        One row for each problem: ``file``, ``time``, ``channel``, ``kind``, ``what`` and
        ``what_to_do``.

    Raises
    ------
    UserError
        If an input does not exist, or nothing tells what kind of data it is.
    """
    source = source or (data.source if data else None)
    missing = data.missing if data else "refuse"
    channels = channels or (data.channels if data else ())
    opened: dict[str, list[Source]] = {}
    rows = []

    def add(file: object, time: cftime.datetime | None, fault: Fault) -> None:
        kind, channel, what = fault
        if kind not in ignore:
            stamp, what = time.isoformat() if time else "", what.removeprefix(f"{file}: ")
            rows.append((str(file), stamp, channel, kind, what, ADVICE[kind]))

    for name, paths in _together(inputs, source):
        place = common_folder(paths) if len(paths) > 1 else paths[0]
        try:
            found = open_together(name, paths, data.options if data else {})
        except Unreachable:
            raise
        except UserError as error:
            add(place, None, Fault("file", "", str(error)))
            continue
        if isinstance(found, Chosen):
            place = common_folder(paths)
        every = findings(found, channels, missing, workers)
        again = doubled(found, opened.setdefault(name, []))
        for each in [*_order(found, channels, place), *every, *again]:
            add(f"{place}/{each.file}" if each.file else place, each.time, each.fault)
        opened[name].append(found)
    for sources in opened.values():
        for time, fault in gaps([each for found in sources for each in found.snapshots]):
            add("all of them", time, fault)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _together(inputs: Sequence[str | Path], source: str | None) -> list[tuple[str, list[Any]]]:
    """Return what is one data set, with its source: files of a kind, and each folder or archive."""
    files: dict[str, list[Path]] = {}
    alone: list[tuple[str, list[Any]]] = []
    for each in inputs:
        places = [each] if is_address(each) else matching(each)
        if not places:
            raise UserError(
                missing_input(source, each) if source else f"{each}: no such file or folder."
            )
        for place in places:
            name = source or guess_source(place)
            if name is None:
                raise UserError(
                    f"{place}: holds no files by whose names the kind of data could be told; say "
                    f"it with --source: {', '.join(SOURCES)}."
                )
            if is_whole(name, place):
                alone.append((name, [place]))
            else:
                files.setdefault(name, []).append(Path(place))
    return [*alone, *files.items()]


def _order(source: Source, channels: Sequence[str], path: str | Path) -> list[Finding]:
    """Return that the vertices of a source are in another order than its values, if they are."""
    try:
        prove_order_of(source, channels, str(path))
    except Unreachable:
        raise
    except UserError as error:
        return [Finding("", None, Fault("orientation", "", str(error)))]
    return []


def listed(problems: pd.DataFrame) -> str:
    """Return the table of `check` as text: all rows, or of many one of each kind and channel."""
    if problems.empty:
        return "No problems."
    groups = [rows for _, rows in problems.groupby(["kind", "channel"], sort=False)]
    if len(problems) <= MOST_LISTED:
        lines = [_line(row) for row in problems.to_dict("records")]
    else:
        lines = [_line(rows.iloc[0]) + f" ({len(rows)} like this)" for rows in groups]
    advice = [f"{kind}: {ADVICE[kind]}" for kind in dict.fromkeys(problems["kind"])]
    return "\n".join([*lines, f"{len(problems)} problems. What to do:", *advice])


def _line(row: Mapping | pd.Series) -> str:
    where = ", ".join(filter(None, (row["file"], row["time"], row["channel"])))
    return f"{where}: {row['what']}"
