"""What holds for every sampling."""

import time
from copy import copy

import netCDF4
import numpy as np
import pytest
import xarray as xr

from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, make_sampling
from deepsphere_pipe.samplings.metadata import data_attributes, write_mesh
from tests.samplings.conftest import PARTS, WHOLE

ALL = WHOLE | PARTS
every = pytest.mark.parametrize("sampling", ALL.values(), ids=ALL)
whole = pytest.mark.parametrize("sampling", WHOLE.values(), ids=WHOLE)
parts = pytest.mark.parametrize("sampling", PARTS.values(), ids=PARTS)


def levels(sampling):
    """The sampling and all its coarser ones."""
    while sampling is not None:
        yield sampling
        sampling = sampling.coarser()


@every
def test_vertices_are_unit_vectors_at_their_longitude_and_latitude(sampling):
    assert np.abs(np.linalg.norm(sampling.coordinates, axis=1) - 1).max() < 1e-14
    longitude, latitude = np.radians(sampling.longitude), np.radians(sampling.latitude)
    radius = np.cos(latitude)
    back = [radius * np.cos(longitude), radius * np.sin(longitude), np.sin(latitude)]
    assert np.abs(np.stack(back, axis=1) - sampling.coordinates).max() < 1e-12
    assert sampling.longitude.min() >= -180 and sampling.longitude.max() < 180


@whole
def test_areas_sum_to_the_sphere_at_every_level(sampling):
    for level in levels(sampling):
        assert level.areas.sum() == pytest.approx(4 * np.pi, rel=1e-12)
        assert level.areas.min() > 0
        assert level.covers_sphere


@every
def test_rotations_of_the_coarsest_level_permute_all_levels(sampling):
    """A grid by as many columns as the coarsest has, a part of the sphere by none."""
    rotations = {"icosahedral": 60, "healpix": 8, "equiangular": sampling.parameters.get("n_lon")}
    is_whole = any(sampling is each for each in WHOLE.values())
    assert len(sampling.rotations) == (rotations.get(sampling.name, 1) if is_whole else 1)
    assert sampling.rotations[0] == pytest.approx(np.eye(3), abs=1e-14)
    *_, coarsest = levels(sampling)
    for rotation in coarsest.rotations:
        assert np.linalg.det(rotation) == pytest.approx(1)
        for level in levels(sampling):
            vertices = level.permutation(rotation)
            turned = level.coordinates @ rotation.T
            assert np.abs(level.coordinates[vertices] - turned).max() < 1e-12
            assert level.areas[vertices] == pytest.approx(level.areas, rel=1e-10)


def test_a_rotation_that_permutes_no_vertices_is_refused():
    quarter_turn = Healpix(1).rotations[1]
    with pytest.raises(ValueError, match="does not permute"):
        Icosahedral(1).permutation(quarter_turn)


@parts
def test_parts_keep_their_area_at_every_level(sampling):
    for level in levels(sampling):
        assert level.areas.sum() == pytest.approx(sampling.areas.sum(), rel=1e-12)
        assert not level.covers_sphere
    assert 0.05 < sampling.areas.sum() / (4 * np.pi) < 0.6


@every
def test_every_coarse_vertex_has_children_and_every_child_is_its_parents(sampling):
    n_levels = 0
    for fine in levels(sampling):
        coarse = fine.coarser()
        if coarse is None:
            assert fine.parents is None and fine.children is None
            break
        n_levels += 1
        assert fine.parents.shape == (fine.n_vertices,)
        assert set(fine.parents) == set(range(coarse.n_vertices))
        table = fine.children
        parent, _ = np.nonzero(table >= 0)
        assert (fine.parents[table[table >= 0]] == parent).all()
        assert (table >= 0).sum() == fine.n_vertices
    assert n_levels >= 1


@every
def test_parents_are_near(sampling):
    """A child lies no farther from its parent than two cells of the coarse level reach."""
    coarse = sampling.coarser()
    if sampling.lattice_edges is not None or getattr(sampling, "base", None) is not None:
        pytest.skip("cells near a pole are long; parts have the parents of their base")
    distance = np.linalg.norm(sampling.coordinates - coarse.coordinates[sampling.parents], axis=1)
    assert (distance < 2.5 * np.sqrt(coarse.areas[sampling.parents] / np.pi)).all()


