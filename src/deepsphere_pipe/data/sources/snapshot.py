"""One map of a source: what is known of it, and what was read."""

from dataclasses import dataclass, field

import cftime
import numpy as np


@dataclass(frozen=True, order=True)
class Snapshot:
    """One map of a source: when and in which run it was taken, and where it lies.

    Snapshots sort by run, then time, then name, on every machine and file system.

    Attributes
    ----------
    run
        Member of an ensemble; 0 where there is one only.
    time
    name
        File or member, as messages and manifests call it.
    version
        Changes when the file is replaced: its size and time, or size and checksum in an archive.
    """

    run: int
    time: cftime.datetime
    name: str
    version: str = field(compare=False)


@dataclass(frozen=True)
class Map:
    """What was read of one snapshot.

    Attributes
    ----------
    fields
        In the units of the channels, (channel, point) float32.
    labels
        Classes, `UNLABELLED` where there are none, (point,) uint8.
    checksum
        Of the bytes of the file, with the name of the algorithm in front.
    """

    fields: np.ndarray
    labels: np.ndarray
    checksum: str
