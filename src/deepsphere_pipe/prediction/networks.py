"""Trained networks that predict together: what their files say, and nothing else."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from deepsphere_pipe.data.sources.listing import matching
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.prediction.spheres import sampling_of, sphere_of
from deepsphere_pipe.runtime.provenance import content_hash, file_hash
from deepsphere_pipe.samplings import Sampling
from deepsphere_pipe.training.model_file import rebuilt
from deepsphere_pipe.training.model_record import read_record

MODEL = "model.pt"


def model_files(model: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the files of networks: a file, the folder of a run, a pattern of these, or several.

    Raises
    ------
    UserError
        If there are none.
    """
    if not isinstance(model, str | Path):
        if not model:
            raise UserError("give a network: a model.pt, or the folder of a run.")
        # One that is named twice, in whatever way, answers once.
        return [*{path.resolve(): path for each in model for path in model_files(each)}.values()]
    files = [path / MODEL if path.is_dir() else path for path in matching(model)]
    if missing := next((path for path in files if not path.is_file()), None):
        raise UserError(f"{missing}: no such file; give a model.pt, or the folder of a run.")
    if not files:
        raise UserError(f"{model}: no such model; give a model.pt, or the folder of a run.")
    return files


class Networks:
    """One or several trained networks, such as the seeds of an experiment.

    Parameters
    ----------
    model
        See `model_files`.
    device
        Where they compute.

    Attributes
    ----------
    records
        What the files say, one each.
    sampling
        Vertices on which they see maps.
    channels
        Names of the fields that they need.

    Raises
    ------
    UserError
        If one cannot be read, or they do not see the same fields on the same vertices.
    """

    def __init__(
        self, model: str | Path | Sequence[str | Path], device: torch.device | None = None
    ) -> None:
        self.device = device or torch.device("cpu")
        self.files = model_files(model)
        self.records = [read_record(path) for path in self.files]
        first = self.records[0]
        for path, record in zip(self.files[1:], self.records[1:], strict=True):
            for what, of in SHARED.items():
                if of(record) != of(first):
                    raise UserError(
                        f"{path}: has other {what} than {self.files[0]}; networks that predict "
                        "together need the same."
                    )
        self.channels = first.statistics.channels
        self.window, self.temporal = first.run.window, first.run.model.temporal != "none"
        spheres: dict[str, Hierarchy] = {}
        self.networks: list[nn.Module] = []
        try:
            self.sampling: Sampling = sampling_of(first.recipe)
        except UserError as error:
            raise UserError(f"{self.files[0]}: {error}") from None
        for path, record in zip(self.files, self.records, strict=True):
            if record.sphere not in spheres:
                spheres[record.sphere] = sphere_of(self.sampling, record.recipe)
            network = rebuilt(record, path, spheres[record.sphere])
            self.networks.append(network.to(self.device))

    @property
    def names(self) -> list[str]:
        """Names of the runs."""
        return [record.run.name for record in self.records]

    @property
    def identity(self) -> dict[str, str]:
        """What tells which networks these are: names, checksums, hash of how they were trained."""
        sums = [f"sha256 {(file_hash(path) or '')[:12]}" for path in self.files]
        settings = [record.run.model_dump(mode="json") for record in self.records]
        return {
            "models": ", ".join(f"{n} ({s})" for n, s in zip(self.names, sums, strict=True)),
            "config_hash": content_hash(settings),
            "spheres": ", ".join(dict.fromkeys(record.sphere for record in self.records)),
        }

    @torch.inference_mode()
    def probabilities(self, fields: np.ndarray) -> np.ndarray:
        """Return what each network makes of maps.

        Parameters
        ----------
        fields
            In the units of the channels, (map, channel, vertex) float32, or (map, step, channel,
            vertex) for networks that see the past.

        Returns
        -------
        ndarray
            Probabilities, (network, map, class, vertex) float32.

        Raises
        ------
        UserError
            If one is not finite.
        """
        found = []
        for network, record in zip(self.networks, self.records, strict=True):
            seen = torch.from_numpy(record.statistics.normalise(fields)).to(self.device)
            # The layout of networks, without a copy: (…, vertex, channel).
            logits = network(seen.transpose(-1, -2)).float()
            if not torch.isfinite(logits).all():
                raise UserError(
                    f"{record.run.name}: gives values that are not finite; train it again."
                )
            found.append(logits.softmax(-1).transpose(-1, -2).cpu().numpy())
        return np.stack(found)


SHARED = {
    "vertices": lambda record: record.recipe["sampling_identifier"],
    "channels": lambda record: record.statistics.channels,
    "windows": lambda record: (record.run.window, record.run.model.temporal != "none"),
}
"""What networks must have in common, by what it is called."""
