"""Shapes of equiangular grids, as samplings are made by them and studies are checked by them."""

Shape = tuple[int, int]
"""Numbers of latitudes and longitudes."""


def grid_shape(bandwidth: int | None, n_lat: int | None, n_lon: int | None) -> Shape:
    """Return the shape of a grid that is given by its bandwidth or by its numbers of rows."""
    if bandwidth is not None:
        return 2 * bandwidth, 2 * bandwidth
    assert n_lat is not None and n_lon is not None  # as `EquiangularConfig` has checked
    return n_lat, n_lon


def halved(shape: Shape, poles: bool) -> Shape | None:
    """Return the shape of the grid of 2 × 2 blocks, None where there are no such blocks.

    A grid offset from the poles needs an even number of rows. With rows at the poles, an even
    number is paired, and of an odd number every second row stays.
    """
    n_lat, n_lon = shape
    fewer = (n_lat + 1) // 2
    odd = n_lat % 2 and not poles
    if odd or fewer < (3 if poles else 2) or n_lon % 4 or n_lon < 8:
        return None
    return fewer, n_lon // 2
