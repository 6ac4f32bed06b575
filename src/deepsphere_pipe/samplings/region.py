"""A part of a sampling: the vertices inside a box, over the oceans, where there are data."""

from functools import cached_property

import numpy as np

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings.irregular import IrregularSampling
from deepsphere_pipe.samplings.sampling import Sampling, read_only

ROUNDING = 1e-9
"""Degrees by which a vertex on a border of a box may seem to lie outside."""

MIN_VERTICES = 4
"""Vertices that a part must have, so that each has neighbours."""


def within(sampling: Sampling, west: float, south: float, east: float, north: float) -> Sampling:
    """Return the part of a sampling in a box of longitudes and latitudes.

    Parameters
    ----------
    sampling
        Itself if all of it is in the box.
    west, south, east, north
        Borders in degrees; west may be greater than east, across the date line.

    Raises
    ------
    UserError
        If the borders are no box, or it holds fewer than four vertices.
    """
    selected = _box(sampling, west, south, east, north)
    return sampling if selected.all() else Part(sampling, selected, (west, south, east, north))


def masked(sampling: Sampling, mask: np.ndarray) -> Sampling:
    """Return the part of a sampling where a mask (n_vertices,) bool is true.

    Raises
    ------
    UserError
        If the mask does not fit, or leaves fewer than four vertices.
    """
    part = Part(sampling, mask)
    return sampling if part.n_vertices == sampling.n_vertices else part


class Part(IrregularSampling):
    """Some vertices of another sampling, in its order.

    Coarser levels hold the parents of the chosen vertices, each with the area of its children.
    Made by `within` and `masked`.

    Parameters
    ----------
    base
        The sampling of which this is a part.
    selected
        Which of its vertices, (n_base,) bool.
    region
        West, south, east, north in degrees if the choice was such a box.
    areas
        Of the chosen vertices; those of the base by default.

    Raises
    ------
    UserError
        If fewer than `MIN_VERTICES` vertices are chosen or the mask does not fit.
    """

    def __init__(
        self,
        base: Sampling,
        selected: np.ndarray,
        region: tuple[float, ...] | None = None,
        areas: np.ndarray | None = None,
    ) -> None:
        selected = np.asarray(selected)
        if selected.shape != (base.n_vertices,) or selected.dtype != bool:
            raise UserError(
                f"A mask of the sampling {base.identifier} is {base.n_vertices} times true or "
                f"false, not {selected.dtype} of shape {selected.shape}."
            )
        if selected.sum() < MIN_VERTICES:
            raise UserError(
                f"The part of the sampling {base.identifier} has {selected.sum()} vertices; choose "
                f"at least {MIN_VERTICES}, or a finer sampling."
            )
        if isinstance(base, Part):
            # A part of a part is one of the whole; two boxes seldom make one box.
            areas = base.areas[selected] if areas is None else areas
            within = np.zeros(base.base.n_vertices, dtype=bool)
            within[base.vertices[selected]] = True
            base, selected, region = base.base, within, None
        self.base: Sampling = base
        self.name = base.name
        self.region = None if region is None else tuple(float(border) for border in region)
        self.vertices: np.ndarray = read_only(np.flatnonzero(selected))
        self._areas = read_only(np.array(base.areas[self.vertices] if areas is None else areas))

    @property
    def parameters(self) -> dict[str, object]:
        """Arguments which make it again if it is a box.

        Otherwise ``masked`` is among them, which `make_sampling` refuses: it cannot make again
        what was chosen by a mask.
        """
        chosen = {"masked": True} if self.region is None else {"region": list(self.region)}
        return {**self.base.parameters, **chosen}

    @property
    def _label(self) -> str:
        if self.region is None:
            return f"{self.base._label}-part{self.n_vertices}"
        return f"{self.base._label}-region" + "_".join(f"{border:g}" for border in self.region)

    @property
    def covers_sphere(self) -> bool:
        return False

    @cached_property
    def coordinates(self) -> np.ndarray:
        return read_only(self.base.coordinates[self.vertices])

    @cached_property
    def distinct_coordinates(self) -> np.ndarray:
        return read_only(self.base.distinct_coordinates[self.vertices])

    @cached_property
    def longitude(self) -> np.ndarray:
        return read_only(self.base.longitude[self.vertices])

    @property
    def areas(self) -> np.ndarray:
        return self._areas

    @cached_property
    def _hierarchy(self) -> tuple[Sampling, np.ndarray] | None:
        coarse, base_parents = self.base.coarser(), self.base.parents
        if coarse is None or base_parents is None:
            return None
        chosen, parents = np.unique(base_parents[self.vertices], return_inverse=True)
        if len(chosen) < MIN_VERTICES:
            return None
        selected = np.zeros(coarse.n_vertices, dtype=bool)
        selected[chosen] = True
        areas = np.bincount(parents, weights=self._areas)
        # Parents of what is in a box may lie outside of it: the coarser part is no box.
        return Part(coarse, selected, areas=areas), read_only(parents)

    @cached_property
    def _new_numbers(self) -> np.ndarray:
        """Number here of each vertex of the base, -1 for those left out."""
        numbers = np.full(self.base.n_vertices, -1)
        numbers[self.vertices] = np.arange(len(self.vertices))
        return numbers

    @cached_property
    def adjacent(self) -> np.ndarray:
        pairs = self._new_numbers[self.base.adjacent]
        return read_only(pairs[(pairs >= 0).all(axis=1)])

    @cached_property
    def faces(self) -> np.ndarray | None:
        """Triangles of the base whose three corners are chosen; None if there are none."""
        if self.base.faces is None:
            return None
        faces = self._new_numbers[self.base.faces]
        faces = faces[(faces >= 0).all(axis=1)]
        return read_only(faces) if len(faces) else None

    def owners(self, points: np.ndarray) -> np.ndarray:
        owners = self.base.owners(points)
        return np.where(owners < 0, -1, self._new_numbers[owners])


def _box(sampling: Sampling, west: float, south: float, east: float, north: float) -> np.ndarray:
    """Return which vertices lie in a box or on its border, (n_vertices,) bool.

    East may lie beyond the date line.

    Raises
    ------
    UserError
        If the borders are no box.
    """
    borders = (west, south, east, north)
    if not all(np.isfinite(borders)) or not -90 <= south < north <= 90:
        raise UserError(
            "A region is west, south, east, north in degrees with -90 <= south < north <= 90, "
            f"not {', '.join(f'{border:g}' for border in borders)}."
        )
    inside = (sampling.latitude >= south - ROUNDING) & (sampling.latitude <= north + ROUNDING)
    width = 360.0 if east - west >= 360 else (east - west) % 360
    return inside & ((sampling.longitude - west + ROUNDING) % 360 <= width + 2 * ROUNDING)
