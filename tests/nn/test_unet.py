import copy
import io
import itertools
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
import torch
from torch.autograd import gradcheck

from deepsphere_pipe.config import UNetConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn import Architecture, SphericalUNet, make_model
from deepsphere_pipe.samplings import Icosahedral

from .conftest import learns, random_hierarchy
from .reference import ReferenceUNet

SMALL = {
    "like deepsphere": Architecture.from_widths((4, 8, 8)),
    "like jiang": Architecture((4, 6, 6), (4, 6)),
    "odd": Architecture((3, 5, 2), (7, 4), stem=6, finest_skip=True, coarsest_activation=False),
}
POOLED = [
    ("symmetric", "symmetric"), ("average", "copy"), ("subsample", "constant"),
    ("max", "interpolate"), ("max", "max"),
]  # fmt: skip


def networks(levels, architecture, pooling="symmetric", unpooling="symmetric", kernel_size=3):
    """The fast network and the oracle, with the same parameters."""
    settings = 2, 3, kernel_size, pooling, unpooling
    fast = SphericalUNet(levels, architecture, *settings).double()
    oracle = ReferenceUNet(levels, architecture, *settings, dtype=torch.float64)
    with torch.no_grad():
        for parameter in fast.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    oracle.load_fast(fast.state_dict())
    return fast, oracle


def maps(levels, batch=4):
    return torch.randn(batch, levels[0].laplacian.shape[0], 2, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "poolings", "kernel_size"),
    [
        *((name, POOLED[0], k) for name in SMALL for k in (1, 2, 3, 4)),
        *(("like deepsphere", poolings, 3) for poolings in POOLED[1:]),
    ],
)
def test_equals_straightforward_network(hierarchy, name, poolings, kernel_size):
    fast, oracle = networks(hierarchy, SMALL[name], *poolings, kernel_size)
    x = maps(hierarchy)
    labels = torch.randint(0, 3, (4, 40))
    y, expected = fast(x), oracle(x)
    assert y.shape == (4, 40, 3)
    torch.testing.assert_close(y, expected, rtol=1e-10, atol=1e-10)
    for output in (y, expected):
        torch.nn.functional.cross_entropy(output.reshape(-1, 3), labels.reshape(-1)).backward()
    gradients = dict(oracle.named_parameters())
    for key, parameter in fast.named_parameters():
        torch.testing.assert_close(
            parameter.grad, gradients[key].grad, rtol=1e-8, atol=1e-10, msg=lambda m, k=key: k + m
        )
    # The running statistics have moved; now with them, with and without gradients.
    fast.eval(), oracle.eval()
    expected = oracle(x)
    torch.testing.assert_close(fast(x), expected, rtol=1e-10, atol=1e-10)
    with torch.no_grad():
        torch.testing.assert_close(fast(x), expected, rtol=1e-10, atol=1e-10)


def test_gradients_of_a_whole_network():
    levels = random_hierarchy((9, 4))
    net = SphericalUNet(levels, (2, 3), 2, 2, 3).double()
    x = torch.randn(2, 9, 2, dtype=torch.float64, requires_grad=True)
    names, parameters = zip(*net.named_parameters(), strict=True)

    def run(x, *parameters):
        state = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(net, state, (x,))

    assert gradcheck(run, (x, *parameters))


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_any_depth_learns(depth):
    levels = random_hierarchy((48, 20, 9, 4)[:depth])
    net = SphericalUNet(levels, (8, 8, 8, 8)[:depth], 2, 3, 3)
    learns(net, maps(levels, batch=8).float(), steps=40)


def test_output_is_logits_in_both_modes(hierarchy):
    net = SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3).double()
    for mode in (True, False):
        y = net.train(mode)(maps(hierarchy))
        assert y.dtype == torch.float64
        assert not torch.allclose(y.sum(2), torch.ones(()).double())
        assert (y < 0).any()


