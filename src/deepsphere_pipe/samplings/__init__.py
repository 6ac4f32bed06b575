"""Samplings of the sphere: where the vertices lie, which area each stands for, how they nest."""

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.healpix import Healpix
from deepsphere_pipe.samplings.icosahedral import Icosahedral
from deepsphere_pipe.samplings.latlon import LatLonGrid
from deepsphere_pipe.samplings.sampling import Sampling

SAMPLINGS: dict[str, type[Sampling]] = {
    sampling.name: sampling for sampling in (Icosahedral, Healpix)
}


def make_sampling(name: str, **parameters: object) -> Sampling:
    """Make a sampling from its name and parameters, as a config file or a store gives them.

    ``make_sampling(s.name, **s.parameters)`` equals ``s`` for every sampling ``s``.

    Parameters
    ----------
    name
        One of `SAMPLINGS`.
    **parameters
        What the class of that name takes, e.g. ``level=5`` for "icosahedral".

    Raises
    ------
    UserError
        If there is no such sampling, or it does not take these parameters.
    """
    if name not in SAMPLINGS:
        raise UserError(f"There is no sampling '{name}': choose one of {', '.join(SAMPLINGS)}.")
    try:
        return SAMPLINGS[name](**parameters)
    except TypeError as error:
        given = ", ".join(f"{key}={value!r}" for key, value in parameters.items()) or "none"
        raise UserError(
            f"The {name} sampling does not take these parameters: {given} ({error})."
        ) from error


__all__ = ["SAMPLINGS", "Healpix", "Icosahedral", "LatLonGrid", "Sampling", "make_sampling"]
