"""What trained networks see in fields: probabilities of cyclones and rivers at every vertex."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

import cftime
import numpy as np
import torch
import xarray as xr
from tqdm import tqdm

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.data.fields.channel_table import NO_NAMES
from deepsphere_pipe.data.recipe import Recipe
from deepsphere_pipe.data.sources.snapshot import Snapshot
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.store import TIME_UNITS
from deepsphere_pipe.data.windows import Windows, make_windows
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.prediction.inputs import InMemory, Input, is_among, open_inputs
from deepsphere_pipe.prediction.layout import filled, frame
from deepsphere_pipe.prediction.networks import Networks
from deepsphere_pipe.prediction.parts import Parts, folder_of
from deepsphere_pipe.prediction.reading import windows_of_fields
from deepsphere_pipe.prediction.strangeness import Strangeness
from deepsphere_pipe.prediction.targets import SPHERE, Target, make_target
from deepsphere_pipe.prediction.writing import check_out, write_parts
from deepsphere_pipe.training.survival.run_lock import run_lock

BATCH_VERTICES = 8 * 10_242
"""Vertices of the maps that a network sees at once."""

PART_VALUES = 2**24
"""Probabilities in a part: 64 MB."""

MOST_MAPS = 64
"""Maps in a part: what a kill may cost."""

MISSING = ("refuse", "mask")
"""What can be done about missing values."""


@dataclass(frozen=True)
class _Job:
    """Networks and what they are shown."""

    networks: Networks
    recipe: Recipe
    snapshots: Sequence[Snapshot]
    windows: Windows
    target: Target
    workers: int

    @property
    def batch_size(self) -> int:
        """Maps that the networks see at once."""
        return max(1, min(MOST_MAPS, BATCH_VERTICES // self.networks.sampling.n_vertices))

    @property
    def part_size(self) -> int:
        """Maps in a part: whole batches."""
        n_values = len(self.networks.networks) * len(CLASSES) * self.networks.sampling.n_vertices
        most = min(MOST_MAPS, PART_VALUES // n_values)
        return max(1, most // self.batch_size) * self.batch_size

    def stamps(self, maps: Sequence[int]) -> list[tuple[int, cftime.datetime]]:
        """Return run and time for which each prediction is."""
        window = self.networks.window
        ahead = timedelta(hours=window.prediction_shift * window.step_hours)
        chosen = [self.snapshots[index] for index in self.windows.targets[[*maps]]]
        return [(snapshot.run, snapshot.time + ahead) for snapshot in chosen]

    def batches(self, maps: Sequence[int], seen: Strangeness) -> Iterator[tuple[np.ndarray, ...]]:
        """Yield probabilities (network, map, class, vertex) and where fields were missing."""
        inputs = self.windows.inputs[[*maps]].reshape(len(maps), -1)
        fields, absent = [], []
        reading = windows_of_fields(self.recipe, inputs, self.snapshots, self.workers)
        for number, window in enumerate(reading, start=1):
            fields.append(np.stack([each.values for each in window]))
            absent.append(np.any([each.absent for each in window], axis=0))
            seen.update(fields[-1][-1])
            if len(fields) == self.batch_size or number == len(inputs):
                shown = np.stack(fields)
                shown = shown if self.networks.temporal else shown[:, -1]
                yield self.networks.probabilities(shown), np.stack(absent)
                fields, absent = [], []

    def dataset(self, maps: Sequence[int], said: Mapping[str, str], masks: bool,
                found: np.ndarray, absent: np.ndarray) -> xr.Dataset:  # fmt: skip
        """Return what is written of some maps."""
        runs = {snapshot.run for snapshot in self.snapshots}
        framed = frame(self.target, self.stamps(maps), said, of_runs=len(runs) > 1)
        return filled(framed, self.target, found, absent, masks)

    def complete(self, parts: Parts) -> None:
        """Predict the parts that are not there yet."""
        seen = Strangeness(self.networks.records[0].statistics, self.networks.sampling.areas)
        todo = parts.missing
        maps = [index for number in todo for index in parts.ranges[number]]
        n_done = len(self.windows) - len(maps)
        batches = self.batches(maps, seen) if maps else iter(())
        with tqdm(
            desc="predict", total=len(self.windows), initial=n_done, unit="map", disable=None
        ) as bar:
            for number in todo:
                n_batches = math.ceil(len(parts.ranges[number]) / self.batch_size)
                found, absent = [], []
                for probabilities, missing in islice(batches, n_batches):
                    found.append(probabilities)
                    absent.append(missing)
                    bar.update(len(missing))
                parts.save(number, np.concatenate(found, axis=1), np.concatenate(absent))
        seen.tell()

    def datasets(self, parts: Parts, said: Mapping[str, str], masks: bool) -> Iterator[xr.Dataset]:
        """Yield what is written of all maps, so many at once as a fine grid allows."""
        n_values = len(self.networks.networks) * len(CLASSES) * math.prod(self.target.shape)
        size = max(1, PART_VALUES // n_values)
        for maps, found, absent in parts:
            for at in range(0, len(maps), size):
                some = slice(at, at + size)
                yield self.dataset(maps[some], said, masks, found[:, some], absent[some])


def predict(
    model: str | Path | Sequence[str | Path],
    inputs: Input | Sequence[Input],
    *,
    grid: str = SPHERE,
    masks: bool = False,
    missing: str = "refuse",
    variables: Mapping[str, object] = NO_NAMES,
    times: Mapping[str, object] = NO_NAMES,
    device: torch.device | None = None,
) -> xr.Dataset:
    """Return what trained networks see in fields.

    Parameters
    ----------
    model
        A model file, the folder of a run, a pattern of these, or several: their mean is returned,
        and their standard deviation.
    inputs
        A data set in memory, with the fields under names or standard names that are known, and
        times; or files, see `open_inputs`.
    grid
        ``sphere``, ``input`` or a grid such as ``181x360``, see `make_target`.
    masks
        Whether there is a mask for each class as well, as ARTMIP has it.
    missing
        ``refuse`` or ``mask``: what is to be done about missing values.
    variables
        Names of variables by channel, before those that are known.
    times
        ``start``, ``end`` and ``every_hours``: which times of fields are read.
    device
        Where networks compute; the CPU by default.

    Returns
    -------
    Dataset
        ``probability`` (time, class, vertex or lat, lon), ``event_class`` (time, …), of several
        networks ``probability_spread``; ``cell_area`` in m² and the mesh of the vertices.

    Raises
    ------
    UserError
        If a file or a data set cannot be read or is not what it should be.
    """
    networks = Networks(model, device)
    job, said = _job(networks, inputs, grid, missing, variables, times, workers=0)
    seen = Strangeness(networks.records[0].statistics, networks.sampling.areas)
    maps = range(len(job.windows))
    found, absent = zip(*job.batches(maps, seen), strict=True)
    seen.tell()
    return xr.decode_cf(
        job.dataset(maps, said, masks, np.concatenate(found, axis=1), np.concatenate(absent)),
        decode_timedelta=False,
    )


def predict_to_file(
    model: str | Path | Sequence[str | Path],
    inputs: Input | Sequence[Input],
    out: Path,
    *,
    grid: str = SPHERE,
    masks: bool = False,
    missing: str = "refuse",
    variables: Mapping[str, object] = NO_NAMES,
    times: Mapping[str, object] = NO_NAMES,
    device: torch.device | None = None,
    workers: int = 0,
    overwrite: bool = False,
    more: Mapping[str, str] = NO_NAMES,  # type: ignore[assignment]
) -> None:
    """Write what `predict` returns, part by part, in bounded memory; goes on after a kill.

    Parameters
    ----------
    model, inputs, grid, masks, missing, variables, times, device
        See `predict`.
    out
        ``….nc`` or ``….zarr``.
    workers
        Processes that read fields while the networks compute; with some, a script must begin
        under ``if __name__ == "__main__":``.
    overwrite
        Whether a file of this name may be replaced.
    more
        Attributes of the file.

    Raises
    ------
    UserError
        As `predict`, and if `out` is there already.
    """
    out = out.resolve() if out.is_symlink() else out
    check_out(out, overwrite)
    if is_among(out, inputs):
        raise UserError(f"{out}: is one of the inputs; choose another name.")
    networks = Networks(model, device)
    job, said = _job(networks, inputs, grid, missing, variables, times, workers)
    versions = [(each.name, each.version) for each in job.snapshots]
    identity = [networks.identity, versions, missing, dict(variables), dict(more)]
    with run_lock(folder_of(out), "predicts this"):
        check_out(out, overwrite)  # for whom this one waited may have written it
        parts = Parts(out, identity, len(job.windows), job.part_size)
        job.complete(parts)
        write_parts(out, job.datasets(parts, {**said, **more}, masks))
        parts.remove()


def _job(
    networks: Networks,
    inputs: Input | Sequence[Input],
    grid: str,
    missing: str,
    variables: Mapping[str, object],
    times: Mapping[str, object],
    workers: int,
) -> tuple[_Job, dict[str, str]]:
    if missing not in MISSING:
        raise UserError(f"missing is '{missing}'; it must be one of {', '.join(MISSING)}.")
    source = open_inputs(inputs, networks.sampling, variables, times)
    for name, why in source.rejected.items():  # first: it may be why a channel is missing
        raise UserError(f"{name}: {why}")
    channels = _channels(networks, source)
    for note in source.notes:
        print(note)
    recipe = Recipe.of(source, networks.sampling, channels, labels=None, missing=missing)
    recipe = recipe.against_first(source.snapshots)
    windows = _windows(networks, source)
    target = make_target(grid, networks.sampling, lambda: source.grid)
    said = {
        "title": "Tropical cyclones and atmospheric rivers as networks see them",
        "source": source.title,
        **networks.identity,
        "channels": ", ".join(networks.channels),
    }
    if isinstance(source, InMemory):  # which another process could only copy
        workers = 0
    return _Job(networks, recipe, source.snapshots, windows, target, workers), said


def _channels(networks: Networks, source: Source) -> tuple:
    """Return the channels, or name all that are missing."""
    there = {channel.name for channel in source.channels}
    if missing := [name for name in networks.channels if name not in there]:
        reasons = [source.problems[name] for name in missing if name in source.problems]
        sentence = (
            f"The input ({source.title}) lacks {', '.join(missing)} of the channels that "
            f"{networks.names[0]} needs ({', '.join(networks.channels)})."
        )
        raise UserError(" ".join([sentence, *reasons]))
    return source.select(networks.channels)


def _windows(networks: Networks, source: Source) -> Windows:
    window, every = networks.window, np.arange(len(source.snapshots))
    if not networks.temporal:
        return Windows.of_maps(every)
    hours = np.array(
        [cftime.date2num(each.time, TIME_UNITS, each.time.calendar) for each in source.snapshots]
    )
    runs = np.array([each.run for each in source.snapshots])
    length = window.sequence_length
    windows = make_windows(
        np.rint(hours).astype(np.int64), runs, every, length, window.step_hours, 0
    )
    if not len(windows):
        raise UserError(
            f"The input has no {length} maps every {window.step_hours} hours, which "
            f"{networks.names[0]} needs."
        )
    if windows.n_incomplete:
        print(f"{windows.n_incomplete} maps end no window of {length} maps and are left out.")
    return windows
