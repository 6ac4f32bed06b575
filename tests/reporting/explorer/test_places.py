"""Cells cover the globe, and lines stay on the map."""

import numpy as np
import pytest

from deepsphere_pipe.reporting.explorer import places as places_module
from deepsphere_pipe.reporting.explorer.places import BREAK, UNIT, earth, globe_cells, places_of
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.samplings.sampling import unit_vectors


def sampled(name, **size):
    sampling = make_sampling(name, **size)
    x, y, z = sampling.coordinates.T
    return np.degrees(np.arctan2(y, x)), np.degrees(np.arcsin(np.clip(z, -1, 1))), sampling.areas


def areas_of(cells):
    """Return the area of each cell, from its triangles."""
    points = cells["points"] / UNIT
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    areas, first = [], 0
    for cell, n in enumerate(cells["n_corners"].astype(int)):
        ring = points[cells["corners"][first : first + n].astype(int)]
        first += n
        a, b, c = points[cell], ring, np.roll(ring, -1, axis=0)
        volume = np.einsum("j,ij->i", a, np.cross(b, c))
        areas.append((2 * np.arctan2(volume, 1 + b @ a + c @ a + (b * c).sum(1))).sum())
    return np.array(areas)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("icosahedral", {"level": 3}),
        ("healpix", {"nside": 8}),
        ("equiangular", {"n_lat": 16, "n_lon": 32}),
    ],
)
def test_the_cells_of_the_globe_are_those_of_the_vertices(name, size):
    longitude, latitude, areas = sampled(name, **size)
    cells = globe_cells(longitude, latitude, areas)
    assert cells["cell_vertex"].tolist() == list(range(len(longitude)))
    found = areas_of(cells)
    assert found.sum() == pytest.approx(4 * np.pi, rel=1e-3)
    assert (found > 0).all()
    if name == "icosahedral":
        np.testing.assert_allclose(found, areas, rtol=0.02)


def test_vertices_that_coincide_at_the_poles_are_one_cell():
    longitude, latitude, areas = sampled("equiangular", n_lat=9, n_lon=16, poles=True)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["cell_vertex"]) == len(longitude) - 2 * 15
    assert areas_of(cells).sum() == pytest.approx(4 * np.pi, rel=1e-3)


def test_a_part_of_the_sphere_stays_a_part():
    longitude, latitude, areas = sampled("healpix", nside=16)
    part = (np.abs(longitude) < 40) & (np.abs(latitude) < 30)
    arguments = longitude[part], latitude[part], areas[part]
    covered = areas_of(globe_cells(*arguments)).sum()
    assert covered == pytest.approx(areas[part].sum(), rel=0.1)
    nearest = places_of(*arguments)["nearest"]
    assert 0.7 < (nearest == part.sum()).mean() < 1  # blank elsewhere


def test_many_vertices_are_shown_by_fewer_cells(monkeypatch):
    monkeypatch.setattr(places_module, "MOST_CELLS", 300)
    longitude, latitude, areas = sampled("icosahedral", level=3)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["cell_vertex"]) == 300
    assert areas_of(cells).sum() == pytest.approx(4 * np.pi, rel=1e-3)
    centres = cells["points"][:300] / UNIT
    shown = unit_vectors(longitude, latitude)[cells["cell_vertex"]]
    assert np.einsum("ij,ij->i", centres, shown).min() > np.cos(np.radians(8))


def test_lines_of_the_earth_stay_on_the_map():
    for name, lines in earth().items():
        there = lines[lines[:, 0] != BREAK].astype(int)
        assert len(there) > 1000 and len(there) < len(lines), name
        if name.startswith("flat"):
            assert (np.hypot(*(there / UNIT).T) <= 1.001).all(), name
            steps = np.abs(np.diff(lines.astype(int), axis=0)).max(axis=1)
            whole = (lines[1:, 0] != BREAK) & (lines[:-1, 0] != BREAK)
            assert steps[whole].max() < UNIT / 4, f"{name}: a stroke across the map"


@pytest.mark.parametrize("region", [None, (-30, -10, 90, 10)])
def test_cells_with_many_corners_are_counted(region):
    """A parallel of many longitudes is a face of the hull, with a corner for each."""
    grid = make_sampling("equiangular", region=region, n_lat=30, n_lon=600)
    cells = globe_cells(grid.longitude, grid.latitude, grid.areas)
    assert cells["n_corners"].astype(int).sum() == len(cells["corners"])


def test_a_small_region_of_many_vertices_has_as_many_cells(monkeypatch):
    monkeypatch.setattr(places_module, "MOST_CELLS", 300)
    longitude, latitude = (x.ravel() for x in np.meshgrid(np.arange(40) / 100, np.arange(40) / 100))
    areas = np.full(1600, np.radians(0.01) ** 2)
    cells = globe_cells(longitude, latitude, areas)
    assert len(cells["n_corners"]) == 300
    assert len(np.unique(cells["cell_vertex"])) == 300
