"""Weights of the published PyTorch package, to and from those of our networks.

The package (deepsphere-pytorch) has the layers of `SphericalUNet` with a stem under other names.
Three things are otherwise:

- Its weights of a convolution have our shape, (K, F_in, F_out), but are read as (F_in, K, F_out),
  in the same memory. Where K and F_in are above 1, a plain copy loads and computes something else.
- All its convolutions have a bias b. Where a normalisation follows, it becomes part of the running
  mean μ: (y + b − μ)/σ = (y − (μ − b))/σ.
- So does, where we leave it out, the bias of the coarsest layer, which no normalisation follows.
  The unpooling copies it to all vertices, and as L 1 = 0, the rescaled Laplacian takes 1 to −1 and
  T_k of it to T_k(−1) = (−1)^k: the next convolution makes Σ_k (−1)^k b W_k of it.

All else is the same to the last bit.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from deepsphere_pipe.architecture import Architecture
from deepsphere_pipe.config import UNetConfig, parse
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.unet import SphericalUNet

State = Mapping[str, Tensor]
LSTM_OURS, LSTM_THEIRS = "recurrence.lstm.", "lstm_l0."
NORMALISATION = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def to_published(state: State, where: str) -> dict[str, Tensor]:
    """Return the state of a network of ours as the published package has it.

    Parameters
    ----------
    state
        Of a `SphericalUNet` of two levels or more. A bias that it has not becomes 0.
    where
        What the state is called in an error.

    Raises
    ------
    UserError
        If the published package has no such network: its U-Nets have a stem, no skip connection at
        the finest level and no normalisation at the coarsest.
    """
    depth = _depth(state, r"encoder\.(\d+)\.")
    convolutions, normalisations = _convolutions(depth), _normalisations(depth)
    needed = {f"{ours}.weight" for ours in convolutions}
    needed |= {f"{ours}.{part}" for ours in normalisations for part in NORMALISATION}
    known = needed | {f"{ours}.bias" for ours in convolutions}
    others = {name for name in state.keys() - known if not name.startswith(LSTM_OURS)}
    if depth == 0 or others or not needed <= state.keys():
        raise UserError(
            f"{where}: the published package has no such network; its U-Nets are of preset "
            "'deepsphere', or of 'widths' with a 'stem', and 'none', 'stacked' or 'lstm' in time."
        )
    made: dict[str, Tensor] = {}
    for ours, theirs in convolutions.items():
        weight = state[f"{ours}.weight"]
        k, n_in, n_out = weight.shape
        made[f"{theirs}.weight"] = weight.transpose(0, 1).reshape(k, n_in, n_out)
        made[f"{theirs}.bias"] = state.get(f"{ours}.bias", weight.new_zeros(n_out))
    for ours, theirs in normalisations.items():
        made |= {f"{theirs}.{part}": state[f"{ours}.{part}"] for part in NORMALISATION}
    return made | _renamed(state, LSTM_OURS, LSTM_THEIRS)


def from_published(state: State, network: SphericalUNet, where: str) -> dict[str, Tensor]:
    """Return the state of a network of the published package as ours has it.

    Parameters
    ----------
    state
    network
        The same network, made of what `model_of_published` returns; its weights do not matter. For
        a coarsest layer without bias, the Laplacian must be combinatorial.
    where
        What the state is called in an error.

    Raises
    ------
    UserError
        If the names or shapes are others than those of this network.
    """
    ours_wanted = network.state_dict()
    _check_fits(state, to_published(ours_wanted, where), where)
    depth = len(network.poolings)
    made: dict[str, Tensor] = {}
    for ours, theirs in _convolutions(depth).items():
        weight = state[f"{theirs}.weight"]
        k, n_in, n_out = weight.shape
        made[f"{ours}.weight"] = weight.reshape(n_in, k, n_out).transpose(0, 1).contiguous()
        made[f"{ours}.bias"] = state[f"{theirs}.bias"]
    for ours, theirs in _normalisations(depth).items():
        made |= {f"{ours}.{part}": state[f"{theirs}.{part}"] for part in NORMALISATION}
    made |= _renamed(state, LSTM_THEIRS, LSTM_OURS)

    next_one = f"expanding.{depth - 1}"
    for name in made.keys() - ours_wanted.keys():
        bias = made.pop(name).double()
        layer = name.removesuffix(".convolution.bias")
        if layer == f"encoder.{depth}":
            layer, terms = next_one, bias @ made[f"{next_one}.convolution.weight"].double()
            bias = terms[::2].sum(0) - terms[1::2].sum(0)
        mean = made[f"{layer}.normalisation.running_mean"]
        made[f"{layer}.normalisation.running_mean"] = (mean.double() - bias).to(mean)
    return made


def model_of_published(
    state: State,
    n_channels: int,
    sequence_length: int,
    where: str,
    **poolings: str,
) -> tuple[UNetConfig, int]:
    """Return which network a state is of, and how many maps that sees.

    Parameters
    ----------
    state
    n_channels
        Of one map.
    sequence_length
        Maps that an LSTM sees, which its state does not tell.
    where
        What the state is called in an error.
    **poolings
        ``pooling`` and ``unpooling``, which no state tells either.

    Raises
    ------
    UserError
        If it is of none of the package's.
    """
    depth = _depth(state, r"encoder\.enc_l(\d+)\.")
    names = _convolutions(depth)

    def shape(layer: str) -> tuple[int, ...]:
        name = f"{names[f'{layer}.convolution']}.weight"
        if name not in state or state[name].ndim != 3:
            raise UserError(
                f"{where}: is no state of a U-Net of the published package: it has no weights "
                f"{name} (coefficient, feature, feature)."
            )
        return tuple(state[name].shape)

    kernel_size, n_features, stem = shape("stem")
    n_maps, rest = divmod(n_features, n_channels)
    if rest or n_maps == 0:
        raise UserError(
            f"{where}: its network takes {n_features} features, which are no whole number of maps "
            f"of {n_channels} channels."
        )
    temporal = "none" if n_maps == 1 else "stacked"
    if any(name.startswith(LSTM_THEIRS) for name in state):
        temporal, n_maps = "lstm", sequence_length
    read = Architecture.from_widths(
        [shape(f"encoder.{i}")[2] for i in range(depth + 1)],
        stem,
        [shape(f"expanding.{i}")[2] for i in range(depth)],
    )
    preset = Architecture.preset("deepsphere")
    if temporal == "stacked" and stem == n_features:
        read = replace(read, stem=preset.stem)  # it follows from the number of maps
    widths = {"widths": read.widths, "stem": read.stem, "decoder_widths": read.decoder_widths}
    sizes = {"preset": "deepsphere"} if read == preset else widths
    content = sizes | poolings | {"kernel_size": kernel_size, "temporal": temporal}
    return parse(UNetConfig, content, where), n_maps


def _depth(state: State, pattern: str) -> int:
    """Return the number of poolings, by the greatest number in the names of encoders."""
    found = [re.match(pattern, name) for name in state]
    return max((int(match[1]) for match in found if match), default=0)


def _blocks(depth: int) -> dict[str, str]:
    """Return the layers with normalisation: our names and theirs, which count from the coarsest."""
    finest = f"encoder.enc_l{depth}.spherical_cheb_bn"
    names = {"stem": f"{finest}_1", "encoder.0": f"{finest}_2"}
    for i in range(depth):
        level = f"l{depth - i}"
        names[f"expanding.{i}"] = f"decoder.dec_{level}.spherical_cheb_bn_pool.spherical_cheb_bn"
        if i > 0:
            names[f"encoder.{i}"] = f"encoder.enc_{level}.spherical_cheb_bn"
            names[f"merging.{i}"] = f"decoder.dec_{level}.spherical_cheb_bn"
    return names


def _convolutions(depth: int) -> dict[str, str]:
    """Return all convolutions, ours and theirs."""
    blocks = {ours: f"{theirs}.spherical_cheb" for ours, theirs in _blocks(depth).items()}
    blocks[f"encoder.{depth}"] = "encoder.enc_l0.spherical_cheb"
    blocks["classifier"] = f"decoder.dec_l{depth}.spherical_cheb"
    return {f"{ours}.convolution": f"{theirs}.chebconv" for ours, theirs in blocks.items()}


def _normalisations(depth: int) -> dict[str, str]:
    """Return all batch normalisations, ours and theirs."""
    return {
        f"{ours}.normalisation": f"{theirs}.batchnorm" for ours, theirs in _blocks(depth).items()
    }


def _renamed(state: State, before: str, after: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin so, with another beginning."""
    return {
        after + name.removeprefix(before): value
        for name, value in state.items()
        if name.startswith(before)
    }


def _check_fits(state: State, wanted: State, where: str) -> None:
    """Refuse names and shapes that are others than is wanted."""
    for name in dict.fromkeys([*wanted, *state]):
        there, expected = (
            tuple(each[name].shape) if name in each else None for each in (state, wanted)
        )
        if there is None:
            raise UserError(f"{where}: lacks {name}, of shape {expected}.")
        if expected is None:
            raise UserError(f"{where}: has {name}, which no network of the published package has.")
        if there != expected:
            raise UserError(
                f"{where}: {name} has the shape {there}, which the other weights do not fit; "
                f"expected {expected}."
            )
