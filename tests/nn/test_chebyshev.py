import numpy as np
import pytest
import torch
from numpy.polynomial import chebyshev as polynomial
from torch.autograd import gradcheck

from deepsphere_pipe.nn.chebyshev import ChebyshevConvolution, chebyshev
from deepsphere_pipe.nn.pooling import copy_matrix, interpolation_matrix
from deepsphere_pipe.nn.sparse import SparseMatrix, SparseOperator

from .conftest import random_hierarchy
from .reference import chebyshev_convolution, coo_laplacian

N, BATCH = 15, 2
# Widths that lead through every branch: both orders of work, forward and backward.
WIDTHS = [(2, 3), (3, 2), (2, 2), (1, 5), (5, 1)]


@pytest.fixture
def level():
    return random_hierarchy((N, 6))[0]


@pytest.fixture
def laplacian(level):
    return SparseMatrix(level.laplacian).double()()


def double(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_equals_polynomial_of_dense_laplacian(level, laplacian, widths, order):
    x, weight, bias = double(N, BATCH, widths[0]), double(order, *widths), double(widths[1])
    eigenvalues, modes = np.linalg.eigh(level.laplacian.toarray())
    expected = bias.detach().numpy() + sum(
        np.einsum(
            "vw,wbi,io->vbo",
            (modes * polynomial.chebval(eigenvalues, np.eye(order)[k])) @ modes.T,
            x.detach().numpy(),
            weight[k].detach().numpy(),
        )
        for k in range(order)
    )
    y = chebyshev(x, laplacian, weight, bias)
    np.testing.assert_allclose(y.detach().numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_equals_straightforward_implementation_with_gradients(level, laplacian, widths, order):
    x, weight, bias = double(N, BATCH, widths[0]), double(order, *widths), double(widths[1])
    y = chebyshev(x, laplacian, weight, bias)
    expected = chebyshev_convolution(
        x.transpose(0, 1), coo_laplacian(level, torch.float64), weight, bias
    ).transpose(0, 1)
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
    g = torch.randn_like(y)
    torch.testing.assert_close(
        torch.autograd.grad(y, (x, weight, bias), g),
        torch.autograd.grad(expected, (x, weight, bias), g),
        rtol=1e-12,
        atol=1e-12,
    )


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("order", [1, 2, 4])
def test_gradients(laplacian, widths, order):
    inputs = double(N, BATCH, widths[0]), double(order, *widths), double(widths[1])
    assert gradcheck(lambda x, w, b: chebyshev(x, laplacian, w, b), inputs)


@pytest.mark.parametrize("frozen", [(0,), (1,), (2,), (0, 2), (1, 2)])
@pytest.mark.parametrize("widths", [(2, 5), (5, 2)])
def test_gradients_when_only_some_are_asked_for(laplacian, widths, frozen):
    inputs = [double(N, BATCH, widths[0]), double(3, *widths), double(widths[1])]
    for i in frozen:
        inputs[i].requires_grad_(False)
    assert gradcheck(lambda x, w, b: chebyshev(x, laplacian, w, b), inputs)


@pytest.mark.parametrize("out_features", [2, 5, 9])
def test_skip_is_a_concatenation(laplacian, out_features):
    x, skip, weight = double(N, BATCH, 2), double(N, BATCH, 3), double(3, 5, out_features)
    y = chebyshev(x, laplacian, weight, skip=skip)
    expected = chebyshev(torch.cat([x, skip], 2), laplacian, weight)
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
    assert gradcheck(lambda x, s, w: chebyshev(x, laplacian, w, skip=s), (x, skip, weight))


@pytest.mark.parametrize("kind", ["copy", "interpolate"])
@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("order", [1, 2, 4])
def test_expansion_is_an_unpooling(level, laplacian, kind, widths, order):
    matrix = copy_matrix(level.parents) if kind == "copy" else interpolation_matrix(level.edge_ends)
    expansion = SparseOperator(matrix).double()
    x, weight = double(matrix.shape[1], BATCH, widths[0]), double(order, *widths)
    y = chebyshev(x, laplacian, weight, expansion=expansion)
    expected = chebyshev(expansion(x), laplacian, weight)
    torch.testing.assert_close(y, expected, rtol=1e-12, atol=1e-12)
    assert gradcheck(lambda x, w: chebyshev(x, laplacian, w, expansion=expansion), (x, weight))


@pytest.mark.parametrize("widths", WIDTHS)
def test_permuting_vertices_permutes_the_output(level, widths):
    permutation = np.random.default_rng(1).permutation(N)
    permuted = level.laplacian[permutation][:, permutation]
    x, weight = double(N, BATCH, widths[0]), double(4, *widths)
    y = chebyshev(x, SparseMatrix(level.laplacian).double()(), weight)
    z = chebyshev(x[permutation], SparseMatrix(permuted).double()(), weight)
    torch.testing.assert_close(z, y[permutation], rtol=1e-12, atol=1e-12)


def test_reach_is_order_minus_one_edges():
    # A path graph: vertex 0 sees vertex k only through k edges.
    laplacian = torch.diag_embed(torch.full((7,), 0.5), 1)
    laplacian = (laplacian + laplacian.T).to_sparse_csr()
    impulse = torch.zeros(8, 1, 1)
    impulse[0] = 1
    for order in (1, 2, 4):
        y = chebyshev(impulse, laplacian, torch.rand(order, 1, 1) + 0.1)
        assert torch.nonzero(y[:, 0, 0]).max() == order - 1


@pytest.mark.parametrize("widths", WIDTHS)
def test_batch_items_do_not_mix_and_inputs_are_left_alone(laplacian, widths):
    x, weight = double(N, 3, widths[0]).detach(), double(3, *widths).detach()
    before = x.clone()
    y = chebyshev(x, laplacian, weight)
    assert torch.equal(x, before)
    for i in range(3):
        torch.testing.assert_close(
            chebyshev(x[:, i : i + 1], laplacian, weight), y[:, i : i + 1], rtol=1e-12, atol=1e-12
        )


def test_initialisation_preserves_the_scale_as_published():
    convolution = ChebyshevConvolution(60, 70, 4)
    assert convolution.weight.std().item() == pytest.approx((2 / (60 * 4)) ** 0.5, rel=0.03)
    assert torch.all(convolution.bias == 0.01)
    assert ChebyshevConvolution(2, 3, 4, bias=False).bias is None


@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("low", [torch.bfloat16, torch.float16])
def test_autocast_multiplies_with_the_weights_in_low_precision(level, widths, low):
    laplacian = SparseMatrix(level.laplacian)()
    convolution = ChebyshevConvolution(*widths, 3)
    x = torch.randn(N, BATCH, widths[0], requires_grad=True)
    exact = convolution(x, laplacian)
    exact_gradients = torch.autograd.grad(exact.square().sum(), (x, convolution.weight))
    with torch.autocast("cpu", dtype=low):
        y = convolution(x, laplacian)
        gradients = torch.autograd.grad(y.square().sum(), (x, convolution.weight))
    assert y.dtype == torch.float32 and not torch.equal(y, exact)
    error = 8 * torch.finfo(low).eps
    for value, expected in zip((y, *gradients), (exact, *exact_gradients), strict=True):
        assert (value - expected).abs().max() < error * expected.abs().max()


def test_works_after_inference_mode(level):
    matrix, convolution = SparseMatrix(level.laplacian), ChebyshevConvolution(3, 2, 3)
    x = torch.randn(N, BATCH, 3)
    with torch.inference_mode():
        before = convolution(x, matrix())
    after = convolution(x, matrix())
    after.sum().backward()
    torch.testing.assert_close(after, before.clone())


def test_misfits_are_refused(laplacian):
    weight = double(2, 3, 4)
    with pytest.raises(ValueError, match="3 features, got 5"):
        chebyshev(double(N, BATCH, 5), laplacian, weight)
    with pytest.raises(ValueError, match=f"{N} vertices, the signal 9"):
        chebyshev(double(9, BATCH, 3), laplacian, weight)
    with pytest.raises(ValueError, match="at least 1"):
        ChebyshevConvolution(3, 4, 0)
