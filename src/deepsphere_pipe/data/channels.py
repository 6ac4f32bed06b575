"""The sixteen CAM5 channels and the three classes of the climate-segmentation data.

Names, units and order follow the CAM5 segmentation files and the level-5 archive of
Jiang et al. (2019, "Spherical CNNs on unstructured grids"); ``published_mean`` and
``published_std`` are the statistics distributed with that archive.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import pandas as pd

CLASSES = ("BG", "TC", "AR")
"""Class names by label value: background, tropical cyclone, atmospheric river."""

CLASS_LONG_NAMES = ("background", "tropical cyclone", "atmospheric river")


@dataclass(frozen=True)
class Channel:
    """One physical field: short name, long name, units and published statistics."""

    name: str
    long_name: str
    units: str
    published_mean: float
    published_std: float


@cache
def cam5_channels() -> tuple[Channel, ...]:
    """Return the sixteen channels in the order in which the CAM5 files store them."""
    table = pd.read_csv(files(__package__) / "cam5_channels.csv", index_col="index")
    return tuple(Channel(**row) for row in table.to_dict(orient="records"))


CHANNEL_NAMES = tuple(channel.name for channel in cam5_channels())
