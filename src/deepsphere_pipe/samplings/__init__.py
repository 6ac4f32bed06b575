"""Samplings of the sphere: where the vertices lie, which area each stands for, how they nest."""

from collections.abc import Callable, Sequence
from typing import Any

from deepsphere_pipe.config import (
    CustomConfig,
    EquiangularConfig,
    HealpixConfig,
    IcosahedralConfig,
    SamplingConfig,
)
from deepsphere_pipe.samplings.custom import Custom
from deepsphere_pipe.samplings.equiangular import Equiangular
from deepsphere_pipe.samplings.healpix import Healpix, nested_to_ring, ring_to_nested
from deepsphere_pipe.samplings.icosahedral import Icosahedral
from deepsphere_pipe.samplings.latlon import LatLonGrid
from deepsphere_pipe.samplings.region import masked, within
from deepsphere_pipe.samplings.sampling import Sampling, check_parameters

SAMPLINGS: dict[str, Callable[..., Sampling]] = {
    IcosahedralConfig.tag(): Icosahedral,
    HealpixConfig.tag(): Healpix,
    EquiangularConfig.tag(): Equiangular,
    CustomConfig.tag(): Custom.from_file,
}
"""What makes a sampling of the keys of its section, by the name that it has in the config."""


def make_sampling(
    name: str, region: Sequence[float] | None = None, **parameters: object
) -> Sampling:
    """Make a sampling from its name and parameters, as a config file or a store gives them.

    ``make_sampling(s.name, **s.parameters)`` equals ``s`` for every sampling ``s`` that came from
    here.

    Parameters
    ----------
    name
        One of `SAMPLINGS`.
    region
        West, south, east, north in degrees: only the vertices in this box.
    **parameters
        Keys of the config's section for that name, e.g. ``level=5`` for "icosahedral".

    Raises
    ------
    UserError
        If there is no such sampling, it does not take these parameters, or the region is no box.
    """
    choice: Any = SamplingConfig  # a union, of which `type` knows nothing
    checked = check_parameters(choice, name=name, region=region, **parameters).parameters
    box = checked.pop("region", None)
    sampling = SAMPLINGS[name](**checked)
    return sampling if box is None else within(sampling, *box)


__all__ = [
    "SAMPLINGS",
    "Custom",
    "Equiangular",
    "Healpix",
    "Icosahedral",
    "LatLonGrid",
    "Sampling",
    "make_sampling",
    "masked",
    "nested_to_ring",
    "ring_to_nested",
    "within",
]
