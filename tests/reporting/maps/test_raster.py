"""A raster shows the nearest vertex everywhere, on both sides of the seam."""

import numpy as np
import pytest

from deepsphere_pipe.reporting.maps.projections import make_projection
from deepsphere_pipe.reporting.maps.raster import VertexRaster
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from tests.reporting.conftest import fibonacci_sphere


@pytest.mark.parametrize("definition", ["equirectangular", "mollweide", "orthographic(170, 40)"])
def test_every_pixel_shows_its_nearest_vertex(definition):
    projection = make_projection(definition)
    longitude, latitude = fibonacci_sphere(300)
    raster = VertexRaster(projection, longitude, latitude, width=60)
    left, right, bottom, top = projection.extent
    rows, columns = raster.nearest.shape
    assert columns == 60
    vertices = unit_vectors(longitude, latitude)
    for row, column in [(rows // 2, 3), (rows // 3, 30), (rows // 2, 56), (0, 0), (2, 29)]:
        x = left + (column + 0.5) / columns * (right - left)
        y = top - (row + 0.5) / rows * (top - bottom)
        lon, lat = projection.inverse(np.array(x), np.array(y))
        expected = -1 if np.isnan(lon) else np.argmax(vertices @ unit_vectors(lon, lat))
        assert raster.nearest[row, column] == expected


def test_no_seam_at_the_date_line():
    longitude, latitude = fibonacci_sphere(2000)
    islands = unit_vectors(longitude, latitude) @ unit_vectors(np.array(180.0), np.array(10.0))
    disc = islands > np.cos(np.radians(20))  # a disc around a point on the date line
    seam = VertexRaster(make_projection("equirectangular"), longitude, latitude, 360).paint(disc)
    middle = VertexRaster(make_projection("equirectangular(180)"), longitude, latitude, 360)
    # Turned by half the map, both show the same disc: the seam itself leaves no trace.
    np.testing.assert_array_equal(np.roll(seam, 180, axis=1), middle.paint(disc))
    row = middle.paint(disc)[80]
    assert row[180 - 15 : 180 + 15].all()
    assert not row[:150].any() and not row[210:].any()


def test_north_is_up_and_east_is_right():
    longitude, latitude = fibonacci_sphere(500)
    raster = VertexRaster(make_projection("mollweide"), longitude, latitude, 100)
    north, east = raster.paint(latitude), raster.paint(longitude)
    assert north[5].mean() > 60 and north[-5].mean() < -60
    assert east[25, 10] < -90 and east[25, 90] > 90


def test_off_the_map_is_masked():
    longitude, latitude = fibonacci_sphere(100)
    painted = VertexRaster(make_projection("orthographic"), longitude, latitude, 50).paint(latitude)
    assert painted.mask[0, 0] and not painted.mask[25, 25]
    assert (~painted.mask).mean() == pytest.approx(np.pi / 4, abs=0.01)


def test_a_part_of_the_sphere_leaves_the_rest_blank():
    sampling = Icosahedral(4)
    here = (np.abs(sampling.longitude - 40) < 30) & (np.abs(sampling.latitude) < 20)
    place = sampling.longitude[here], sampling.latitude[here]
    plate = make_projection("equirectangular")
    raster = VertexRaster(plate, *place, 360, areas=sampling.areas[here])
    shown = np.flatnonzero((raster.nearest >= 0).any(axis=0))
    assert shown.min() == pytest.approx(190, abs=4) and shown.max() == pytest.approx(250, abs=4)
    assert (raster.nearest[85:95, 200:240] >= 0).all()  # no holes
    assert raster.inside.all()
    # The whole sphere is drawn whole, areas or not.
    whole = sampling.longitude, sampling.latitude
    without = VertexRaster(plate, *whole, 360).nearest
    np.testing.assert_array_equal(
        VertexRaster(plate, *whole, 360, areas=sampling.areas).nearest, without
    )
