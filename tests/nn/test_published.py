"""Weights of the published package make the same logits here, and go back unchanged."""

import numpy as np
import pytest
import torch

from deepsphere_pipe.architecture import PUBLISHED_POOLINGS
from deepsphere_pipe.config import UNetConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.nn import make_model
from deepsphere_pipe.nn.published import from_published, model_of_published, to_published
from deepsphere_pipe.samplings import Healpix, Icosahedral
from tests.nn.published_package import forward, random_state

SMALL = {"widths": (8, 6, 5), "decoder_widths": (4, 7), "stem": 5}
WHOLE = {
    "widths": (64, 128, 256, 512, 512, 512),
    "decoder_widths": (32, 64, 128, 256, 512),
    "stem": 32,
}
SPHERES = {"icosahedral": Icosahedral(2), "healpix": Healpix(4)}
STEPS = 3


def spheres(variant, laplacian="combinatorial", sampling=None):
    return build_hierarchy(
        sampling or SPHERES[variant], laplacian=laplacian, kind="published"
    ).levels


def network_of(state, variant, levels):
    """Return the network of a state of float64, with its weights, and the maps that it sees."""
    poolings = dict(zip(("pooling", "unpooling"), PUBLISHED_POOLINGS[variant], strict=True))
    model, n_maps = model_of_published(state, 16, STEPS, "unet.pt", **poolings)
    network = make_model(model, levels, 16, 3, n_maps).double().eval()
    network.load_state_dict(from_published(state, network, "unet.pt"))
    return network, n_maps


def logits_of(network, x):
    with torch.no_grad():
        return network(torch.from_numpy(x)).numpy()


def relative_difference(found, expected):
    scale = np.ptp(expected, axis=(0, 1)).max()
    assert scale > 0.01 * np.abs(expected).max()  # not the bias of the last layer alone
    return np.abs(found - expected).max() / scale


def state_in_time(temporal, levels, kernel_size=3):
    if temporal == "stacked":
        return random_state(**SMALL | {"stem": 16 * STEPS}, in_features=16 * STEPS)
    values = levels[-1].n_vertices * SMALL["widths"][-1] if temporal == "lstm" else 0
    return random_state(**SMALL, kernel_size=kernel_size, lstm_values=values)


@pytest.mark.parametrize("laplacian", ["combinatorial", "normalized"])
@pytest.mark.parametrize("temporal", ["none", "stacked", "lstm"])
@pytest.mark.parametrize("variant", SPHERES)
def test_logits_are_those_of_the_published_forward_pass(variant, temporal, laplacian):
    levels = spheres(variant, laplacian)
    state = state_in_time(temporal, levels)
    network, n_maps = network_of(state, variant, levels)
    assert n_maps == (1 if temporal == "none" else STEPS)
    x = np.random.default_rng(0).standard_normal((2, n_maps, levels[0].n_vertices, 16))
    if temporal == "none":
        x = theirs = x[:, 0]
    else:
        theirs = x if temporal == "lstm" else np.moveaxis(x, 1, 2).reshape(*x[:, 0].shape[:2], -1)
    expected = forward(state, [level.laplacian for level in levels], theirs, variant)
    assert relative_difference(logits_of(network, x), expected) < 1e-12


@pytest.mark.parametrize("kernel_size", [2, 4, 5])
@pytest.mark.parametrize("variant", SPHERES)
def test_filters_of_any_order(variant, kernel_size):
    levels = spheres(variant)
    state = state_in_time("none", levels, kernel_size)
    network, _ = network_of(state, variant, levels)
    x = np.random.default_rng(1).standard_normal((1, levels[0].n_vertices, 16))
    expected = forward(state, [level.laplacian for level in levels], x, variant)
    assert relative_difference(logits_of(network, x), expected) < 1e-12


