"""U-Nets of ordinary convolutions: pictures go on beyond their borders as the sphere does."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from deepsphere_pipe.config import HealpixUNetConfig, PlanarUNetConfig, UNetConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn.pictures import grid_picture, healpix_picture
from deepsphere_pipe.nn.planar import Border, PicturePooling, PictureUnpooling
from deepsphere_pipe.nn.registry import make_model
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral, nested_to_ring
from deepsphere_pipe.samplings.healpix_pixels import pixel_corners
from deepsphere_pipe.samplings.sampling import unit_vectors

from .conftest import learns

GRIDS = {
    "grid": Equiangular(12, 24),
    "not from Greenwich": Equiangular(12, 24, west=-172.5),
    "with poles": Equiangular(13, 24, poles=True),
    "with poles, even": Equiangular(12, 24, poles=True),
}
SAMPLINGS = {**GRIDS, "healpix": Healpix(4)}
WIDTHS = (6, 6, 8)
EXACT = 1e-12


@pytest.fixture(scope="module")
def spheres():
    return {name: build_hierarchy(each, depth=2).levels for name, each in SAMPLINGS.items()}


def network(name, levels, widths=WIDTHS, channels=2, **settings):
    section = HealpixUNetConfig if name == "healpix" else PlanarUNetConfig
    return make_model(section(widths=widths, **settings), levels, channels, 3)


def picture_of(name, level):
    return healpix_picture(level) if name == "healpix" else grid_picture(level)


def turned_differently(sampling, net, rotations):
    """Return by how much turned maps do not give turned logits, for each rotation."""
    x = torch.randn(1, sampling.n_vertices, 2, dtype=torch.float64)
    expected = net(x)
    found = []
    for rotation in rotations:
        vertices = torch.from_numpy(sampling.permutation(rotation))
        turned = torch.empty_like(x)
        turned[:, vertices] = x
        found.append((net(turned)[:, vertices] - expected).abs().max() / expected.abs().max())
    return np.array(found)


@pytest.mark.parametrize("name", GRIDS)
def test_grids_go_on_along_their_meridians_and_parallels(name, spheres):
    sampling = GRIDS[name]
    for level in spheres[name]:
        rows, columns = sampling.shape
        latitudes, longitudes = sampling.latitudes, sampling.longitudes
        dy, dx = latitudes[1] - latitudes[0], 360 / columns
        beyond = [latitudes[0] - dy, *latitudes, latitudes[-1] + dy]
        aside = [longitudes[0] - dx, *longitudes, longitudes[-1] + dx]
        expected = unit_vectors(np.array(aside), np.array(beyond)[:, None])
        picture = grid_picture(level)
        assert picture.vertices.shape == (1, rows, columns)
        places = picture.vertices.ravel()[picture.around]
        np.testing.assert_allclose(level.coordinates[places[0, 0]], expected, atol=1e-12)
        np.testing.assert_array_equal(*places)
        sampling = sampling.coarser()


@pytest.mark.parametrize("nside", [1, 2, 4, 16])
def test_base_pixels_go_on_with_the_pixels_that_share_their_sides(nside):
    """Next to each other are those pixels that share two corner points, diagonally one."""
    picture = healpix_picture(Healpix(nside))
    corners = pixel_corners(nside)
    places = picture.vertices.ravel()[picture.around]
    assert sorted(picture.vertices.ravel()) == list(range(12 * nside**2))

    def shared(a, b):
        near = np.linalg.norm(corners[a][:, None] - corners[b][None], axis=-1) < 1e-9
        return near.sum()

    missing = 0
    for face in range(12):
        first, second = places[:, face]
        assert (first[1:-1, 1:-1] == picture.vertices[face]).all()
        for sheet in (first, second):
            for turned in (np.rot90(sheet, k) for k in range(4)):
                for beyond, inside in zip(turned[0, 1:-1], turned[1, 1:-1], strict=True):
                    assert beyond // nside**2 != face
                    assert shared(beyond, inside) == 2
        np.testing.assert_array_equal(first[1:-1], second[1:-1])
        for k in range(4):
            one, other = (np.rot90(each, k)[0, 0] for each in (first, second))
            turned = np.rot90(first, k)
            inside, beside = turned[1, 1], {turned[0, 1], turned[1, 0]}
            if one == other:
                assert one not in beside and shared(one, inside) == 1
                assert {shared(one, each) for each in beside} == {2}
            else:
                missing += 1
                assert {one, other} == beside and shared(one, other) == 2
    assert missing == 24  # eight corners, each of three base pixels


def test_a_smooth_field_has_no_seams():
    sampling = Healpix(16)
    border = Border(healpix_picture(sampling)).double()
    picture = healpix_picture(sampling)
    x = torch.from_numpy(sampling.coordinates[picture.vertices.ravel()])[None]
    padded = border(x)[0]
    steps = torch.cat([padded.diff(dim=1)[:, :, 1:-1].flatten(0, 2),
                       padded.diff(dim=2)[:, 1:-1].flatten(0, 2)]).norm(dim=1)  # fmt: skip
    inside = padded[:, 1:-1, 1:-1]
    greatest = max(inside.diff(dim=k).norm(dim=-1).max() for k in (1, 2))
    assert steps.max() <= 1.01 * greatest
    # At a missing corner, too, the value lies as near as any diagonal.
    diagonals = (padded[:, ::17, ::17] - padded[:, 1::15, 1::15]).norm(dim=-1)
    assert diagonals.max() <= 1.5 * greatest


@pytest.mark.parametrize("name", SAMPLINGS)
def test_borders_are_what_the_table_says_and_poolings_means_of_children(name, spheres):
    sampling = SAMPLINGS[name]
    level, picture = spheres[name][0], picture_of(name, spheres[name][0])
    x = torch.randn(2, sampling.n_vertices, 3, dtype=torch.float64)
    expected = x[:, picture.around].mean(dim=1)
    torch.testing.assert_close(Border(picture)(x), expected, rtol=0, atol=0)
    coarse = picture_of(name, spheres[name][1]).vertices.ravel()
    pooled = PicturePooling(picture).double()(x[:, picture.vertices.ravel()])
    unpooled = PictureUnpooling(picture)(pooled)[:, picture.vertices.ravel().argsort()]
    for parent, value in zip(coarse, pooled[0], strict=True):
        children = level.parents == parent
        torch.testing.assert_close(value, x[0, children].mean(dim=0))
        assert (unpooled[0, children] == value).all()


@pytest.mark.parametrize("name", GRIDS)
@torch.inference_mode()
def test_a_planar_network_commutes_with_whole_columns_of_the_coarsest_level(name, spheres):
    sampling = GRIDS[name]
    net = network(name, spheres[name]).double().eval()
    coarsest = sampling.coarser().coarser()
    assert turned_differently(sampling, net, coarsest.rotations).max() <= EXACT
    assert turned_differently(sampling, net, sampling.rotations[1:2]).max() > 1e-3


@torch.inference_mode()
def test_a_healpix_network_commutes_with_quarter_turns_about_the_poles(spheres):
    sampling = SAMPLINGS["healpix"]
    net = network("healpix", spheres["healpix"]).double().eval()
    found = turned_differently(sampling, net, sampling.rotations)
    assert found[:4].max() <= EXACT
    assert found[4:].min() > 1e-3  # half turns exchange north-east and south-west


@pytest.mark.parametrize("name", ["with poles", "healpix"])
def test_networks_learn_and_every_weight_has_a_gradient(name, spheres):
    torch.manual_seed(0)
    net = network(name, spheres[name])
    learns(net, torch.randn(4, SAMPLINGS[name].n_vertices, 2), steps=30)


@pytest.mark.parametrize("name", ["grid", "healpix"])
@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_parameters_match_those_of_the_graph_network(name, kernel_size, spheres):
    widths = (32, 64, 64)
    graph = make_model(UNetConfig(widths=widths, kernel_size=kernel_size), spheres[name], 16, 3)
    net = network(name, spheres[name], widths, 16, matched_kernel_size=kernel_size)
    wanted, found = (sum(p.numel() for p in each.parameters()) for each in (graph, net))
    assert found == pytest.approx(wanted, rel=0.03)
    unscaled = network(name, spheres[name], widths, 16)
    assert unscaled.architecture == graph.architecture
    assert {k.partition(".")[0] for k in unscaled.state_dict()} == {
        k.partition(".")[0] for k in graph.state_dict()
    }


def shuffled(level):
    """A level whose last two vertices have changed places."""
    order = np.arange(level.n_vertices)
    order[-2:] = order[-2:][::-1]
    places = {
        name: getattr(level, name)[order] for name in ("coordinates", "longitude", "latitude")
    }
    return replace(level, **places)


def test_other_vertices_are_refused_in_a_sentence(spheres):
    others = build_hierarchy(Icosahedral(2)).levels
    planar = "A planar U-Net needs the equiangular sampling of the whole sphere"
    for levels in (others, spheres["healpix"], [*map(shuffled, spheres["grid"])]):
        with pytest.raises(UserError, match=planar):
            network("grid", levels)
    ring = spheres["healpix"][0]
    ring = replace(ring, coordinates=nested_to_ring(ring.coordinates, axis=0))
    for levels in (others, spheres["grid"], [ring], [*map(shuffled, spheres["healpix"])]):
        with pytest.raises(UserError, match="A HEALPix U-Net needs HEALPix in nested order"):
            network("healpix", levels)


def test_other_maps_are_refused(spheres):
    with pytest.raises(ValueError, match=r"expected maps of shape \(batch, 288, 2\)"):
        network("grid", spheres["grid"])(torch.zeros(1, 24, 12, 2))