def test_icosahedral_parents_are_nearest_or_tie_with_the_nearest():
    fine = Icosahedral(4)
    chords = np.linalg.norm(fine.coordinates[:, None] - fine.coarser().coordinates, axis=2)
    nearest = np.sort(chords, axis=1)[:, :2]
    own = chords[np.arange(fine.n_vertices), fine.parents]
    assert (own <= nearest[:, 1] + 1e-12).all()


@pytest.mark.parametrize("name", ["healpix", "offset"])
def test_parents_contain_their_children(name):
    sampling = WHOLE[name]
    while (coarse := sampling.coarser()) is not None:
        assert (coarse.owners(sampling.coordinates) == sampling.parents).all()
        sums = np.bincount(sampling.parents, weights=sampling.areas)
        # Equal on HEALPix; quadrature weights next to a pole are not quite the cells' areas.
        np.testing.assert_allclose(sums, coarse.areas, rtol=1e-12 if name == "healpix" else 0.5)
        sampling = coarse


@every
def test_vertices_own_their_own_places(sampling):
    owners = sampling.owners(sampling.distinct_coordinates)
    assert (owners == np.arange(sampling.n_vertices)).all()


@parts
def test_places_outside_belong_to_no_vertex(sampling):
    assert (sampling.owners(-sampling.coordinates.mean(axis=0)[None]) == -1).all()


@whole
def test_mesh_is_a_closed_sphere_with_outward_faces(sampling):
    faces = sampling.faces
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    directed = {tuple(side) for side in sides.tolist()}
    assert len(directed) == len(sides)
    assert directed == {(b, a) for a, b in directed}
    assert len(np.unique(faces)) - len(sides) // 2 + len(faces) == 2
    assert (np.linalg.det(sampling.distinct_coordinates[faces]) > 0).all()


@every
def test_identifier_depends_on_the_order(sampling, monkeypatch):
    expected = sampling.identifier
    assert expected.startswith(sampling.name)
    again = copy(sampling)
    vars(again).pop("identifier")
    assert again.identifier == expected
    vars(again).pop("identifier")
    swapped = sampling.coordinates.copy()
    swapped[[2, -2]] = swapped[[-2, 2]]
    vars(again).pop("coordinates", None)
    monkeypatch.setattr(type(sampling), "coordinates", swapped)
    assert again.identifier != expected


def test_no_two_samplings_share_an_identifier():
    identifiers = [level.identifier for sampling in ALL.values() for level in levels(sampling)]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Healpix(64),
        lambda: Equiangular(n_lat=768, n_lon=1152, poles=True),
        lambda: Equiangular(n_lat=721, n_lon=1440, poles=True),
    ],
)
def test_large_samplings_are_made_quickly(make):
    start = time.process_time()
    sampling = make()
    for name in ("coordinates", "areas", "parents", "faces", "identifier", "latitude"):
        assert getattr(sampling, name) is not None
    assert time.process_time() - start < 4  # about 1 s; the rest is for a busy machine


@every
def test_samplings_are_made_again_from_their_parameters(sampling):
    if not sampling.parameters or "partial" in sampling.parameters or sampling is PARTS["mask"]:
        pytest.skip("made from arrays")
    again = make_sampling(sampling.name, **sampling.parameters)
    assert again == sampling
    assert again.identifier == sampling.identifier


@every
def test_arrays_cannot_be_changed(sampling):
    for name in ("coordinates", "areas", "longitude", "latitude", "parents", "children", "faces"):
        array = getattr(sampling, name)
        if array is not None:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


@every
def test_files_say_where_the_vertices_are(sampling, tmp_path):
    with netCDF4.Dataset(tmp_path / "mesh.nc", "w") as file:
        file.createDimension("vertex", sampling.n_vertices)
        write_mesh(file, sampling)
        field = file.createVariable("field", "f4", ("vertex",))
        field.setncatts(data_attributes(sampling))
    with xr.open_dataset(tmp_path / "mesh.nc") as file:
        np.testing.assert_array_equal(file["longitude"], sampling.longitude)
        assert file["areas"].attrs["units"] == "sr"
        mesh = file[file["field"].attrs["mesh"]].attrs
        assert mesh["topology_dimension"] == 2
        assert mesh["node_coordinates"] == "longitude latitude"
        np.testing.assert_array_equal(file[mesh["face_node_connectivity"]], sampling.faces)
        if isinstance(sampling, Healpix):
            mapping = file[file["field"].attrs["grid_mapping"]].attrs
            assert mapping["grid_mapping_name"] == "healpix"
            assert mapping["refinement_level"] == 3 and mapping["indexing_scheme"] == "nested"
