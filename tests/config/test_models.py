"""Every kind of model has its section: files of before are read, mistakes told in a sentence."""

from typing import get_args

import pytest
import yaml

from deepsphere_pipe.config import CustomModelConfig, RunConfig, UNetConfig, dump, parse
from deepsphere_pipe.config.models import ModelConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.registry import MODELS

CUSTOM = {"class": "my_package.nets.MyNet", "arguments": {"width": 8, "names": ["a", None]}}


def parsed(model):
    return parse(RunConfig, {"experiment": "tiny", "seed": 0, "model": model}, "run.yaml")


PLANAR = {"kind": "planar_unet", "widths": [8, 16], "stem": None, "matched_kernel_size": 4}


@pytest.mark.parametrize(
    "model",
    [{"widths": [8, 16]}, {"preset": "jiang"}, CUSTOM, PLANAR, {**PLANAR, "kind": "healpix_unet"}],
)
def test_what_is_written_is_read_again(model):
    run = parsed(model)
    assert parse(RunConfig, yaml.safe_load(dump(run)), "again.yaml") == run


def test_the_keys_of_earlier_versions_mean_a_unet():
    """As in model files and studies that know no kinds."""
    keys = {
        "preset": None, "widths": [8, 16], "kernel_size": 4, "pooling": "max", "unpooling": "copy",
        "temporal": "none", "matched_parameters": False,
    }  # fmt: skip
    model = parsed(keys).model
    assert isinstance(model, UNetConfig) and model.widths == (8, 16) and model.depth == 1
    assert model.architecture.stem == 4 and model.as_unet is model and model.custom_code is None


def test_a_class_means_a_network_of_ones_own():
    model = parsed(CUSTOM).model
    assert isinstance(model, CustomModelConfig) and model.class_ == "my_package.nets.MyNet"
    assert model.model_dump()["class"] == model.class_
    assert model.arguments == {"width": 8, "names": ["a", None]}
    assert model.depth == 0 and model.as_unet == UNetConfig(preset="deepsphere")


def test_ordinary_convolutions_cost_as_much_as_a_graph_network_with_as_many_weights():
    widths = {"widths": (8, 16), "stem": None}
    assert parsed(PLANAR).model.as_unet == UNetConfig(**widths, kernel_size=4)
    unmatched = parsed({**PLANAR, "matched_kernel_size": None}).model
    assert unmatched.as_unet == UNetConfig(**widths, kernel_size=9)
    assert unmatched.depth == 1 and unmatched.temporal == "none" and unmatched.custom_code is None


def test_every_kind_has_a_network():
    union = get_args(get_args(ModelConfig)[0])
    assert set(MODELS) == set(union)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (
            {"kind": "transformer"},
            "model.kind is 'transformer'; it must be 'unet', 'planar_unet', 'healpix_unet' or "
            "'custom'.",
        ),
        (
            {"kind": "planar_unet", "preset": "jiang", "kernel_size": 3},
            "unknown key 'model.kernel_size' with kind 'planar_unet'; allowed there: kind, preset, "
            "widths, stem, decoder_widths, matched_kernel_size.",
        ),
        (
            {"kind": "healpix_unet"},
            "model: exactly one of 'preset' and 'widths' must be given.",
        ),
        (3, "model is 3; it must be a mapping."),
        ({"preset": "unet"}, "model.preset is 'unet'; it must be 'deepsphere', 'jiang' or 'wide'."),
        ({}, "model: exactly one of 'preset' and 'widths' must be given."),
        ({"widths": [8, 16], "stem": 0}, "model.stem is 0; it must be at least 1 or 'half'."),
        (
            {"widths": [8, 16], "decoder_widths": [4, 8]},
            "model: 'decoder_widths' has 2 entries; it must have 1, one less than 'widths'.",
        ),
        (
            {"preset": "jiang", "stem": 8},
            "model: 'stem' and 'decoder_widths' go with 'widths', not with 'preset'.",
        ),
        (CUSTOM | {"class": "MyNet"}, "model.class: must be module and class, as in my_package."),
        (
            CUSTOM | {"preset": "jiang"},
            "unknown key 'model.preset' with kind 'custom'; allowed there: kind, class, folder, "
            "arguments, temporal, depth, costs_like.",
        ),
        (CUSTOM | {"temporal": "lstm"}, "model.temporal is 'lstm'; it must be 'none' or 'window"),
        ({"kind": "custom"}, "the key 'model.class' is missing, which kind 'custom' needs."),
    ],
)
def test_mistakes_are_told_in_one_sentence(model, sentence):
    with pytest.raises(UserError) as refused:
        parsed(model)
    assert str(refused.value).startswith(f"run.yaml: {sentence}")
