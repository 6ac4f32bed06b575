"""Vertices of a sphere as the pixels of a projected map: exact Voronoi cells, no seams."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.image import AxesImage
from scipy.spatial import cKDTree

from deepsphere_pipe.reporting.maps.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.maps.projections import Projection
from deepsphere_pipe.samplings.sampling import disc_radii, unit_vectors

DARK = "#333333"

COVERED = 1 - 1e-6
"""Share of the sphere from which on a sampling counts as covering all of it."""

CORNER = 1.3
"""How far a cell reaches, in radii of the disc of its area: the corner of a square is at 1.25."""


def covers_sphere(areas: np.ndarray) -> bool:
    """Return whether cells of these areas (steradian) leave nothing of the sphere blank."""
    return bool(areas.sum() >= COVERED * 4 * np.pi)


def cell_reach(areas: np.ndarray) -> np.ndarray:
    """Return how far from its vertex each cell of these areas (steradian) reaches, in radians."""
    return CORNER * disc_radii(areas)


class VertexRaster:
    """For every pixel of a map, the vertex whose Voronoi cell covers it.

    Parameters
    ----------
    projection
        The map projection.
    longitude, latitude : numpy.ndarray, shape (vertex,)
        The vertices, in degrees.
    width
        Width of the map in pixels; the height follows from the projection.
    areas : numpy.ndarray, shape (vertex,), optional
        Areas of the cells in steradian. If they sum to less than the sphere, pixels farther from
        a vertex than its cell reaches are left blank.

    Attributes
    ----------
    nearest : numpy.ndarray, shape (row, column), int64
        Vertex nearest to the centre of each pixel, northern row first; -1 off the map and where
        there is no cell.
    inside : numpy.ndarray, shape (row, column), bool
        Whether a pixel lies on the globe.
    """

    def __init__(
        self, projection: Projection, longitude: np.ndarray, latitude: np.ndarray, width: int,
        areas: np.ndarray | None = None,
    ):  # fmt: skip
        self.projection = projection
        left, right, bottom, top = projection.extent
        height = max(1, round(width * (top - bottom) / (right - left)))
        x = left + (np.arange(width) + 0.5) * (right - left) / width
        y = top - (np.arange(height) + 0.5) * (top - bottom) / height
        pixels = projection.inverse(*np.meshgrid(x, y))
        self.inside = np.isfinite(pixels[0])
        # The nearest by chord is the nearest by arc, so a plain KD-tree gives the Voronoi cells.
        tree = cKDTree(unit_vectors(longitude, latitude))
        distance, vertex = tree.query(unit_vectors(*(angle[self.inside] for angle in pixels)))
        if areas is not None and not covers_sphere(areas):
            vertex[distance > cell_reach(areas)[vertex]] = -1
        self.nearest = np.full(self.inside.shape, -1)
        self.nearest[self.inside] = vertex

    def paint(self, values: np.ndarray) -> np.ma.MaskedArray:
        """Return a map of `values` (vertex,), shape (row, column), masked off the map."""
        return np.ma.array(np.ma.array(values)[self.nearest], mask=self.nearest < 0, keep_mask=True)

    def draw(self, axes: Axes, values: np.ndarray, **imshow: Any) -> AxesImage:
        """Draw `values` (vertex,) on matplotlib axes and return the image."""
        extent = self.projection.extent
        return axes.imshow(self.paint(values), extent=extent, aspect="equal", **imshow)

    def fill(self, axes: Axes, selected: np.ndarray, colour: str, opacity: float) -> None:
        """Fill the cells whose vertex is selected (vertex,), bool."""
        style = {"cmap": ListedColormap([colour]), "alpha": opacity, "interpolation": "nearest"}
        self.draw(axes, np.ma.masked_equal(selected, False), **style)

    def outline(self, axes: Axes, selected: np.ndarray, colour: str) -> None:
        """Draw the border of the cells whose vertex is selected (vertex,), bool."""
        inside = self.paint(selected).filled(False)
        if inside.any():
            style: dict[str, Any] = {"colors": [colour], "linewidths": 0.8, "origin": "upper"}
            axes.contour(inside, [0.5], extent=self.projection.extent, **style)

    def draw_edge(self, axes: Axes) -> None:
        """Draw the edge of the map."""
        inside = np.pad(self.inside, 1)
        left, right, bottom, top = self.projection.extent
        dx, dy = (right - left) / self.nearest.shape[1], (top - bottom) / self.nearest.shape[0]
        extent = (left - dx, right + dx, bottom - dy, top + dy)
        style: dict[str, Any] = {"colors": [DARK], "linewidths": 0.6, "origin": "upper"}
        axes.contour(inside, [0.5], extent=extent, **style).set_clip_on(False)


def graticule() -> tuple[np.ndarray, np.ndarray]:
    """Return longitude and latitude of parallels and meridians every 30 degrees, NaN between."""
    fine, coarse = np.linspace(-180, 180, 361), np.arange(-180.0, 181, 30)
    lines = [(fine, np.full_like(fine, latitude)) for latitude in coarse[4:9]]
    lines += [(np.full_like(fine, longitude), fine / 2) for longitude in coarse[:-1]]
    longitude, latitude = (
        np.pad(np.array(angle), ((0, 0), (0, 1)), constant_values=np.nan).ravel()
        for angle in zip(*lines, strict=True)
    )
    return longitude, latitude


def draw_frame(axes: Axes, projection: Projection, colour: str = DARK) -> None:
    """Draw coastlines and, every 30 degrees, thin parallels and meridians."""
    x, y = project_lines(projection, *graticule())
    axes.plot(x, y, color=colour, linewidth=0.3, alpha=0.35)
    axes.plot(*project_lines(projection, *coastlines()), color=colour, linewidth=0.6)
