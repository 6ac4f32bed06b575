"""The sphere artefact: contents of its levels, identity, round trip through its file."""

import dataclasses
import time

import netCDF4
import numpy as np
import pytest
from scipy import sparse

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs import scaled_laplacian, sphere_graph
from deepsphere_pipe.graphs.building import build_hierarchy, save_hierarchy
from deepsphere_pipe.graphs.hierarchy import Hierarchy, Level
from deepsphere_pipe.samplings import Icosahedral


def assert_equal_spheres(first, second):
    assert first.identifier == second.identifier
    assert len(first.levels) == len(second.levels)
    for one, other in zip(first.levels, second.levels, strict=True):
        for field in dataclasses.fields(Level):
            a, b = getattr(one, field.name), getattr(other, field.name)
            if sparse.issparse(a):
                for part in ("data", "indices", "indptr"):
                    np.testing.assert_array_equal(getattr(a, part), getattr(b, part), strict=True)
            elif isinstance(a, np.ndarray):
                np.testing.assert_array_equal(a, b, strict=True)
            else:
                assert a == b
                assert type(a) is type(b)


@pytest.fixture(scope="module")
def sphere():
    return build_hierarchy(Icosahedral(3), depth=2)


def test_levels_are_the_sampling_and_its_coarser_ones(sphere):
    assert [level.n_vertices for level in sphere.levels] == [642, 162, 42]
    assert sphere.depth == 2
    for level, number in zip(sphere.levels, (3, 2, 1), strict=True):
        sampling = Icosahedral(number)
        assert (level.coordinates == sampling.coordinates).all()
        assert (level.areas == sampling.areas).all()
        graph = sphere_graph(sampling)
        assert level.n_edges == graph.n_edges
        assert level.largest_eigenvalue == graph.lmax
        assert (level.laplacian != scaled_laplacian(graph)).nnz == 0
    for fine, coarse in zip(sphere.levels, sphere.levels[1:], strict=False):
        assert set(fine.parents) == set(range(coarse.n_vertices))
        assert fine.edge_ends.max() == coarse.n_vertices - 1
    assert sphere.levels[-1].parents is None
    assert sphere.levels[-1].edge_ends is None


def test_sphere_may_have_one_level_or_all():
    assert len(build_hierarchy(Icosahedral(1), depth=0).levels) == 1
    assert build_hierarchy(Icosahedral(2), depth=2).levels[-1].n_vertices == 12


def test_kernel_widths(sphere):
    scaled = build_hierarchy(Icosahedral(3), depth=2, kernel_width=0.16)
    ratios = [level.kernel_width / 0.16 for level in scaled.levels]
    assert ratios == pytest.approx([1, np.sqrt(642 / 162), np.sqrt(642 / 42)])
    listed = build_hierarchy(Icosahedral(3), depth=2, kernel_width=[0.16, 0.3, 0.7])
    assert [level.kernel_width for level in listed.levels] == [0.16, 0.3, 0.7]


def test_identifier_depends_on_every_choice(sphere):
    others = [
        build_hierarchy(Icosahedral(2), depth=2),
        build_hierarchy(Icosahedral(3), depth=1),
        build_hierarchy(Icosahedral(3), depth=2, neighbours=7),
        build_hierarchy(Icosahedral(3), depth=2, kernel_width=0.2),
        build_hierarchy(Icosahedral(3), depth=2, laplacian="normalized"),
    ]
    assert len({sphere.identifier, *(other.identifier for other in others)}) == 6
    assert build_hierarchy(Icosahedral(3), depth=2).identifier == sphere.identifier


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"laplacian": "normalized", "neighbours": 9},
        {"kernel_width": 0.2},
        {"kernel_width": (0.2, 0.4, 0.8)},
    ],
)
def test_round_trip_is_exact(tmp_path, choices):
    sphere = build_hierarchy(Icosahedral(3), depth=2, **choices)
    save_hierarchy(sphere, tmp_path / "sphere.nc")
    loaded = Hierarchy.load(tmp_path / "sphere.nc")
    assert_equal_spheres(loaded, sphere)
    assert loaded.describe() == sphere.describe()
    assert loaded.sampling_parameters == {"level": 3}


def test_saving_twice_gives_equal_files_and_leaves_no_others(tmp_path, sphere):
    for name in ("one.nc", "two.nc"):
        save_hierarchy(build_hierarchy(Icosahedral(3), depth=2), tmp_path / name)
    assert (tmp_path / "one.nc").read_bytes() == (tmp_path / "two.nc").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.nc", "two.nc"]


def test_file_explains_itself(tmp_path, sphere):
    save_hierarchy(sphere, tmp_path / "sphere.nc")
    with netCDF4.Dataset(tmp_path / "sphere.nc") as file:
        assert file.identifier == sphere.identifier
        assert list(file.groups) == ["level0", "level1", "level2"]
        assert file["level0/longitude"].units == "degrees_east"
        assert file["level0/latitude"].standard_name == "latitude"
        assert file["level0/areas"].units == "sr"
        assert all(v.long_name or v.standard_name for v in file["level1"].variables.values()
                   if v.name not in ("longitude", "latitude"))  # fmt: skip


def test_level_5_is_built_and_loaded_quickly(tmp_path):
    start = time.process_time()
    save_hierarchy(build_hierarchy(Icosahedral(5), depth=5), tmp_path / "sphere.nc")
    built = time.process_time()
    Hierarchy.load(tmp_path / "sphere.nc")
    assert built - start < 3
    assert time.process_time() - built < 0.5


def test_description_has_a_line_per_level(sphere):
    lines = sphere.describe().splitlines()
    assert len(lines) == 2 + len(sphere.levels)
    assert lines[2].split()[:3] == ["0", "642", "1980"]


def test_impossible_depth_is_told_in_a_sentence():
    with pytest.raises(UserError, match=r"can be coarsened 2 times, not 3 times"):
        build_hierarchy(Icosahedral(2), depth=3)
    with pytest.raises(UserError, match="not -1"):
        build_hierarchy(Icosahedral(2), depth=-1)
    with pytest.raises(UserError, match="3 levels needs as many kernel widths, not 2"):
        build_hierarchy(Icosahedral(2), depth=2, kernel_width=[0.1, 0.2])


def test_bad_files_are_told_in_a_sentence(tmp_path, sphere):
    path = tmp_path / "sphere.nc"
    with pytest.raises(UserError, match="There is no sphere"):
        Hierarchy.load(path)
    path.write_text("no netCDF", encoding="utf-8")
    with pytest.raises(UserError, match="is no readable sphere"):
        Hierarchy.load(path)
    save_hierarchy(sphere, path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError, match="is no readable sphere"):
        Hierarchy.load(path)
    save_hierarchy(sphere, path)
    with netCDF4.Dataset(path, "a") as file:
        file.format = "deepsphere_pipe sphere 0"
    with pytest.raises(UserError, match="has format 'deepsphere_pipe sphere 0'"):
        Hierarchy.load(path)
