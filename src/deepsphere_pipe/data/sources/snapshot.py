"""One map of a source: what is known of it, and what was read."""

from dataclasses import dataclass, field

import cftime
import numpy as np


@dataclass(frozen=True, order=True)
class Snapshot:
    """One map of a source: when and in which run it was taken, and where it lies.

    Snapshots sort by run, then time, then name, on every machine and file system. The version
    changes when the file is replaced: its size and time, or size and checksum in an archive.
    """

    run: int  # member of an ensemble; 0 where there is one only
    time: cftime.datetime
    name: str  # file or member, as messages and manifests call it
    version: str = field(compare=False)


@dataclass(frozen=True)
class Map:
    """What was read of one snapshot."""

    fields: np.ndarray  # in the units of the channels, (channel, point) float32
    labels: np.ndarray  # classes, `UNLABELLED` where there are none, (point,) uint8
    checksum: str  # of the bytes of the file, with the name of the algorithm in front