def test_permuting_all_levels_permutes_the_output(hierarchy):
    rng = np.random.default_rng(3)
    permutations = [rng.permutation(level.laplacian.shape[0]) for level in hierarchy]
    permuted = copy.deepcopy(hierarchy)
    for i, level in enumerate(permuted):
        p = permutations[i]
        level.laplacian = scipy.sparse.csr_array(level.laplacian[p][:, p])
        if level.parents is not None:
            level.parents = np.argsort(permutations[i + 1])[level.parents[p]]
            level.edge_ends = np.argsort(permutations[i + 1])[level.edge_ends[p]]
            level.areas = level.areas[p]
    net = SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3).double()
    other = SphericalUNet(permuted, (4, 8, 8), 2, 3, 3).double()
    other.load_state_dict(net.state_dict())
    x = maps(hierarchy)
    p = permutations[0]
    torch.testing.assert_close(other(x[:, p]), net(x)[:, p], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kernel_size", [1, 3, 4])
@pytest.mark.parametrize(
    ("preset", "weights"), [("deepsphere", 1_917_536), ("jiang", 98_328), ("wide", 7_668_928)]
)
def test_published_parameter_counts(preset, weights, kernel_size):
    levels = random_hierarchy((40, 20, 12, 6, 4, 3))
    net = SphericalUNet(levels, preset, 16, 3, kernel_size)
    counts = net.parameter_counts()
    assert counts["convolution_weights"] == weights * kernel_size
    assert sum(counts.values()) == 2 * counts["total"]


@pytest.mark.parametrize("unpooling", ["symmetric", "copy", "interpolate", "constant"])
def test_the_coarsest_layer_has_a_bias_only_where_one_has_an_effect(hierarchy, unpooling):
    """On a graph whose Laplacian keeps constants, the next normalisation would remove it."""
    levels = [SimpleNamespace(**vars(level)) for level in hierarchy]
    for level in levels:
        weights = abs(level.laplacian.toarray())
        degrees = np.diag(weights.sum(1))
        level.laplacian = scipy.sparse.csr_array((degrees - weights) / degrees.max())
    net = SphericalUNet(levels, (4, 8, 8), 2, unpooling=unpooling).double()
    assert (net.encoder[-1].convolution.bias is not None) == (unpooling == "constant")
    oracle = ReferenceUNet(levels, net.architecture, 2, 3, 3, "symmetric", unpooling, torch.float64)
    oracle.load_fast(net.state_dict())
    x = maps(levels)
    before = oracle(x)
    oracle.encoder[-1].convolution.bias.data += 1
    assert torch.allclose(oracle(x), before) == (unpooling != "constant")


def test_with_the_normalised_laplacian_it_has_an_effect():
    levels = build_hierarchy(Icosahedral(2), laplacian="normalized").levels
    net = SphericalUNet(levels, (4, 8, 8), 2).double()
    x = maps(levels)
    before = net(x)
    net.encoder[-1].convolution.bias.data += 1
    assert (net(x) - before).abs().max() > 1e-3


def test_deepsphere_layers_are_those_of_the_listing():
    net = SphericalUNet(random_hierarchy((40, 20, 12, 6, 4, 3)), "deepsphere")

    def shapes(layers):
        return [
            (x.convolution.in_features, x.convolution.out_features, x.normalisation is not None)
            for x in layers
            if not isinstance(x, torch.nn.Identity)
        ]

    encoder = [64, 128, 256, 512, 512]
    assert shapes([net.stem]) == [(16, 32, True)]
    assert shapes(net.encoder) == [
        (32, 64, True),
        *((a, b, True) for a, b in itertools.pairwise(encoder)),
        (512, 512, False),
    ]
    assert shapes(net.expanding[::-1]) == [
        (512, 512, True), (512, 256, True), (256, 128, True), (128, 64, True), (64, 32, True)
    ]  # fmt: skip
    assert shapes(net.merging[::-1]) == [
        (1024, 512, True), (768, 256, True), (384, 128, True), (192, 64, True)
    ]  # fmt: skip
    assert shapes([net.classifier]) == [(32, 3, False)]


def test_checkpoints_hold_parameters_and_statistics_only(hierarchy):
    net = SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3, pooling="max", unpooling="interpolate")
    last = {key.rsplit(".", 1)[1] for key in net.state_dict()}
    assert last == {"weight", "bias", "running_mean", "running_var", "num_batches_tracked"}
    assert all(value.layout is torch.strided for value in net.state_dict().values())
    buffer = io.BytesIO()
    torch.save(net.state_dict(), buffer)
    buffer.seek(0)
    SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3).load_state_dict(torch.load(buffer))


