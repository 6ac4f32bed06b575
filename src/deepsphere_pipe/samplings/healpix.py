"""HEALPix sampling (Górski et al. 2005) in nested order: equal areas, children in a row."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import healpix
import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.sampling import Sampling, read_only

MAX_NSIDE = 1024
"""Finest resolution offered: 12 582 912 vertices, 0.06° apart."""


@dataclass(frozen=True)
class Healpix(Sampling):
    """HEALPix sampling with 12·nside² vertices in nested order.

    The children of vertex i of nside / 2 are the vertices 4 i, …, 4 i + 3.

    Parameters
    ----------
    nside
        Vertices along the side of each of the twelve base pixels: a power of two.

    Raises
    ------
    UserError
        If nside is no power of two, or too large.
    """

    nside: int
    name: ClassVar[str] = "healpix"

    def __post_init__(self) -> None:
        whole = isinstance(self.nside, int | np.integer) and not isinstance(self.nside, bool)
        if not whole or not 1 <= self.nside <= MAX_NSIDE or self.nside & (self.nside - 1):
            raise UserError(
                "The nside of the HEALPix sampling is a power of two from 1 to "
                f"{MAX_NSIDE}, not {self.nside!r}."
            )

    @property
    def parameters(self) -> dict[str, int | float | str]:
        return {"nside": int(self.nside)}

    @cached_property
    def coordinates(self) -> np.ndarray:
        pixels = np.arange(12 * self.nside**2)
        return read_only(np.stack(healpix.pix2vec(self.nside, pixels, nest=True), axis=1))

    @cached_property
    def areas(self) -> np.ndarray:
        n = 12 * self.nside**2
        return read_only(np.full(n, 4 * np.pi / n))

    def coarser(self) -> "Healpix | None":
        return Healpix(self.nside // 2) if self.nside > 1 else None

    @cached_property
    def parents(self) -> np.ndarray | None:
        if self.nside == 1:
            return None
        return read_only(np.arange(self.n_vertices) // 4)

    def owners(self, points: np.ndarray) -> np.ndarray:
        return healpix.vec2pix(self.nside, *np.asarray(points).T, nest=True)
