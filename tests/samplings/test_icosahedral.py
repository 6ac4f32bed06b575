"""The icosahedral sampling: order of the vertices, mesh, areas and hierarchy."""

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial import SphericalVoronoi

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.samplings import Icosahedral, make_sampling

LEVELS = range(6)


def reference_vertices(level):
    """The published rule with Python's own sorting of byte strings, vertex by vertex."""
    rings = {0: (-54, 1), 1: (-90, -1), 2: (90, 1), 3: (126, -1), 4: (162, 1), 5: (-126, 1)}
    rings |= {6: (54, -1), 7: (-18, -1), 9: (-162, -1), 10: (18, 1)}
    vertices = [np.array([0.0, 0.0, -1.0 if i == 8 else 1.0]) for i in range(12)]
    for i, (longitude, side) in rings.items():
        angle = np.radians(longitude)
        ring = [2 * np.cos(angle), 2 * np.sin(angle), side]
        vertices[i] = np.array(ring) / np.sqrt(5)
    faces = [
        triple
        for triple in combinations(range(12), 3)
        if all(vertices[i] @ vertices[j] > 0.4 for i, j in combinations(triple, 2))
    ]
    for _ in range(level):
        middles = {}
        for face in faces:
            for i, j in combinations(face, 2):
                middles[frozenset((i, j))] = (vertices[i] + vertices[j]) / 2

        def key(edge, middles=middles):
            return np.array([round(1e8 * c - 1e-6) for c in middles[edge]], "<i4").tobytes()

        number = {}
        for edge in sorted(middles, key=key):
            number[edge] = len(vertices)
            vertices.append(middles[edge] / np.linalg.norm(middles[edge]))
        children = []
        for a, b, c in faces:
            x, y, w = (number[frozenset(edge)] for edge in ((a, b), (b, c), (c, a)))
            children += [(a, x, w), (x, b, y), (w, y, c), (x, y, w)]
        faces = children
    return np.array(vertices)


@pytest.mark.parametrize(
    ("vertex", "expected"),
    [
        (0, (0.525731, -0.723607, 0.447214)),
        (11, (0, 0, 1)),
        (12, (0, -0.850651, 0.525731)),
        (42, (0, -0.273267, -0.961938)),
        (10241, (-0.494553, 0.404874, 0.769087)),
    ],
)
def test_vertices_stand_where_the_published_data_has_them(vertex, expected):
    assert Icosahedral(5).coordinates[vertex] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_order_equals_the_rule_written_out(level):
    difference = Icosahedral(level).coordinates - reference_vertices(level)
    assert np.abs(difference).max() < 1e-14


def test_identifier_is_pinned_and_depends_on_the_order(monkeypatch):
    # Stores, spheres and models carry this string: a change makes all of them unreadable.
    assert Icosahedral(5).identifier == "icosahedral-level5-8de59dc6"
    reordered = Icosahedral(2).coordinates[::-1]
    expected = Icosahedral(2).identifier
    monkeypatch.setattr(Icosahedral, "coordinates", reordered)
    assert Icosahedral(2).identifier != expected


@pytest.mark.parametrize("level", LEVELS)
def test_mesh_is_a_closed_sphere_with_outward_faces(level):
    sampling = Icosahedral(level)
    faces = sampling.faces
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    directed = {tuple(side) for side in sides.tolist()}
    assert sampling.n_vertices == 10 * 4**level + 2
    # Every side is passed once in each direction, and Euler's characteristic is 2.
    assert len(directed) == len(sides)
    assert directed == {(b, a) for a, b in directed}
    assert sampling.n_vertices - len(sides) // 2 + len(faces) == 2
    assert (np.linalg.det(sampling.coordinates[faces]) > 0).all()
    assert np.abs(np.linalg.norm(sampling.coordinates, axis=1) - 1).max() < 1e-15


@pytest.mark.parametrize("level", LEVELS)
def test_areas_cover_the_sphere_almost_evenly(level):
    areas = Icosahedral(level).areas
    assert areas.sum() == pytest.approx(4 * np.pi, rel=1e-13)
    assert areas.max() / areas.min() < 1.37