def test_copies_and_conversions_lose_nothing(hierarchy):
    net = SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3).eval()
    x = maps(hierarchy)
    expected = net(x.float())
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert torch.equal(other(x.float()), expected)
    # All buffers are dense: sparse ones cannot be broadcast between processes.
    assert all(b.layout is torch.strided for b in net.buffers())
    exact = hierarchy[0].laplacian.toarray()
    assert np.array_equal(net.double().laplacians[0]().to_dense().numpy(), exact)


def test_levels_widths_and_names_that_do_not_fit_are_refused(hierarchy):
    with pytest.raises(UserError, match="has 2 levels, the hierarchy of samplings 3"):
        SphericalUNet(hierarchy, (4, 8))
    with pytest.raises(UserError, match="at least one level"):
        SphericalUNet(hierarchy, ())
    with pytest.raises(UserError, match=r"no architecture 'unet'.*deepsphere, jiang, wide"):
        SphericalUNet(hierarchy, "unet")
    with pytest.raises(UserError, match="3 levels has 2 decoder widths, got 1"):
        Architecture((4, 8, 8), (4,))
    with pytest.raises(UserError, match="at least 1"):
        SphericalUNet(hierarchy, (4, 8, 8), in_channels=0)
    with pytest.raises(UserError, match="needs pooling 'max', not 'symmetric'"):
        SphericalUNet(hierarchy, (4, 8, 8), unpooling="max")
    with pytest.raises(UserError, match="as wide as those that were pooled"):
        SphericalUNet(hierarchy, SMALL["odd"], pooling="max", unpooling="max")
    hierarchy[1].laplacian = scipy.sparse.csr_array(np.triu(hierarchy[1].laplacian.toarray()))
    with pytest.raises(ValueError, match="not symmetric"):
        SphericalUNet(hierarchy, (4, 8, 8))


def test_maps_of_wrong_shape_are_refused(hierarchy):
    net = SphericalUNet(hierarchy, (4, 8, 8), 2, 3, 3)
    with pytest.raises(ValueError, match=r"\(batch, 40, 2\), got \(1, 2, 40\)"):
        net(torch.randn(1, 2, 40))


def test_presets_shrink_and_grow():
    assert Architecture.preset("deepsphere", 3).widths == (64, 128, 256)
    assert Architecture.preset("jiang", 8).widths == (8, 16, 32, 64, 128, 128, 128, 128)
    assert Architecture.preset("deepsphere").decoder_widths == (32, 64, 128, 256, 512)


def test_stem_and_decoder_have_the_widths_that_are_asked_for(hierarchy):
    assert Architecture.from_widths((8, 16, 32)).stem == 4
    assert Architecture.from_widths((8, 16, 32)).decoder_widths == (4, 8)
    assert Architecture.from_widths((8, 16, 32), stem=6).decoder_widths == (6, 8)
    bare = Architecture.from_widths((8, 16, 32), stem=None)
    assert bare.stem is None and bare.decoder_widths == (4, 8)
    model = UNetConfig(widths=(8, 16, 32), stem=5, decoder_widths=(3, 7))
    net = make_model(model, hierarchy, 2, 3)
    assert net.stem.convolution.weight.shape[1:] == (2, 5)
    assert net.encoder[0].convolution.weight.shape[1:] == (5, 8)
    assert [layer.convolution.out_features for layer in net.expanding] == [3, 7]
    assert net(torch.randn(2, 40, 2)).shape == (2, 40, 3)


def test_on_a_real_sphere():
    samplings = pytest.importorskip("deepsphere_pipe.samplings", exc_type=ImportError)
    pytest.importorskip("deepsphere_pipe.graphs.hierarchy", exc_type=ImportError)
    sampling = samplings.Icosahedral(level=3)
    net = SphericalUNet.from_sampling(sampling, in_channels=2, unpooling="interpolate")
    assert net.architecture.n_levels == 4
    assert net.laplacians[0].shape == (642, 642)
    assert net(torch.randn(2, 642, 2)).shape == (2, 642, 3)
    net = SphericalUNet.from_sampling(sampling, "jiang", in_channels=2, depth=1)
    assert [matrix.shape[0] for matrix in net.laplacians] == [642, 162]
