"""Chebyshev convolution on a graph: a polynomial of the Laplacian, learned by its coefficients.

The filter of Defferrard et al. (2016), as DeepSphere uses it on the sphere (Defferrard et al.,
2020): with K coefficients per pair of features,

    y = Σ_{k<K} T_k(L) x W_k + b,      T_0 = 1,  T_1 = L,  T_{k+1} = 2 L T_k − T_{k−1},

where L is the Laplacian, rescaled such that its spectrum lies in [-1, 1]. The operators on the
vertices, T_k(L), and those on the features, W_k, commute. Hence the sparse products can always
be done on the narrower side:

- *propagate first*: make T_k(L) x by recurrence, accumulate T_k(L) x W_k;
- *weights first*: make x W_k, and sum Σ_k T_k(L) (x W_k) by Clenshaw's recurrence
  b_k = x W_k + 2 L b_{k+1} − b_{k+2}, y = x W_0 + L b_1 − b_2.

As L is symmetric the gradients are of the same form, with G_k = T_k(L) g:

    ∂/∂W_k = xᵀ G_k,      ∂/∂x = Σ_k G_k W_kᵀ.

So nothing but x has to be kept for them, whatever K.

References
----------
M. Defferrard, X. Bresson, P. Vandergheynst, "Convolutional neural networks on graphs with fast
localized spectral filtering", NeurIPS 2016. M. Defferrard, M. Milani, F. Gusset, N. Perraudin,
"DeepSphere: a graph-based spherical CNN", ICLR 2020.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from deepsphere_pipe.nn.sparse import SparseOperator, multiply


class ChebyshevConvolution(nn.Module):
    """Chebyshev convolution of signals on the vertices of one graph.

    Parameters
    ----------
    in_features, out_features
    kernel_size
        Number K ≥ 1 of coefficients; the filters reach K − 1 edges far. K = 1 acts on every
        vertex by itself.
    bias
        Whether a constant is added to every output feature.

    Attributes
    ----------
    weight : Parameter, shape (kernel_size, in_features, out_features)
        Drawn from a normal distribution of variance 2 / (in_features · K), as published.
    bias : Parameter, shape (out_features,), or None
        Starts at 0.01, as published.
    """

    def __init__(
        self, in_features: int, out_features: int, kernel_size: int, bias: bool = True
    ) -> None:
        super().__init__()
        if min(in_features, out_features, kernel_size) < 1:
            raise ValueError(
                "in_features, out_features and kernel_size must be at least 1, got "
                f"{in_features}, {out_features} and {kernel_size}"
            )
        self.in_features = in_features
        self.out_features = out_features
        self.kernel_size = kernel_size
        self.weight = nn.Parameter(torch.empty(kernel_size, in_features, out_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights."""
        nn.init.normal_(self.weight, std=math.sqrt(2 / (self.in_features * self.kernel_size)))
        if self.bias is not None:
            nn.init.constant_(self.bias, 0.01)

    def forward(
        self,
        x: Tensor,
        laplacian: Tensor,
        *,
        skip: Tensor | None = None,
        expansion: SparseOperator | None = None,
    ) -> Tensor:
        """Convolve x.

        Parameters
        ----------
        x : Tensor, shape (vertex, batch, feature)
        laplacian : sparse CSR Tensor, shape (vertex, vertex)
            Symmetric, with its spectrum in [-1, 1]. Symmetry is not checked here; the gradient
            is wrong without it.
        skip : Tensor, shape (vertex, batch, further features), optional
            Convolve the concatenation of x and skip, without making it.
        expansion
            A matrix P: convolve P x, without making it: x lives on a coarser graph. The products
            with the weights are done there, on fewer vertices.

        Returns
        -------
        Tensor, shape (vertex, batch, out_features)

        Raises
        ------
        ValueError
            If vertices or features do not fit.
        """
        return chebyshev(x, laplacian, self.weight, self.bias, skip=skip, expansion=expansion)

    def extra_repr(self) -> str:
        """Return what is printed of the layer."""
        return (
            f"{self.in_features}, {self.out_features}, kernel_size={self.kernel_size}, "
            f"bias={self.bias is not None}"
        )


def chebyshev(
    x: Tensor,
    laplacian: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    skip: Tensor | None = None,
    expansion: SparseOperator | None = None,
) -> Tensor:
    """Convolve with given weights; see `ChebyshevConvolution.forward`."""
    inputs = [x] if skip is None else [x, skip]
    if skip is not None and expansion is not None:
        raise ValueError("skip and expansion cannot be combined: they are of different levels")
    if (features := sum(part.shape[2] for part in inputs)) != weight.shape[1]:
        raise ValueError(f"the convolution takes {weight.shape[1]} features, got {features}")
    vertices = laplacian.shape[0] if expansion is None else expansion.matrix.shape[1]
    if any(part.shape[0] != vertices for part in inputs):
        raise ValueError(f"the graph has {vertices} vertices, the signal {x.shape[0]}")
    matrices = () if expansion is None else (expansion.matrix(), expansion.transpose())
    # Sparse products exist in the precision of the Laplacian only: under autocast the signals keep
    # it, and the products with the weights, which are most of the work, are done in the lower one.
    device = x.device.type
    low = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
    with torch.autocast(device, enabled=False):
        parts = [part.to(laplacian.dtype).contiguous() for part in inputs]
        return _Chebyshev.apply(laplacian, matrices, low, weight, bias, *parts)