@pytest.mark.parametrize(
    ("variant", "sampling"), [("icosahedral", Icosahedral(5)), ("healpix", Healpix(32))]
)
def test_the_whole_network_on_the_whole_sphere(variant, sampling):
    """A plain copy of the weights loads, too; its classes are others at many vertices."""
    levels = spheres(variant, sampling=sampling)
    state = random_state(**WHOLE)
    network, _ = network_of(state, variant, levels)
    assert network.architecture.widths == WHOLE["widths"]
    x = np.random.default_rng(2).standard_normal((1, sampling.n_vertices, 16))
    expected = forward(state, [level.laplacian for level in levels], x, variant)
    found = logits_of(network, x)
    assert relative_difference(found, expected) < 1e-12
    naive = {
        name: value.transpose(0, 1).reshape(value.shape)
        for name, value in network.state_dict().items()
        if name.endswith("convolution.weight")
    }
    network.load_state_dict(network.state_dict() | naive)
    others = logits_of(network, x).argmax(-1) != expected.argmax(-1)
    assert others.mean() > 0.1


@pytest.mark.parametrize("temporal", ["none", "stacked", "lstm"])
@pytest.mark.parametrize("variant", SPHERES)
def test_there_and_back_again_not_a_bit_changes(variant, temporal):
    levels = spheres(variant)
    network, _ = network_of(state_in_time(temporal, levels), variant, levels)
    ours = network.float().state_dict()
    theirs = to_published(ours, "model.pt")
    assert theirs.keys() == state_in_time(temporal, levels).keys()
    back = from_published(theirs, network, "unet.pt")
    assert back.keys() == ours.keys()
    for name, value in ours.items():
        assert torch.equal(back[name], value) and back[name].dtype == value.dtype, name


def test_the_published_network_is_the_preset():
    sizes = {"pooling": "average", "unpooling": "copy"}
    model, n_maps = model_of_published(random_state(**WHOLE), 16, 3, "unet.pt", **sizes)
    assert n_maps == 1
    assert model == UNetConfig(preset="deepsphere", kernel_size=3, **sizes)
    state = random_state(**WHOLE | {"stem": 80}, in_features=80, kernel_size=5)
    model, n_maps = model_of_published(state, 16, 3, "unet.pt", **sizes)
    assert n_maps == 5
    assert model == UNetConfig(preset="deepsphere", kernel_size=5, temporal="stacked", **sizes)


def without(state, name):
    return {key: value for key, value in state.items() if key != name}


FIRST = "encoder.enc_l2.spherical_cheb_bn_1"
STATE = random_state(**SMALL)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"weight": torch.zeros(3)}, "is no state of a U-Net of the published package"),
        (
            without(STATE, f"{FIRST}.spherical_cheb.chebconv.weight"),
            "it has no weights encoder.enc_l2.spherical_cheb_bn_1",
        ),
        (
            without(STATE, f"{FIRST}.batchnorm.running_var"),
            r"lacks encoder.enc_l2.*running_var, of shape \(5,\)",
        ),
        (STATE | {"extra": torch.zeros(1)}, "has extra, which no network of the published"),
        (
            STATE | {f"{FIRST}.batchnorm.weight": torch.zeros(4)},
            r"encoder.*weight has the shape \(4,\).*expected \(5,\)",
        ),
        (random_state(**SMALL, in_features=20), "takes 20 features, which are no whole number"),
        (random_state(**SMALL, in_features=32), r"_bn_1.*has the shape \(3, 32, 5\)"),
        (random_state(**SMALL, out_features=2), r"spherical_cheb.chebconv.weight has the shape"),
        (random_state(**SMALL, lstm_values=9), r"lstm_l0.* has the shape \(36, 9\)"),
        (random_state(**SMALL, kernel_size=20), "kernel_size"),
    ],
)
def test_what_is_no_such_network_is_told_in_a_sentence(state, sentence):
    with pytest.raises(UserError, match=rf"^unet\.pt: .*{sentence}") as caught:
        network_of(state, "icosahedral", spheres("icosahedral"))
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


@pytest.mark.parametrize(
    "model", [UNetConfig(preset="jiang"), UNetConfig(widths=(4, 4), temporal="conv_lstm")]
)
def test_networks_that_the_package_has_not_are_told_in_a_sentence(model):
    levels = build_hierarchy(Icosahedral(5), kind="published").levels
    network = make_model(model, levels, 16, 3, STEPS)
    with pytest.raises(UserError, match=r"^model\.pt: the published package has no such network"):
        to_published(network.state_dict(), "model.pt")
