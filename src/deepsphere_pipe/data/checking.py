"""All that is wrong with the snapshots of a source, by the rules by which they are packed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

import cftime
from tqdm import tqdm

from deepsphere_pipe.data.fields.faults import Fault
from deepsphere_pipe.data.recipe import Recipe, crash
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.processes import done_by

MANY_HOURS = 72
REGULAR = 0.5
"""Share of the steps between times, at most, that are of other lengths in what is a series."""


class Finding(NamedTuple):
    """A fault and where it is: a file, and the time of its map where it has one."""

    file: str
    time: cftime.datetime | None
    fault: Fault


def findings(
    source: Source, channels: Sequence[str] = (), missing: str = "refuse", workers: int = 1
) -> Iterator[Finding]:
    """Read every snapshot of a source and yield all that `prepare` would refuse, and more.

    Parameters
    ----------
    source
        What is read.
    channels
        Which of its channels; by default all.
    missing
        As in the config: "refuse", or "mask" where values may be missing.
    workers
        Processes.

    Yields
    ------
    Finding
        Of the source, then of each snapshot; `gaps` and `doubled` besides.
    """
    names = list(channels) or [channel.name for channel in source.channels]
    for name in names if channels else dict.fromkeys([*names, *source.problems]):
        try:
            source.select([name])
        except UserError as error:
            yield Finding("", None, Fault("channel", name, str(error)))
    for name, reason in source.rejected.items():
        yield Finding(name, None, Fault("file", "", reason))
    there = {channel.name for channel in source.channels}
    wanted = source.select([name for name in names if name in there])
    if not wanted:
        return
    recipe = Recipe.on_own_grid(source, wanted, missing)
    if len(source.snapshots) > 1:
        recipe = recipe.against_first(source.snapshots)
    done = done_by(workers, _faults, source.snapshots, _start, (recipe,))
    n = len(source.snapshots)
    bar = tqdm(done, "check", total=n, unit="map", disable=None, mininterval=2)
    for snapshot, faults in bar:
        if faults is None:
            what = crash(snapshot).removeprefix(f"{snapshot.name}: ")
            faults = [Fault("file", "", what)]
        for fault in faults:
            yield Finding(source.file_of(snapshot, fault.channel), snapshot.time, fault)


def doubled(source: Source, others: Sequence[Source]) -> Iterator[Finding]:
    """Yield snapshots that other sources hold, too, by time, run and channels.

    Not where one source has several maps of a time, as ClimateNet has several labellings.
    """
    names = {channel.name for channel in source.channels}
    earlier = {
        (each.run, each.time)
        for other in others
        if names & {channel.name for channel in other.channels}
        for each in other.snapshots
    }
    stamps = [(each.run, each.time) for each in source.snapshots]
    if len(set(stamps)) == len(stamps):
        for snapshot, stamp in zip(source.snapshots, stamps, strict=True):
            if stamp in earlier:
                what = "is of a time and run that an input before it holds, too."
                yield Finding(source.file_of(snapshot), snapshot.time, Fault("file", "", what))


def usual_step(times: Sequence[cftime.datetime]) -> timedelta | None:
    """Return the length of most steps between sorted times; None if they are no series."""
    steps = Counter(later - time for time, later in pairwise(times))
    usual, number = (steps.most_common(1) or [(None, 0)])[0]
    return usual if number > REGULAR * steps.total() else None


def gaps(snapshots: Sequence[Snapshot]) -> Iterator[tuple[cftime.datetime, Fault]]:
    """Yield times after which some are missing, where most steps of a run are of one length."""
    for run in sorted({snapshot.run for snapshot in snapshots}):
        times = sorted({snapshot.time for snapshot in snapshots if snapshot.run == run})
        usual = usual_step(times)
        for time, later in pairwise(times):
            if usual is not None and later - time >= 2 * usual:  # room for one between
                of_run = f" of run {run}" if run else ""
                apart = f"{said_length(later - time)} later; most are {said_length(usual)} apart"
                yield time, Fault("gap", "", f"the next map{of_run} is {apart}.")


def said_length(step: timedelta) -> str:
    """Return a length of time in hours, or in days if they are many."""
    hours = step / timedelta(hours=1)
    if hours >= MANY_HOURS:
        return f"{hours / 24:.3g} days"
    return "1 hour" if hours == 1 else f"{hours:g} hours"


def _start(recipe: Recipe) -> None:
    global _recipe
    _recipe = recipe


_recipe: Recipe


def _faults(snapshot: Snapshot) -> list[Fault]:
    return list(_recipe.faults(snapshot))
