from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.pooling import (
    CONSTANT_PRESERVING,
    POOLINGS,
    UNPOOLINGS,
    MaxPooling,
    MaxUnpooling,
    candidates_table,
    interpolation_matrix,
    make_pooling,
    make_unpooling,
    transposed_mean,
)
from deepsphere_pipe.samplings import Equiangular, Healpix, Icosahedral

from . import reference

BATCH, FEATURES = 2, 3


@pytest.fixture
def level(hierarchy):
    return hierarchy[0]


def signal(n):
    return torch.randn(n, BATCH, FEATURES, dtype=torch.float64, requires_grad=True)


def make(kind, name, level):
    return {"pool": make_pooling, "unpool": make_unpooling}[kind](name, level).double()


@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_equals_loops(name, level):
    x = signal(40)
    pooled = make("pool", name, level)(x)
    expected, where = reference.pool(name, x.transpose(0, 1), level)
    if name == "max":
        assert torch.equal(pooled[1], where.transpose(0, 1))
        pooled = pooled[0]
    assert pooled.shape == (13, BATCH, FEATURES)
    torch.testing.assert_close(pooled, expected.transpose(0, 1), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", ["symmetric", "copy", "interpolate", "constant"])
def test_unpooling_equals_loops(name, level):
    x = signal(13)
    expected = reference.unpool(name, x.transpose(0, 1), level)
    unpooled = make("unpool", name, level)(x)
    torch.testing.assert_close(unpooled, expected.transpose(0, 1), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("name", POOLINGS)
def test_pooling_gradients(name, level):
    pool = make("pool", name, level)
    assert gradcheck(lambda x: pool(x)[0] if name == "max" else pool(x), (signal(40),))


@pytest.mark.parametrize("name", ["symmetric", "copy", "interpolate", "constant"])
def test_unpooling_gradients(name, level):
    assert gradcheck(make("unpool", name, level), (signal(13),))


def test_max_unpooling_puts_values_back_where_they_were(level):
    x = signal(40)
    pool, unpool = MaxPooling(level.parents), MaxUnpooling(level.parents)
    pooled, where = pool(x)
    back = unpool(pooled, where)
    kept = back != 0
    assert kept.sum() == 13 * BATCH * FEATURES
    assert torch.equal(back[kept], x[kept])
    assert torch.equal(pool(x.abs())[0], pool(unpool(*pool(x.abs())))[0])
    assert gradcheck(lambda y: unpool(y, where), (signal(13),))


@pytest.mark.parametrize("name", ["average", "subsample", "max"])
def test_pooling_undoes_copying(name, level):
    x = signal(13)
    pooled = make("pool", name, level)(make("unpool", "copy", level)(x))
    torch.testing.assert_close(pooled[0] if name == "max" else pooled, x, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("pooling", ["symmetric", "average"])
@pytest.mark.parametrize("name", CONSTANT_PRESERVING)
def test_constant_signals_stay_constant(name, pooling, level):
    constant = torch.full((13, BATCH, FEATURES), 1.7, dtype=torch.float64)
    unpooled = make("unpool", name, level)(constant)
    torch.testing.assert_close(unpooled, torch.full_like(unpooled, 1.7))
    pooled = make("pool", pooling, level)(unpooled)
    torch.testing.assert_close(pooled, constant)


@pytest.mark.parametrize("sampling", [Icosahedral(3), Healpix(4), Equiangular(12, 24)])
def test_symmetric_pooling_keeps_the_integral(sampling):
    """By the areas that the shares of the fine vertices add up to, nearly those of the cells."""
    pool, unpool = make("pool", "symmetric", sampling), make("unpool", "symmetric", sampling)
    x = signal(sampling.n_vertices)
    areas = torch.from_numpy(sampling.areas.copy())[:, None, None]
    shares = unpool.transpose() @ areas.flatten(1)
    torch.testing.assert_close((shares[:, None] * pool(x)).sum(0), (areas * x).sum(0))
    coarse = torch.from_numpy(sampling.coarser().areas.copy())
    torch.testing.assert_close(shares[:, 0], coarse, rtol=0.12, atol=0)


def test_symmetric_pooling_of_the_icosahedron_is_full_weighting():
    """A quarter of the vertex itself and an eighth of its six midpoints, where cells are equal."""
    fine = Icosahedral(4)
    weights = transposed_mean(interpolation_matrix(fine.edge_ends), np.ones(fine.n_vertices))
    row = weights[[Icosahedral(3).n_vertices - 1]].toarray()[0]
    assert sorted(row[row > 0]) == pytest.approx([1 / 8] * 6 + [1 / 4])
    by_area = transposed_mean(interpolation_matrix(fine.edge_ends), fine.areas)
    assert abs(by_area - weights).max() < 0.02


def test_average_keeps_the_sum_of_equal_families():
    level = SimpleNamespace(parents=np.arange(48) // 4, edge_ends=None)
    x = signal(48)
    pooled = make("pool", "average", level)(x)
    torch.testing.assert_close(pooled, x.view(12, 4, BATCH, FEATURES).mean(1))


def test_children_of_families_of_different_size():
    table = candidates_table(np.array([0, 1, 2, 1, 1, 2]))
    assert table.tolist() == [[0, 0, 0], [1, 3, 4], [2, 5, 2]]
    with pytest.raises(ValueError, match="coarse vertex 1 has no child"):
        candidates_table(np.array([0, 2, 2]))


def test_impossible_requests_are_refused_in_a_sentence(level):
    with pytest.raises(UserError, match=r"no pooling 'mean'.*symmetric, average, max, subsample"):
        make_pooling("mean", level)
    with pytest.raises(UserError, match="no unpooling 'bilinear'"):
        make_unpooling("bilinear", level)
    with pytest.raises(UserError, match="choose 'copy' instead"):
        make_unpooling("interpolate", SimpleNamespace(parents=level.parents, edge_ends=None))
    assert set(UNPOOLINGS) == {"symmetric", "copy", "interpolate", "constant", "max"}
