"""Fields of a user's own: where they lie, when, and which channels they can serve."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import h5py

from deepsphere_pipe.channels import UNLABELLED, cam5_channels
from deepsphere_pipe.data.fields.opening import GRIB, NETCDF, ZIPPED, is_zarr, open_parts
from deepsphere_pipe.data.fields.reading import ClimateFields
from deepsphere_pipe.data.sources import SOURCES, open_source
from deepsphere_pipe.data.sources.cam5 import contents
from deepsphere_pipe.data.sources.guessing import guess_source
from deepsphere_pipe.data.sources.naming import parse_name
from deepsphere_pipe.data.sources.source import Source, described, first_readable
from deepsphere_pipe.description.look import Look, few
from deepsphere_pipe.description.times import times_line
from deepsphere_pipe.errors import UserError

HDF5 = (".h5", ".hdf5")
LABELS = ("LABELS", "labels")
MOST_PROBLEMS = 5


def is_data_set(look: Look) -> bool:
    """Return whether variables have names: netCDF, GRIB, zarr in a folder or a zip file."""
    path = look.path
    if is_zarr(path) or (path.is_file() and path.suffix.lower() in GRIB + NETCDF):
        return True
    source = guess_source(path) if path.is_file() and path.suffix in ZIPPED else None
    return source is not None and SOURCES[source].module == "field_files"


def is_snapshots(look: Look) -> bool:
    """Return whether there is a folder or an archive of what a source reads."""
    whole = look.path.is_dir() or look.path.suffix in ZIPPED
    return whole and guess_source(look.path) is not None


def is_hdf5(look: Look) -> bool:
    """Return whether a file is HDF5 by its name, as those of CAM5 are."""
    return look.path.is_file() and look.path.suffix in HDF5


def data_set(path: Path) -> Iterator[str]:
    """Yield what the parts of a data set hold; of GRIB there may be several."""
    for part in open_parts(path):
        with part:
            yield from _fields(ClimateFields(part))


def _fields(fields: ClimateFields) -> Iterator[str]:
    dataset = fields.dataset
    try:
        yield f"grid: {described(fields.grid)}"
    except UserError as error:
        yield f"grid: {error}"
    try:
        times = fields.times
        yield times_line(times.values) if times else "times: it tells none"
    except UserError as error:
        yield f"times: {error}"
    named = [
        f"{name} ({', '.join(f'{dim} {size}' for dim, size in each.sizes.items())})"
        for name, each in dataset.data_vars.items()
    ]
    yield f"variables: {few(named) or 'none'}"
    yield from _channels([channel.name for channel in fields.channels], fields.notes)
    if labels := [name for name in LABELS if name in dataset]:
        yield f"labels: {', '.join(labels)}"
    yield from _problems(fields.problems)


def snapshots(path: Path) -> Iterator[str]:
    """Yield what a source says of a folder or an archive; raises UserError if it holds nothing."""
    name = guess_source(path)
    assert name is not None  # see `is_snapshots`
    source = open_source(name, path)
    yield f"source: {name}"
    yield f"grid: {described(source.grid)}"
    stamps = source.snapshots
    yield times_line([each.time for each in stamps], [each.run for each in stamps])
    yield from _channels([channel.name for channel in source.channels], source.notes)
    yield f"labels: {'yes' if _labelled(source) else 'none'}"
    yield from _problems({**source.problems, **source.rejected})


def hdf5(path: Path) -> Iterator[str]:
    """Yield what a file of CAM5 holds; of another the data sets."""
    try:
        shape, labels = contents(path)
    except UserError:
        with h5py.File(path) as file:
            names: list[str] = []
            file.visititems(lambda name, each: names.append(f"{name} {getattr(each, 'shape', '')}"))
        yield f"data sets: {few(names) or 'none'}"
        yield "problems: is no snapshot of CAM5, which has climate/data of sixteen channels"
        return
    yield f"grid: {shape[0]} x {shape[1]} grid"
    try:
        run, time = parse_name(path.name, path.suffix)
        yield times_line([time]) + f", run {run}"
    except UserError as error:
        yield f"times: {error}"
    yield from _channels([channel.name for channel in cam5_channels()], ())
    yield f"labels: {', '.join(labels) or 'none'}"


def _channels(names: Sequence[str], notes: Sequence[str]) -> Iterator[str]:
    absent = [each.name for each in cam5_channels() if each.name not in names]
    yield f"channels: {', '.join(names) or 'none'}"
    if names and absent:
        yield f"not there: {', '.join(absent)}"
    yield from (f"  {note}" for note in notes)


def _labelled(source: Source) -> bool:
    name = source.channels[0].name
    first = first_readable(source, lambda snapshot: source.read(snapshot, [name]))
    return bool((first.labels != UNLABELLED).any())


def _problems(problems: Mapping[str, str]) -> Iterator[str]:
    """Yield what cannot be used, with the reason; of many the first."""
    if problems:
        yield f"problems: {len(problems)}; 'check' lists all, also of the values"
    for name, why in [*problems.items()][:MOST_PROBLEMS]:
        yield f"  {name}: {why.removeprefix(f'{name}: ')}"
