"""The straightforward U-Net: what the fast one must equal, and the baseline of the benchmark.

Signals are [batch, vertex, feature], the Laplacian is a COO tensor, the K Chebyshev terms are
concatenated and multiplied with one matrix, concatenations are real, gradients are left to
autograd. Names of parameters are those of `deepsphere_pipe.nn.SphericalUNet`: states can be
exchanged.
"""

import torch
from torch import nn


def coo_laplacian(level, dtype):
    coo = level.laplacian.tocoo()
    indices = torch.stack([torch.from_numpy(x.astype("int64")) for x in (coo.row, coo.col)])
    values = torch.from_numpy(coo.data)
    return torch.sparse_coo_tensor(
        indices, values, coo.shape, dtype=dtype, check_invariants=False
    ).coalesce()


def chebyshev_convolution(x, laplacian, weight, bias=None):
    """Convolve x [batch, vertex, feature] with weight (K, features in, features out)."""
    batch, vertices, features = x.shape
    order = len(weight)
    x0 = x.permute(1, 2, 0).contiguous().view(vertices, features * batch)
    terms = [x0]
    if order > 1:
        terms.append(torch.sparse.mm(laplacian, x0))
    for _ in range(2, order):
        terms.append(2 * torch.sparse.mm(laplacian, terms[-1]) - terms[-2])
    stacked = torch.stack(terms).view(order, vertices, features, batch)
    stacked = stacked.permute(3, 1, 2, 0).contiguous().view(batch * vertices, features * order)
    y = stacked.matmul(weight.permute(1, 0, 2).reshape(features * order, -1))
    y = y.view(batch, vertices, -1)
    return y if bias is None else y + bias


class Convolution(nn.Module):
    def __init__(self, in_features, out_features, kernel_size, bias):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(kernel_size, in_features, out_features))
        self.bias = nn.Parameter(torch.randn(out_features)) if bias else None

    def forward(self, x, laplacian):
        return chebyshev_convolution(x, laplacian, self.weight, self.bias)


class Layer(nn.Module):
    def __init__(self, in_features, out_features, kernel_size, activation=True):
        super().__init__()
        self.convolution = Convolution(in_features, out_features, kernel_size, not activation)
        self.normalisation = nn.BatchNorm1d(out_features) if activation else None

    def forward(self, x, laplacian):
        y = self.convolution(x, laplacian)
        if self.normalisation is None:
            return y
        return torch.relu(self.normalisation(y.permute(0, 2, 1))).permute(0, 2, 1)


def pool(name, x, level):
    """Return the pooled signal, and where maxima were found (None for other poolings)."""
    parents = torch.tensor(level.parents)
    n_coarse = int(parents.max()) + 1
    batch, _, features = x.shape
    if name == "average":
        sums = x.new_zeros(batch, n_coarse, features).index_add(1, parents, x)
        return sums / torch.bincount(parents).to(x)[:, None], None
    if name == "symmetric":
        sums, weights = x.new_zeros(batch, n_coarse, features), x.new_zeros(n_coarse)
        ends = [parents, parents] if level.edge_ends is None else torch.tensor(level.edge_ends).T
        halves = torch.tensor(level.areas).to(x) / 2
        for end in ends:
            sums = sums.index_add(1, end, x * halves[:, None])
            weights = weights.index_add(0, end, halves)
        return sums / weights[:, None], None
    children = [torch.nonzero(parents == p)[:, 0] for p in range(n_coarse)]
    if name == "subsample":
        return x[:, torch.stack([c[0] for c in children])], None
    where = torch.stack([c[x[:, c].argmax(1)] for c in children], 1)
    return x.gather(1, where), where


def unpool(name, x, level, where=None):
    parents = torch.tensor(level.parents)
    if name == "copy" or (name == "symmetric" and level.edge_ends is None):
        return x[:, parents]
    if name in ("interpolate", "symmetric"):
        ends = torch.tensor(level.edge_ends)
        return (x[:, ends[:, 0]] + x[:, ends[:, 1]]) / 2
    fill = 1.0 if name == "constant" else 0.0
    result = torch.full((x.shape[0], len(parents), x.shape[2]), fill, dtype=x.dtype)
    if name == "constant":
        first = [int(torch.nonzero(parents == p)[0, 0]) for p in range(x.shape[1])]
        result[:, first] = x
        return result
    return result.scatter(1, where, x)


class ReferenceUNet(nn.Module):
    def __init__(
        self,
        levels,
        architecture,
        in_channels,
        out_channels,
        kernel_size,
        pooling="symmetric",
        unpooling="symmetric",
        dtype=torch.float32,
    ):
        super().__init__()
        self.levels, self.pooling, self.unpooling = levels, pooling, unpooling
        self.coo = [coo_laplacian(level, dtype) for level in levels]
        a, last = architecture, architecture.n_levels - 1

        def layer(*features, activation=True):
            return Layer(*features, kernel_size, activation)

        self.stem = None if a.stem is None else layer(in_channels, a.stem)
        self.encoder = nn.ModuleList(
            layer(
                a.widths[i - 1] if i else a.stem or in_channels,
                a.widths[i],
                activation=a.coarsest_activation or i < last or i == 0,
            )
            for i in range(a.n_levels)
        )
        self.expanding, self.merging = nn.ModuleList(), nn.ModuleList()
        for i in range(last):
            below = a.widths[-1] if i == last - 1 else a.decoder_widths[i + 1]
            d = a.decoder_widths[i]
            self.expanding.append(layer(below, d))
            has_skip = i > 0 or a.finest_skip
            self.merging.append(layer(d + a.widths[i], d) if has_skip else nn.Identity())
        first = a.decoder_widths[0] if last else a.widths[0]
        self.classifier = layer(first, out_channels, activation=False)
        self.to(dtype)

    def load_fast(self, state):
        """Take the state of the fast network, which leaves out a bias that has no effect."""
        zeros = {key: torch.zeros_like(value) for key, value in self.state_dict().items()}
        assert {key for key in zeros if key not in state} <= {
            f"encoder.{len(self.encoder) - 1}.convolution.bias"
        }
        self.load_state_dict(zeros | state)

    def forward(self, x):
        if self.stem is not None:
            x = self.stem(x, self.coo[0])
        skips = []
        for i, layer in enumerate(self.encoder):
            if i:
                pooled, where = pool(self.pooling, x, self.levels[i - 1])
                skips.append((x, where))
                x = pooled
            x = layer(x, self.coo[i])
        for i in reversed(range(len(self.expanding))):
            skip, where = skips[i]
            x = unpool(self.unpooling, x, self.levels[i], where)
            x = self.expanding[i](x, self.coo[i])
            if isinstance(self.merging[i], Layer):
                x = self.merging[i](torch.cat([x, skip], 2), self.coo[i])
        return self.classifier(x, self.coo[0])
