"""HEALPix sampling (Górski et al. 2005) in nested order: equal areas, children in a row."""

from dataclasses import dataclass
from functools import cached_property

import healpix
import numpy as np

from deepsphere_pipe.config import HealpixConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.adjacency import sharing_corners
from deepsphere_pipe.samplings.healpix_pixels import pixel_corners
from deepsphere_pipe.samplings.sampling import (
    Sampling,
    check_parameters,
    read_only,
    rotations_about_z,
)
from deepsphere_pipe.samplings.triangulation import triangulate


@dataclass(frozen=True)
class Healpix(Sampling):
    """HEALPix sampling with 12·nside² vertices in nested order.

    The children of vertex i of nside / 2 are the vertices 4 i, …, 4 i + 3.

    Parameters
    ----------
    nside
        Vertices along the side of each of the twelve base pixels: a power of two up to 1024
        (12 582 912 vertices, 0.06° apart).

    Raises
    ------
    UserError
        If nside is no power of two, or too large.
    """

    nside: int
    name = HealpixConfig.tag()

    def __post_init__(self) -> None:
        check_parameters(HealpixConfig, nside=self.nside)

    @property
    def parameters(self) -> dict[str, object]:
        return {"nside": int(self.nside)}

    @cached_property
    def coordinates(self) -> np.ndarray:
        pixels = np.arange(12 * self.nside**2)
        return read_only(np.stack(healpix.pix2vec(self.nside, pixels, nest=True), axis=1))

    @cached_property
    def areas(self) -> np.ndarray:
        n = 12 * self.nside**2
        return read_only(np.full(n, 4 * np.pi / n))

    @property
    def grid_mapping(self) -> dict[str, object]:
        return {
            "grid_mapping_name": "healpix",
            "refinement_level": np.int32(self.nside.bit_length() - 1),
            "indexing_scheme": "nested",
        }

    def coarser(self) -> "Healpix | None":
        return Healpix(self.nside // 2) if self.nside > 1 else None

    @cached_property
    def parents(self) -> np.ndarray | None:
        if self.nside == 1:
            return None
        return read_only(np.arange(self.n_vertices) // 4)

    @property
    def rotations(self) -> np.ndarray:
        """Quarter turns about the poles, and half turns that exchange these, (8, 3, 3)."""
        quarters = rotations_about_z(4)
        return np.concatenate([quarters, quarters @ np.diag([1.0, -1.0, -1.0])])

    @cached_property
    def adjacent(self) -> np.ndarray:
        """Pairs of pixels that share a side or a corner, (n_pairs, 2) int64.

        A pixel has eight neighbours, 24 of them seven (Górski et al. 2005).
        """
        corners = pixel_corners(self.nside).reshape(-1, 3)
        pixels = np.repeat(np.arange(self.n_vertices), 4)[:, None]
        return read_only(sharing_corners(corners, pixels))

    @cached_property
    def faces(self) -> np.ndarray:
        return read_only(triangulate(self.coordinates))

    def owners(self, points: np.ndarray) -> np.ndarray:
        return healpix.vec2pix(self.nside, *np.asarray(points).T, nest=True)


def ring_to_nested(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Bring data that comes in ring order into the nested order of `Healpix`.

    Parameters
    ----------
    values
        Data with 12·nside² entries along `axis`.
    axis
        The axis of the vertices.

    Raises
    ------
    UserError
        If there are not so many entries for any nside.
    """
    nside = _nside_of(values, axis)
    return np.take(values, healpix.nest2ring(nside, np.arange(12 * nside**2)), axis=axis)


def nested_to_ring(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Bring data from the nested order into ring order; the inverse of `ring_to_nested`."""
    nside = _nside_of(values, axis)
    return np.take(values, healpix.ring2nest(nside, np.arange(12 * nside**2)), axis=axis)


def _nside_of(values: np.ndarray, axis: int) -> int:
    n = np.shape(values)[axis]
    nside = round((n / 12) ** 0.5)
    if nside < 1 or 12 * nside**2 != n or nside & (nside - 1):
        raise UserError(
            f"HEALPix data has 12 nside^2 vertices for an nside that is a power of two, not {n}."
        )
    return nside
