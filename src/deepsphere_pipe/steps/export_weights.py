"""Weights of a model of ours as the published PyTorch package loads them."""

from pathlib import Path

import torch

from deepsphere_pipe.architecture import PUBLISHED_POOLINGS
from deepsphere_pipe.config import UNetConfig
from deepsphere_pipe.config.graphs import PublishedConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.nn.published import to_published
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.training.model_record import read_record


def export_weights(model: Path, out: Path) -> None:
    """Write the weights of a model as the published PyTorch package loads them.

    Parameters
    ----------
    model
        What `train` or `import_weights` wrote. A bias that ours has not is 0 there.
    out
        State dict to write, for ``unet.load_state_dict(torch.load(…))``; also torch 1.3 reads it.

    Raises
    ------
    UserError
        If the published package has no such network, or other graphs or poolings, with which its
        weights would mean something else.
    """
    record = read_record(model)
    kind, sampling = PublishedConfig.tag(), record.sphere.partition("-")[0]
    poolings = _poolings(record.run.model, sampling)
    if f"-{kind}-" not in record.sphere or PUBLISHED_POOLINGS.get(sampling) != poolings:
        allowed = " or ".join(
            f"sampling '{name}', pooling '{pooling}' and unpooling '{unpooling}'"
            for name, (pooling, unpooling) in PUBLISHED_POOLINGS.items()
        )
        raise UserError(
            f"{model}: is of sphere {record.sphere} and {poolings or 'no U-Net'}, but the "
            f"published package has graph.kind '{kind}' with {allowed} only."
        )
    state = to_published(record.weights, str(model))
    with atomic_write(out) as temporary:
        torch.save(state, temporary, _use_new_zipfile_serialization=False)


def _poolings(model: object, sampling: str) -> tuple[str, ...] | None:
    """Return pooling and unpooling of a U-Net by the names that they have in the package."""
    if not isinstance(model, UNetConfig):
        return None
    poolings = model.pooling, model.unpooling
    if sampling != "healpix":
        return poolings
    named = zip(poolings, PUBLISHED_POOLINGS[sampling], strict=True)  # children have equal areas
    return tuple(theirs if ours == "symmetric" else ours for ours, theirs in named)
