"""A model of ours from weights of the published PyTorch package."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch

from deepsphere_pipe.architecture import PUBLISHED_POOLINGS
from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.config import HealpixConfig, IcosahedralConfig, RunConfig, WindowConfig
from deepsphere_pipe.config.graphs import PublishedConfig
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn import SphericalUNet
from deepsphere_pipe.nn.published import from_published, model_of_published
from deepsphere_pipe.runtime.provenance import file_hash
from deepsphere_pipe.runtime.torch_files import read_tensors, refusing
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.training.model_file import build_network
from deepsphere_pipe.training.model_record import ModelRecord, recipe_of, save_content

SAMPLINGS = (IcosahedralConfig(level=5), HealpixConfig(nside=32))
"""The published ones."""

CHANNELS = tuple(channel.name for channel in cam5_channels())


def import_weights(
    weights: Path,
    variant: str,
    out: Path,
    *,
    sphere: Path | None = None,
    normalisation: tuple[Path, Path] | None = None,
    sequence_length: int = 3,
) -> None:
    """Make a model of ours of weights of the published PyTorch package.

    Parameters
    ----------
    weights
        What its script saves, ``torch.save(unet.state_dict(), …)``, also of a ``DataParallel``.
        Whether the network is static, stacked or has an LSTM follows from it.
    variant
        The sampling, "icosahedral" or "healpix", with which it pools. Its "equiangular" networks
        cannot run: their levels do not fit.
    out
        Model file to write, for `evaluate` with graphs of kind "published".
    sphere
        Hierarchy of such graphs, for another size or Laplacian; by default combinatorial ones of
        level 5 or nside 32, of the depth of the network.
    normalisation
        Files of numpy's with mean and standard deviation of each channel, the package's
        ``means.npy`` and ``stds.npy``; by default the constants that came with the archive, which
        are within 1.1 % of those.
    sequence_length
        Maps that an LSTM sees.

    Raises
    ------
    UserError
        If a file holds no weights of such a network or no statistics, or the sphere is another one.
    """
    if variant not in PUBLISHED_POOLINGS:
        raise UserError(
            f"There is no variant '{variant}': choose one of {', '.join(PUBLISHED_POOLINGS)}."
        )
    state = _read_state(weights)
    pooling, unpooling = PUBLISHED_POOLINGS[variant]
    model, n_maps = model_of_published(
        state, len(CHANNELS), sequence_length, str(weights), pooling=pooling, unpooling=unpooling
    )
    run = RunConfig(
        experiment=PublishedConfig.tag(),
        seed=0,
        window=WindowConfig(sequence_length=n_maps),
        model=model,
    )
    hierarchy = _hierarchy(variant, sphere, model.depth)
    with torch.device("meta"):  # an LSTM alone may have a gigabyte of weights
        network = cast(SphericalUNet, build_network(run, hierarchy, len(CHANNELS)))
    statistics = Statistics(CHANNELS, (), (), (), 0).with_published()
    if normalisation is not None:
        mean, std = map(_channel_values, normalisation)
        statistics = replace(statistics, mean=mean, std=std)
    progress: dict[str, object] = dict.fromkeys(
        ("epochs", "best_epoch", "commit", "device", "seconds")
    )
    progress |= {"imported_from": weights.name, "imported_sha256": file_hash(weights)}
    record = ModelRecord(
        from_published(state, network, str(weights)),
        run, hierarchy.identifier, recipe_of(hierarchy), statistics, progress,
    )  # fmt: skip
    save_content(out, record.content())
    print(f"The model is {out}; it is of sphere {hierarchy.identifier}.")


def _hierarchy(variant: str, sphere: Path | None, depth: int) -> Hierarchy:
    """Return the graphs on which the weights are to be used."""
    kind = PublishedConfig.tag()
    if sphere is None:
        (sampling,) = (each for each in SAMPLINGS if each.name == variant)
        return build_hierarchy(make_sampling(variant, **sampling.parameters), depth, kind=kind)
    hierarchy = Hierarchy.load(sphere)
    if (hierarchy.kind, hierarchy.sampling_name) != (kind, variant):
        raise UserError(
            f"{sphere}: is {hierarchy.identifier}, but weights of variant '{variant}' mean the "
            f"same with sampling '{variant}' and graph.kind '{kind}' only; build that sphere."
        )
    return hierarchy


def _channel_values(path: Path) -> tuple[float, ...]:
    """Return the number of each channel in a file of numpy's."""
    try:
        values = np.load(path, allow_pickle=False).ravel().astype(np.float64)
    except (ValueError, AttributeError, EOFError):
        values = np.empty(0)
    if len(values) != len(CHANNELS) or not np.isfinite(values).all():
        raise UserError(
            f"{path}: holds no number for each of {len(CHANNELS)} channels; give means.npy and "
            "stds.npy of the package."
        )
    return tuple(values.tolist())


def _read_state(path: Path) -> dict[str, torch.Tensor]:
    """Return weights by their names, without those of graphs and what `DataParallel` adds."""
    advice = "give what torch.save(unet.state_dict(), …) wrote"
    with refusing(path, "cannot be read as weights of torch", advice):
        content = read_tensors(path)
    if not (
        isinstance(content, dict)
        and content
        and all(isinstance(name, str) for name in content)
        and all(isinstance(value, torch.Tensor) for value in content.values())
    ):
        raise UserError(f"{path}: is no state dict, which has a tensor for each name; {advice}.")
    return {
        name.removeprefix("module."): value
        for name, value in content.items()
        if not name.endswith("laplacian")
    }