def test_areas_are_those_of_voronoi_cells():
    sampling = Icosahedral(3)
    expected = SphericalVoronoi(sampling.coordinates).calculate_areas()
    np.testing.assert_allclose(sampling.areas, expected, rtol=1e-10)


def test_longitude_and_latitude_give_the_coordinates_back():
    sampling = Icosahedral(4)
    longitude, latitude = np.radians(sampling.longitude), np.radians(sampling.latitude)
    back = [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)]
    back = np.stack([*back, np.sin(latitude)], axis=1)
    assert np.abs(back - sampling.coordinates).max() < 1e-12
    assert sampling.longitude.min() == -180
    assert sampling.longitude.max() < 180 - 1e-9
    assert (sampling.latitude[[8, 11]] == [-90, 90]).all()
    assert (sampling.longitude[[8, 11]] == 0).all()


@pytest.mark.parametrize("level", LEVELS[1:])
def test_coarse_vertices_come_first_and_are_their_own_parents(level):
    fine, coarse = Icosahedral(level), Icosahedral(level).coarser()
    n = coarse.n_vertices
    assert coarse == Icosahedral(level - 1)
    assert (fine.coordinates[:n] == coarse.coordinates).all()
    assert (fine.parents[:n] == np.arange(n)).all()
    assert (fine.edge_ends[:n] == np.arange(n)[:, None]).all()


@pytest.mark.parametrize("level", LEVELS[1:])
def test_new_vertices_lie_midway_and_belong_to_one_of_their_ends(level):
    fine, coarse = Icosahedral(level), Icosahedral(level - 1)
    midway = coarse.coordinates[fine.edge_ends].mean(axis=1)
    midway /= np.linalg.norm(midway, axis=1, keepdims=True)
    assert np.abs(midway - fine.coordinates).max() < 1e-14
    assert (fine.parents[:, None] == fine.edge_ends).any(axis=1).all()


@pytest.mark.parametrize("level", LEVELS[1:])
def test_parents_share_the_children_evenly(level):
    fine = Icosahedral(level)
    children = np.bincount(fine.parents, minlength=fine.coarser().n_vertices)
    assert children.min() >= 3
    assert children.max() <= 5
    # Three of six edges and the vertex itself, but at pentagons and where a meridian bends.
    if level >= 3:
        assert np.mean(children == 4) > 0.88


def test_level_0_is_the_coarsest():
    icosahedron = Icosahedral(0)
    assert icosahedron.coarser() is None
    assert icosahedron.parents is None
    assert icosahedron.edge_ends is None


def test_finest_level_keeps_the_rules():
    fine = Icosahedral(8)
    assert fine.n_vertices == 655_362
    assert fine.areas.sum() == pytest.approx(4 * np.pi, rel=1e-12)
    assert np.bincount(fine.parents).min() >= 3


def test_arrays_are_shared_and_cannot_be_changed():
    sampling = Icosahedral(2)
    assert sampling.coordinates is Icosahedral(2).coordinates
    for name in ("coordinates", "faces", "areas", "parents", "edge_ends", "longitude", "latitude"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(sampling, name)[0] = 0


def test_samplings_are_made_by_name():
    sampling = make_sampling("icosahedral", level=3)
    assert sampling == Icosahedral(3)
    assert make_sampling(sampling.name, **sampling.parameters) == sampling


@pytest.mark.parametrize(
    ("level", "allowed"),
    [(-1, "at least 0"), (9, "at most 8"), *((bad, "a whole number") for bad in (2.0, "5", True))],
)
def test_impossible_level_is_told_in_a_sentence(level, allowed):
    with pytest.raises(UserError, match=f"level is {level!r}; it must be {allowed}"):
        Icosahedral(level)


def test_unknown_sampling_or_parameter_is_told_in_a_sentence():
    with pytest.raises(UserError, match="name is 'cube'; it must be 'icosahedral'"):
        make_sampling("cube", level=3)
    with pytest.raises(UserError, match=r"'nside' with name 'icosahedral'; allowed there: .*level"):
        make_sampling("icosahedral", nside=8)