class _Chebyshev(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        laplacian: Tensor,
        expansion: tuple[Tensor, ...],
        low: torch.dtype | None,
        weight: Tensor,
        bias: Tensor | None,
        *inputs: Tensor,
    ) -> Tensor:
        ctx.laplacian, ctx.expansion, ctx.low = laplacian, expansion, low
        ctx.save_for_backward(weight, *inputs)
        order, in_features, out_features = weight.shape
        blocks = weight.split([x.shape[2] for x in inputs], dim=1)

        if in_features <= out_features and not expansion:
            result: Tensor | None = None
            for x, block in zip(inputs, blocks, strict=True):
                for term, w in zip(_terms(laplacian, x, order), block, strict=True):
                    result = _accumulate(result, term, w, low=low)
        else:

            def coefficient(k: int, minus: Tensor | None) -> Tensor:
                if expansion:
                    product = _accumulate(None, inputs[0], weight[k], low=low)
                    if minus is None:
                        return multiply(expansion[0], product)
                    return _add_product(minus, expansion[0], product, minus, beta=-1)
                total = minus
                for i, (x, block) in enumerate(zip(inputs, blocks, strict=True)):
                    sign = -1 if i == 0 else 1
                    total = _accumulate(total, x, block[k], sign, low)
                return cast(Tensor, total)  # there is at least one input

            result = _clenshaw(laplacian, coefficient, order)
        result = cast(Tensor, result)
        return result if bias is None else result.add_(bias)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        with torch.autocast(gradient.device.type, enabled=False):
            return (None, None, None, *_backward(ctx, gradient.contiguous()))


def _backward(ctx: Any, gradient: Tensor) -> list[Tensor | None]:
    """Return the gradients with respect to weight, bias and inputs."""
    laplacian, expansion, low = ctx.laplacian, ctx.expansion, ctx.low
    weight, *inputs = ctx.saved_tensors
    needs_weight, needs_bias, *needs_inputs = ctx.needs_input_grad[3:]
    order, in_features, out_features = weight.shape
    blocks = weight.split([x.shape[2] for x in inputs], dim=1)
    weight_gradient = torch.empty_like(weight) if needs_weight else None
    bias_gradient = gradient.sum((0, 1)) if needs_bias else None
    input_gradients: list[Tensor | None] = [None] * len(inputs)

    def collect_weight(k: int, offset: int, term: Tensor, g: Tensor) -> None:
        target = cast(Tensor, weight_gradient)[k, offset : offset + term.shape[2]]
        if low is None:
            torch.mm(term.flatten(0, 1).T, g.flatten(0, 1), out=target)
        else:
            target.copy_(torch.mm(term.flatten(0, 1).to(low).T, g.flatten(0, 1).to(low)))

    # Propagating x costs once for each gradient that is asked for, propagating g only once.
    columns = in_features * (needs_weight + any(needs_inputs))
    if expansion or out_features <= columns:
        for k, term in enumerate(_terms(laplacian, gradient, order)):
            g = multiply(expansion[1], term) if expansion else term
            offset = 0
            for i, (x, block) in enumerate(zip(inputs, blocks, strict=True)):
                if needs_weight:
                    collect_weight(k, offset, x, g)
                if needs_inputs[i]:
                    input_gradients[i] = _accumulate(input_gradients[i], g, block[k].T, low=low)
                offset += x.shape[2]
    else:
        offset = 0
        for i, (x, block) in enumerate(zip(inputs, blocks, strict=True)):
            if needs_weight:
                for k, term in enumerate(_terms(laplacian, x, order)):
                    collect_weight(k, offset, term, gradient)
            if needs_inputs[i]:

                def coefficient(k: int, minus: Tensor | None, block: Tensor = block) -> Tensor:
                    return _accumulate(minus, gradient, block[k].T, -1, low)

                input_gradients[i] = _clenshaw(laplacian, coefficient, order)
            offset += x.shape[2]
    return [weight_gradient, bias_gradient, *input_gradients]


def _terms(laplacian: Tensor, x: Tensor, order: int) -> Iterator[Tensor]:
    """Yield T_k(L) x for k < order; a term is overwritten after the next one was yielded."""
    yield x
    if order == 1:
        return
    previous, current = x, multiply(laplacian, x)
    yield current
    for k in range(2, order):
        target = torch.empty_like(x) if k == 2 else previous  # x itself belongs to the caller
        addend = x if k == 2 else previous
        _add_product(addend, laplacian, current, target, beta=-1, alpha=2)
        previous, current = current, target
        yield current


def _clenshaw(
    laplacian: Tensor, coefficient: Callable[[int, Tensor | None], Tensor], order: int
) -> Tensor:
    """Return Σ_{k<order} T_k(L) z_k, where ``coefficient(k, b)`` returns z_k − b, in place of b."""
    newer, older = coefficient(order - 1, None), None
    for k in reversed(range(order - 1)):
        result = coefficient(k, older)
        _add_product(result, laplacian, newer, result, alpha=1 if k == 0 else 2)
        newer, older = result, newer
    return newer


def _add_product(
    addend: Tensor, matrix: Tensor, x: Tensor, target: Tensor, *, beta: int = 1, alpha: int = 1
) -> Tensor:
    """Set target = beta · addend + alpha · matrix x along the vertex axis, and return it."""
    flat = target.flatten(1)
    torch.addmm(addend.flatten(1), matrix, x.flatten(1), beta=beta, alpha=alpha, out=flat)
    return target


def _accumulate(
    total: Tensor | None, x: Tensor, weight: Tensor, sign: int = 1, low: torch.dtype | None = None
) -> Tensor:
    """Return sign · total + x weight, in place of total if there is one; multiply in `low`."""
    flat = x.flatten(0, 1)
    if low is not None:
        product = torch.mm(flat.to(low), weight.to(low)).to(x.dtype).view(*x.shape[:2], -1)
        return product if total is None else total.mul_(sign).add_(product)
    if total is None:
        return torch.mm(flat, weight).view(*x.shape[:2], -1)
    total.flatten(0, 1).addmm_(flat, weight, beta=sign)
    return total
