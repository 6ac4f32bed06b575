"""Write snapshots of any source as an archive in the format of UGSCNN's.

It takes the road of the published data from its download on without their 30 GB. What the archive
was made from stands in its members, see `sources.ugscnn`.
"""

import zipfile
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepsphere_pipe.channels import CHANNEL_NAMES, UNLABELLED
from deepsphere_pipe.data.recipe import Recipe
from deepsphere_pipe.data.sources.naming import snapshot_name
from deepsphere_pipe.data.sources.source import Source
from deepsphere_pipe.data.sources.ugscnn import ENDING, member
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.samplings import Icosahedral


def write_archive(source: Source, sampling: Icosahedral, out: str | Path) -> None:
    """Remap every snapshot of a source and write them into one zip file.

    Fields are remapped bilinearly; a vertex gets the class that covers most of its cell. The same
    snapshots give the same bytes.

    Parameters
    ----------
    source
        Labelled snapshots with all sixteen channels.
    sampling
        Level 5 as published, or another one.
    out
        The zip file; it appears when it is complete.

    Raises
    ------
    UserError
        If a snapshot is damaged or has vertices without a label, or the source lacks a channel.
    """
    channels = source.select(CHANNEL_NAMES)
    recipe = Recipe.of(source, sampling, channels)
    with (
        atomic_write(out) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for snapshot in tqdm(source.snapshots, desc="archive", unit="map", disable=None):
            fields, labels, _ = recipe.follow(snapshot)
            if np.any(labels == UNLABELLED):
                raise UserError(
                    f"{snapshot.name}: has vertices without a label, which the format of the "
                    "UGSCNN archive has not."
                )
            name = snapshot_name(snapshot.time, snapshot.run, ENDING)
            # Without a time of its own, so that the bytes depend on the snapshots only.
            info = zipfile.ZipInfo(f"data_{sampling.level}_all/{name}")
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, member(fields, labels, source.title))
