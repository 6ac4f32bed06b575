"""Vertices of a sphere as the pixels of a projected map: exact Voronoi cells, no seams."""

import numpy as np
from matplotlib.colors import ListedColormap
from scipy.spatial import cKDTree

from deepsphere_pipe.reporting.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.projections import Projection, unit_vectors


class VertexRaster:
    """For every pixel of a map, the vertex whose Voronoi cell covers it.

    Parameters
    ----------
    projection : Projection
        The map projection.
    longitude, latitude : numpy.ndarray, shape (vertex,)
        The vertices, in degrees.
    width : int
        Width of the map in pixels; the height follows from the projection.

    Attributes
    ----------
    nearest : numpy.ndarray, shape (row, column), int64
        Vertex nearest to the centre of each pixel, northern row first; -1 off the map.
    """

    def __init__(
        self, projection: Projection, longitude: np.ndarray, latitude: np.ndarray, width: int
    ):
        self.projection = projection
        left, right, bottom, top = projection.extent
        height = max(1, round(width * (top - bottom) / (right - left)))
        x = left + (np.arange(width) + 0.5) * (right - left) / width
        y = top - (np.arange(height) + 0.5) * (top - bottom) / height
        pixels = projection.inverse(*np.meshgrid(x, y))
        inside = np.isfinite(pixels[0])
        # The nearest by chord is the nearest by arc, so a plain KD-tree gives the Voronoi cells.
        tree = cKDTree(unit_vectors(longitude, latitude))
        self.nearest = np.full(inside.shape, -1)
        self.nearest[inside] = tree.query(unit_vectors(*(angle[inside] for angle in pixels)))[1]

    def paint(self, values: np.ndarray) -> np.ma.MaskedArray:
        """Return a map of `values` (vertex,), shape (row, column), masked off the map."""
        return np.ma.array(np.ma.array(values)[self.nearest], mask=self.nearest < 0, keep_mask=True)

    def draw(self, axes, values: np.ndarray, **imshow):
        """Draw `values` (vertex,) on matplotlib axes and return the image."""
        extent = self.projection.extent
        return axes.imshow(self.paint(values), extent=extent, aspect="equal", **imshow)

    def fill(self, axes, selected: np.ndarray, colour: str, opacity: float) -> None:
        """Fill the cells whose vertex is selected (vertex,), bool."""
        self.draw(
            axes,
            np.ma.masked_equal(selected, False),
            cmap=ListedColormap([colour]),
            alpha=opacity,
            interpolation="nearest",
        )

    def outline(self, axes, selected: np.ndarray, colour: str, width: float = 0.8) -> None:
        """Draw the border of the cells whose vertex is selected (vertex,), bool."""
        inside = self.paint(selected).filled(False)
        if inside.any():
            axes.contour(
                inside,
                levels=[0.5],
                origin="upper",
                extent=self.projection.extent,
                colors=[colour],
                linewidths=width,
            )

    def draw_edge(self, axes, colour: str = "#333333") -> None:
        """Draw the edge of the map."""
        inside = np.pad(self.nearest >= 0, 1)
        left, right, bottom, top = self.projection.extent
        dx, dy = (right - left) / self.nearest.shape[1], (top - bottom) / self.nearest.shape[0]
        extent = (left - dx, right + dx, bottom - dy, top + dy)
        lines = axes.contour(
            inside, [0.5], origin="upper", extent=extent, colors=[colour], linewidths=0.6
        )
        lines.set_clip_on(False)


def draw_frame(axes, projection: Projection, colour: str = "#333333") -> None:
    """Draw coastlines and, every 30 degrees, thin parallels and meridians."""
    fine, coarse = np.linspace(-180, 180, 361), np.arange(-180.0, 181, 30)
    lines = [(fine, np.full_like(fine, latitude)) for latitude in coarse[4:9]]
    lines += [(np.full_like(fine, longitude), fine / 2) for longitude in coarse[:-1]]
    for longitude, latitude in lines:
        x, y = project_lines(projection, longitude, latitude)
        axes.plot(x, y, color=colour, linewidth=0.3, alpha=0.35)
    axes.plot(*project_lines(projection, *coastlines()), color=colour, linewidth=0.6)
