"""Projections are what they are called, and nothing is drawn across the seam."""

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.maps.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.maps.projections import make_projection, place_facing
from deepsphere_pipe.samplings.sampling import unit_vectors

DEFINITIONS = [
    "equirectangular",
    "equirectangular(180)",
    "mollweide",
    "mollweide(-100)",
    "robinson",
    "robinson(150)",
    "orthographic",
    "orthographic(-80, 25)",
    "orthographic(30, 90)",
    "+proj=robin",
    "+proj=eqearth +lon_0=150",
    "+proj=igh",
]


def random_points(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_inverse_undoes_forward(definition):
    projection = make_projection(definition)
    longitude, latitude = random_points()
    x, y = projection.forward(longitude, latitude)
    shown = np.isfinite(x)
    assert shown.mean() == pytest.approx(0.5 if "ortho" in definition else 1, abs=0.05)
    left, right, bottom, top = projection.extent
    assert ((x[shown] >= left - 1e-9) & (x[shown] <= right + 1e-9)).all()
    assert ((y[shown] >= bottom - 1e-9) & (y[shown] <= top + 1e-9)).all()
    back = unit_vectors(*projection.inverse(x[shown], y[shown]))
    expected = unit_vectors(longitude[shown], latitude[shown])
    np.testing.assert_allclose(back, expected, atol=1e-6)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_corners_are_off_the_map_unless_it_is_a_rectangle(definition):
    projection = make_projection(definition)
    left, right, bottom, top = projection.extent
    x, y = np.meshgrid([left, right], [bottom, top])
    longitude, latitude = projection.inverse(x, y)
    assert np.isnan(longitude).all() != ("equirectangular" in definition)
    assert (np.isnan(longitude) == np.isnan(latitude)).all()


def test_mollweide_keeps_areas_and_reaches_the_poles():
    projection = make_projection("mollweide(33.3)")
    rng = np.random.default_rng(0)
    left, right, bottom, top = projection.extent
    _, latitude = projection.inverse(
        rng.uniform(left, right, 200_000), rng.uniform(bottom, top, 200_000)
    )
    inside = np.isfinite(latitude)
    # On an equal-area map, sin(latitude) of random points of the plane is uniform on [-1, 1].
    quantiles = np.quantile(np.sin(np.radians(latitude[inside])), [0.1, 0.5, 0.9])
    np.testing.assert_allclose(quantiles, [-0.8, 0, 0.8], atol=0.02)
    x, y = projection.forward(np.array([120.0, 120.0]), np.array([90.0, -90.0]))
    np.testing.assert_allclose(x, 0, atol=1e-4)
    np.testing.assert_allclose(y, [np.sqrt(2), -np.sqrt(2)])


def test_orthographic_is_a_view_of_the_near_half_of_the_globe():
    longitude, latitude = random_points()
    x, y = make_projection("orthographic(-80, 25)").forward(longitude, latitude)
    east, centre = unit_vectors(10.0, 0.0), unit_vectors(-80.0, 25.0)
    points = unit_vectors(longitude, latitude)
    np.testing.assert_array_equal(np.isfinite(x), points @ centre > 0)
    near = points[points @ centre > 0]
    np.testing.assert_allclose(x[np.isfinite(x)], near @ east, atol=1e-12)
    np.testing.assert_allclose(y[np.isfinite(y)], near @ np.cross(centre, east), atol=1e-12)


@pytest.mark.parametrize(
    ("definition", "right", "top"),
    [
        ("equirectangular", np.pi, np.pi / 2),
        ("mollweide(33.3)", 2 * np.sqrt(2), np.sqrt(2)),
        ("robinson(150)", 0.8487 * np.pi, 1.3523),
        ("orthographic(-80.3, 24.87)", 1, 1),
        ("+proj=eqc +lon_0=30.1 +R=6371000", np.pi, np.pi / 2),
    ],
)
def test_the_frame_holds_the_globe_of_radius_1_whatever_its_centre(definition, right, top):
    extent = make_projection(definition).extent
    np.testing.assert_allclose(extent, (-right, right, -top, top), atol=3e-5)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_no_coastline_jumps_across_the_map(definition):
    projection = make_projection(definition)
    longitude, latitude = coastlines()
    x, y = project_lines(projection, longitude, latitude)
    left, right, _, _ = projection.extent
    strokes = np.hypot(np.diff(x), np.diff(y))
    assert np.nanmax(strokes) < 0.06 * (right - left)
    # Few segments are lost to the seam, none elsewhere.
    drawn = np.isfinite(strokes).sum()
    x_all, _ = projection.forward(longitude, latitude)
    assert drawn >= np.isfinite(np.diff(x_all)).sum() - 40


def test_a_line_across_the_seam_is_broken_there_only():
    longitude, latitude = np.arange(160.0, 201, 5), np.full(9, 20.0)
    x, _ = project_lines(make_projection("mollweide"), longitude, latitude)
    assert np.isnan(x).sum() == 1
    x, _ = project_lines(make_projection("mollweide(180)"), longitude, latitude)
    assert np.isnan(x).sum() == 0


@pytest.mark.parametrize(
    "definition",
    ["mercator", "mollweide(a)", "mollweide(1, 2)", "orthographic(1", "orthographic(0, 95)", ""],
)
def test_unknown_projections_are_told(definition):
    with pytest.raises(UserError, match="mollweide, robinson, orthographic"):
        make_projection(definition)


def test_unknown_proj_string_is_told():
    with pytest.raises(UserError, match="nonsense"):
        make_projection("+proj=nonsense")


def test_robinson_is_that_of_his_table():
    x, y = make_projection("robinson").forward(np.full(3, 180.0), np.array([0.0, 45, 60]))
    np.testing.assert_allclose(x / np.pi / 0.8487, [1, 0.8962, 0.7986], atol=1e-6)
    np.testing.assert_allclose(y / 1.3523, [0, 0.5571, 0.7346], atol=1e-6)


def test_most_of_the_points_are_seen_from_the_place_that_faces_them():
    places = unit_vectors(np.array([100.0, 110, 120, -60]), np.array([20.0, 10, 0, -10]))
    longitude, latitude = place_facing(places, np.array([1.0, 1, 1, 2]))
    assert longitude == pytest.approx(110, abs=10) and 0 <= latitude <= 15
    assert place_facing(places, np.array([0, 0, 0, 1.0])) == (-60, -15)


@pytest.mark.parametrize(
    ("definition", "centre"),
    [
        ("orthographic", (110, 15)),
        ("orthographic()", (110, 15)),
        ("orthographic(-80)", (-80, 0)),
        ("orthographic(-80, 25)", (-80, 25)),
        ("mollweide", (0, 0)),
    ],
)
def test_only_a_globe_without_a_centre_is_turned(definition, centre):
    turned = make_projection(definition, (110.0, 15.0))
    np.testing.assert_allclose(turned.inverse(0.0, 0.0), centre, atol=1e-9)
