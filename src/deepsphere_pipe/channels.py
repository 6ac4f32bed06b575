"""The sixteen CAM5 channels and the three classes of the climate-segmentation data.

Names, units and order follow the CAM5 segmentation files and the level-5 archive of
Jiang et al. (2019, "Spherical CNNs on unstructured grids"); ``published_mean`` and
``published_std`` are the statistics distributed with that archive.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CLASSES = ("BG", "TC", "AR")
"""Class names by label value: background, tropical cyclone, atmospheric river."""

EVENTS = CLASSES[1:]
"""The classes that are events: all but the background."""

UNLABELLED = 255
"""Label of vertices without one."""

PUBLISHED_MAPS = 62_738
"""Labelled maps of the archive of Jiang et al. (2019)."""

PROBABILITY_SCALE = 255
"""What a probability of one is stored as, where it is a byte."""


@dataclass(frozen=True)
class Channel:
    """One physical field: names (the last that of CF), units and published statistics."""

    name: str
    long_name: str
    standard_name: str
    units: str
    published_mean: float
    published_std: float


@cache
def cam5_channels() -> tuple[Channel, ...]:
    """Return the sixteen channels in the order in which the CAM5 files store them."""
    with (files(__package__) / "cam5_channels.csv").open(encoding="utf-8") as table:
        return tuple(
            Channel(
                row["name"],
                row["long_name"],
                row["standard_name"],
                row["units"],
                float(row["published_mean"]),
                float(row["published_std"]),
            )
            for row in csv.DictReader(table)
        )


CHANNEL_NAMES = tuple(channel.name for channel in cam5_channels())
