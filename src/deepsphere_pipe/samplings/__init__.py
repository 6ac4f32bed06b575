"""Samplings of the sphere: where the vertices lie, which area each stands for, how they nest."""

from collections.abc import Callable, Sequence
from numbers import Real

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.custom import Custom
from deepsphere_pipe.samplings.equiangular import Equiangular
from deepsphere_pipe.samplings.healpix import Healpix, nested_to_ring, ring_to_nested
from deepsphere_pipe.samplings.icosahedral import Icosahedral
from deepsphere_pipe.samplings.latlon import LatLonGrid
from deepsphere_pipe.samplings.region import masked, within
from deepsphere_pipe.samplings.sampling import Sampling

SAMPLINGS: dict[str, Callable[..., Sampling]] = {
    Icosahedral.name: Icosahedral,
    Healpix.name: Healpix,
    Equiangular.name: Equiangular,
    Custom.name: Custom.from_file,
}


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
        What the class of that name takes, e.g. ``level=5`` for "icosahedral".

    Raises
    ------
    UserError
        If there is no such sampling, it does not take these parameters, or the region is no box.
    """
    if name not in SAMPLINGS:
        raise UserError(f"There is no sampling '{name}': choose one of {', '.join(SAMPLINGS)}.")
    try:
        sampling = SAMPLINGS[name](**parameters)
    except TypeError as error:
        given = ", ".join(f"{key}={value!r}" for key, value in parameters.items()) or "none"
        raise UserError(
            f"The {name} sampling does not take these parameters: {given} ({error})."
        ) from error
    if region is None:
        return sampling
    a_list = isinstance(region, list | tuple) and len(region) == 4
    if not a_list or not all(isinstance(border, Real) for border in region):
        raise UserError(
            f"A region is four numbers in degrees (west, south, east, north), not {region!r}."
        )
    return within(sampling, *region)


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
