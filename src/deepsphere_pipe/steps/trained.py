"""A trained network before the test part: that both belong together is proven first."""

from pathlib import Path
from typing import NamedTuple

import torch

from deepsphere_pipe.config import RunConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom, check_made_from
from deepsphere_pipe.training.devices import choose_device, make_reproducible
from deepsphere_pipe.training.model_file import load_model
from deepsphere_pipe.training.model_record import ModelRecord
from deepsphere_pipe.training.survival.checkpoint import differences


class Trained(NamedTuple):
    """A network on its device, what is known of it, and the batches of the test part."""

    network: torch.nn.Module
    record: ModelRecord
    device: torch.device
    test: MapLoader


def load_trained(
    model: Path,
    inputs: Inputs,
    made_from: MadeFrom,
    device: str,
    *,
    run: RunConfig | None = None,
    on_sampling: bool = False,
) -> Trained:
    """Load a network and open the test part, with fields normalised as in its training.

    Parameters
    ----------
    model
        What `train` wrote.
    inputs, made_from
        Maps, split and hierarchy, compared with their fingerprints.
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    run
        How the network should have been trained; by default that is its own affair.
    on_sampling
        Whether the maps may lie on another sampling than that of the training.

    Raises
    ------
    UserError
        If the inputs do not fit together or are of something else, the network was trained in
        another way, on another split or, unless allowed, on another sampling, or the device cannot
        be used.
    """
    inputs.check(made_from)
    torch_device = choose_device(device)
    network, record = load_model(model, inputs.hierarchy, on_sampling)
    trained, statistics, progress = record.run, record.statistics, record.progress
    check_made_from(made_from, "training", model, lambda _: progress.get("made_from"))
    if run is not None:
        _check_run(model, trained, run)
    make_reproducible(trained.seed, trained.training.deterministic)
    if imported := progress.get("imported_from"):
        print(f"{model}: nobody knows on which maps {imported} was trained; test maps may be some.")
    elif statistics != inputs.statistics and not on_sampling:
        raise UserError(
            f"{model}: was trained on another split than {inputs.split}, so its test maps may be "
            "among the training maps; give the split of the training."
        )
    temporal = trained.model.temporal != "none"
    test = inputs.loader(
        "test", trained.training.batch_size, trained.window, temporal, statistics=statistics
    )
    return Trained(network.to(torch_device), record, torch_device, test)


def _check_run(model: Path, trained: RunConfig, wanted: RunConfig) -> None:
    """Refuse a network that was trained in another way than is asked for."""
    there, asked = ({"run": run.model_dump(mode="json")} for run in (trained, wanted))
    if different := "; ".join(differences(there, asked, ignored=())):
        raise UserError(
            f"{model}: was not trained as {wanted.name} of the study says: {different}. Train it "
            "again."
        )
