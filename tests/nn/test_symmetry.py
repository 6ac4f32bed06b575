"""Networks that commute with the rotations of their sampling, and those that do not."""

from itertools import product

import numpy as np
import pytest
import torch

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn.pooling import POOLINGS, SYMMETRIC, UNPOOLINGS
from deepsphere_pipe.nn.temporal import SYMMETRIC_TEMPORALS
from deepsphere_pipe.nn.unets import NETWORKS, make_network
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral

SAMPLINGS = {
    "icosahedral": Icosahedral(2),
    "healpix": Healpix(4),
    "equiangular": Equiangular(12, 24),
    "equiangular with poles": Equiangular(13, 24, poles=True),
}
WIDTHS = Architecture(widths=(6, 6, 6), decoder_widths=(6, 6))
EXACT = 1e-12

POOLED = [
    (name, pooling, unpooling)
    for name, pooling, unpooling in product(SAMPLINGS, POOLINGS, UNPOOLINGS)
    if (unpooling != "interpolate" or name == "icosahedral")
    and (unpooling != "max" or pooling == "max")
]


@pytest.fixture(scope="module")
def spheres():
    return {
        name: build_hierarchy(sampling, depth=2, neighbours=6 if name == "icosahedral" else 8)
        for name, sampling in SAMPLINGS.items()
    }


def errors(sampling, levels, temporal="none", **settings):
    """Return the largest relative error of equivariance for each rotation of the coarsest level."""
    network = make_network(
        temporal, levels, WIDTHS, in_channels=2, sequence_length=2, **settings
    ).double().eval()  # fmt: skip
    steps = () if temporal == "none" else (2,)
    x = torch.randn(1, *steps, sampling.n_vertices, 2, dtype=torch.float64)
    expected = network(x)
    found = []
    for rotation in sampling.coarser().coarser().rotations:
        vertices = torch.from_numpy(sampling.permutation(rotation))
        turned = torch.empty_like(x)
        turned[..., vertices, :] = x
        difference = network(turned)[:, vertices] - expected
        found.append((difference.abs().max() / expected.abs().max()).item())
    return np.array(found)


@pytest.mark.parametrize(("name", "pooling", "unpooling"), POOLED)
@torch.inference_mode()
def test_what_claims_to_be_symmetric_is_and_nothing_else(spheres, name, pooling, unpooling):
    sampling = SAMPLINGS[name]
    found = errors(sampling, spheres[name].levels, pooling=pooling, unpooling=unpooling)
    poolings, unpoolings = SYMMETRIC[sampling.name]
    if pooling in poolings and unpooling in unpoolings:
        assert found.max() <= EXACT
    else:
        assert found.max() > 1e-3


@pytest.mark.parametrize("temporal", NETWORKS)
@pytest.mark.parametrize("name", ["icosahedral", "healpix", "equiangular"])
@torch.inference_mode()
def test_temporal_networks_are_symmetric_by_default_if_they_claim_it(spheres, name, temporal):
    found = errors(SAMPLINGS[name], spheres[name].levels, temporal)
    assert (found.max() <= EXACT) == (temporal in SYMMETRIC_TEMPORALS)


@pytest.mark.parametrize(("name", "kept"), [("icosahedral", 5), ("healpix", 4), ("equiangular", 6)])
@torch.inference_mode()
def test_oriented_filters_keep_rotations_about_the_poles_only(spheres, name, kept):
    sampling = SAMPLINGS[name]
    found = errors(sampling, spheres[name].levels, oriented=True)
    about_poles = sampling.coarser().coarser().rotations[:, 2, 2] > 1 - 1e-9
    assert about_poles.sum() == kept
    assert found[about_poles].max() <= EXACT
    assert (found[~about_poles] > 1e-3).all()


@torch.inference_mode()
def test_families_of_the_icosahedron_keep_three_of_sixty_rotations(spheres):
    levels = spheres["icosahedral"].levels
    found = errors(SAMPLINGS["icosahedral"], levels, pooling="average", unpooling="copy")
    assert (found <= EXACT).sum() == 3
    assert len(found) == 60
