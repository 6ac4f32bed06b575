"""Angular power spectra of the study's data beside those of other data."""

from pathlib import Path

import pandas as pd

from deepsphere_pipe.config import DataConfig, PowerSpectraConfig
from deepsphere_pipe.data import power_spectra as spectra
from deepsphere_pipe.data.fields.plausibility import check_plausible
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.sources.source import Source, first_readable
from deepsphere_pipe.runtime.atomic import atomic_write


def power_spectra(
    settings: PowerSpectraConfig, data: DataConfig, snapshots: Path | str, out: Path
) -> None:
    """Compute the spectra of the channels that two sources share.

    Parameters
    ----------
    settings
        The other data, and how many snapshots of each.
    data, snapshots
        What the study's own data is, and its file, folder or address.
    out
        csv file to write: one row for each data, channel and degree.

    Raises
    ------
    UserError
        If one of them cannot be read or lies on a part of the sphere.
    """
    ours = open_source(data.source, snapshots, **data.options)
    theirs = open_source(settings.source, settings.input)
    there = {channel.name for channel in theirs.channels} | set(theirs.problems)
    shared = [channel.name for channel in ours.channels if channel.name in there]
    _check_first(ours, shared)
    _check_first(theirs, shared)
    tables = [
        spectra.power_spectra(each, shared, settings.snapshots, settings.degree_max)
        for each in (ours, theirs)
    ]
    with atomic_write(out) as temporary:
        pd.concat(tables).to_csv(temporary, index=False)


def _check_first(source: Source, channels: list[str]) -> None:
    """Refuse a source in other units than it says."""
    first = first_readable(source, lambda snapshot: source.read(snapshot, channels))
    check_plausible(source.title, source.select(channels), first.fields)
