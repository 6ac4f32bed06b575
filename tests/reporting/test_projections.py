"""Projections invert each other, and nothing is drawn across the seam."""

import sys

import numpy as np
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.maps.coastlines import coastlines, project_lines
from deepsphere_pipe.reporting.maps.projections import (
    Mollweide,
    make_projection,
    place_facing,
    unit_vectors,
)

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
]


def projection_of(definition):
    if definition.startswith("+proj"):
        pytest.importorskip("pyproj")
    return make_projection(definition)


def random_points(n=2000, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform(-180, 180, n), np.degrees(np.arcsin(rng.uniform(-1, 1, n)))


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_inverse_undoes_forward(definition):
    projection = projection_of(definition)
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
    projection = projection_of(definition)
    left, right, bottom, top = projection.extent
    x, y = np.meshgrid([left, right], [bottom, top])
    longitude, latitude = projection.inverse(x, y)
    assert np.isnan(longitude).all() != ("equirectangular" in definition)
    assert (np.isnan(longitude) == np.isnan(latitude)).all()


def test_mollweide_keeps_areas_and_reaches_the_poles():
    projection = Mollweide()
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
    np.testing.assert_allclose(x, 0, atol=1e-12)
    np.testing.assert_allclose(y, [np.sqrt(2), -np.sqrt(2)])


def test_orthographic_hides_the_far_side():
    x, _ = make_projection("orthographic(-80, 25)").forward(
        np.array([-80.0, 100.0, -60.0]), np.array([25.0, -25.0, 0.0])
    )
    assert np.isfinite(x).tolist() == [True, False, True]


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_no_coastline_jumps_across_the_map(definition):
    projection = projection_of(definition)
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
    "definition", ["mercator", "mollweide(a)", "mollweide(1, 2)", "orthographic(1", ""]
)
def test_unknown_projections_are_told(definition):
    with pytest.raises(UserError, match="mollweide, robinson, orthographic"):
        make_projection(definition)


def test_unknown_proj_string_is_told():
    pytest.importorskip("pyproj")
    with pytest.raises(UserError, match="nonsense"):
        make_projection("+proj=nonsense")


def test_missing_pyproj_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyproj", None)
    with pytest.raises(UserError, match=r"needs pyproj: pip install 'deepsphere-pipe\[maps\]'"):
        make_projection("+proj=robin")


def test_robinson_is_that_of_proj():
    pytest.importorskip("pyproj")
    longitude, latitude = np.meshgrid(np.linspace(-180, 180, 37), np.linspace(-90, 90, 181))
    ours = make_projection("robinson").forward(longitude, latitude)
    theirs = make_projection("+proj=robin").forward(longitude, latitude)
    np.testing.assert_allclose(ours, theirs, atol=5e-4)  # PROJ joins the table by other curves


def test_most_of_the_points_are_seen_from_the_place_that_faces_them():
    places = unit_vectors(np.array([100.0, 110, 120, -60]), np.array([20.0, 10, 0, -10]))
    longitude, latitude = place_facing(places, np.array([1.0, 1, 1, 2]))
    assert longitude == pytest.approx(110, abs=10) and 0 <= latitude <= 15
    assert place_facing(places, np.array([0, 0, 0, 1.0])) == (-60, -15)


def test_only_a_globe_without_a_centre_is_turned():
    turned = make_projection("orthographic", (110.0, 15.0))
    assert (turned.lon0, turned.lat0) == (110, 15)
    assert make_projection("orthographic(-80, 25)", (110.0, 15.0)).lon0 == -80
    assert make_projection("mollweide", (110.0, 15.0)).lon0 == 0
