"""What a study calls map projections, and the PROJ string that each name stands for."""

import re

PROJ_NAMES = {
    "equirectangular": "eqc",
    "mollweide": "moll",
    "robinson": "robin",
    "orthographic": "ortho",
}
ALLOWED = (
    f"{', '.join(PROJ_NAMES)}, if wished with a centre in degrees such as mollweide(180) or "
    "orthographic(-80, 25), or a PROJ string such as '+proj=eqearth'"
)
NUMBER = r"\s*([-+]?[0-9]+(?:\.[0-9]*)?)\s*"
NAMED = re.compile(rf"\s*({'|'.join(PROJ_NAMES)})\s*(?:\((?:{NUMBER}(?:,{NUMBER})?|\s*)\)\s*)?")


def proj_string(definition: str, globe_centre: tuple[float, float] = (0.0, 0.0)) -> str:
    """Return the PROJ string, on the unit sphere, of a projection as a study writes it.

    Parameters
    ----------
    definition
        See `ALLOWED`; a PROJ string begins with ``+proj=``.
    globe_centre
        Longitude and latitude of the centre of an ``orthographic`` without one, in degrees.

    Raises
    ------
    ValueError
        If there is no such projection.
    """
    if definition.startswith("+proj="):
        import pyproj  # here, so that planning a study without PROJ strings need not wait

        string = f"+R=1 {definition}"  # the first of two radii counts
        try:
            pyproj.Proj(string)
        except pyproj.exceptions.ProjError:
            raise ValueError(f"PROJ does not know '{definition}' (try '+proj=eqearth')") from None
        return string
    match = NAMED.fullmatch(definition)
    name, *centre = match.groups() if match else (None, None, None)
    tilted = centre[1] is not None and name != "orthographic"
    longitude, latitude = (float(angle or 0) for angle in centre)
    if name == "orthographic" and centre[0] is None:
        longitude, latitude = map(float, globe_centre)
    if name is None or tilted or abs(longitude) > 360 or abs(latitude) > 90:
        raise ValueError(f"'{definition}' must be one of {ALLOWED}")
    return f"+R=1 +proj={PROJ_NAMES[name]} +lon_0={longitude} +lat_0={latitude}"
