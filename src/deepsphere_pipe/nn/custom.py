"""Networks of users: any module that makes logits from maps."""

import inspect
from collections.abc import Sequence

import torch
from torch import nn

from deepsphere_pipe.config.models import CustomModelConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.custom_code import import_class, what_failed

TRIAL_BATCH = 2
"""Maps that a network is tried on."""


def custom_network(
    model: CustomModelConfig,
    levels: Sequence,
    in_channels: int,
    out_channels: int,
    sequence_length: int,
) -> nn.Module:
    """Return the network of a user's class; parameters as in `deepsphere_pipe.nn.registry`.

    Raises
    ------
    UserError
        If the class is not found or is no module, cannot be made of its arguments, fails, or makes
        logits of another shape than (batch, vertex, class).
    """
    made_by = import_class(model.class_, model.folder)
    if not issubclass(made_by, nn.Module):
        raise UserError(f"{model.class_}: is no torch.nn.Module, which networks are.")
    sizes = {"levels": levels, "in_channels": in_channels, "out_channels": out_channels}
    if model.temporal != "none":
        sizes["sequence_length"] = sequence_length
    try:
        inspect.signature(made_by).bind(**sizes, **model.arguments)
    except TypeError as error:
        raise UserError(
            f"{model.class_}: its arguments do not fit ({error}); it is made of "
            f"{', '.join(sizes)} and, from the config, {', '.join(model.arguments) or 'no other'}."
        ) from None
    try:
        network = made_by(**sizes, **model.arguments)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{model.class_} cannot be made: {what_failed(error)}.") from error
    n_vertices = levels[0].laplacian.shape[0]
    steps = () if model.temporal == "none" else (sequence_length,)
    _check_logits(
        network, model.class_, (TRIAL_BATCH, *steps, n_vertices, in_channels),
        (TRIAL_BATCH, n_vertices, out_channels),
    )  # fmt: skip
    return network


def _check_logits(
    network: nn.Module, name: str, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    """Try a network on maps of zeros; no state of it changes, and no random number is drawn."""
    training = network.training
    network.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            logits = network(torch.zeros(shape))
    except Exception as error:
        raise UserError(f"{name} fails on maps of shape {shape}: {what_failed(error)}.") from error
    network.train(training)
    made = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
    if made != expected:
        raise UserError(
            f"{name} makes {made} of maps of shape {shape}; its logits must have the shape (batch, "
            f"vertex, class), here {expected}."
        )
