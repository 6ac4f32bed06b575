"""What the network makes of a few validation maps after every epoch."""

from pathlib import Path

import numpy as np
import torch

from deepsphere_pipe.channels import CLASSES, PROBABILITY_SCALE
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.evaluation.examples import EVENT_LABELS
from deepsphere_pipe.evaluation.map_files import maps_dataset
from deepsphere_pipe.graphs.hierarchy import Level
from deepsphere_pipe.runtime.netcdf import COMPRESSED, flags, write_netcdf
from deepsphere_pipe.samplings.metadata import data_attributes


class Examples:
    """Predictions of a few maps, epoch by epoch.

    Parameters
    ----------
    maps
        The maps, unshuffled. Their fields are held in memory.
    network
        From fields to logits.
    device
        Where the network lies.

    Attributes
    ----------
    truth : ndarray of uint8, shape (map, vertex)
        True classes.
    predicted : list of ndarray of uint8, shape (map, vertex)
        Most probable classes after each epoch.
    probability : list of ndarray of uint8, shape (map, vertex, event)
        Probabilities of TC and AR after each epoch, times `PROBABILITY_SCALE`.
    """

    def __init__(self, maps: MapLoader, network: torch.nn.Module, device: torch.device) -> None:
        self._maps, self._network, self._device = maps, network, device
        self._fields = [fields for fields, _ in maps]
        self.truth = np.array([maps.store.labels(index) for index in maps.indices])
        self.predicted: list[np.ndarray] = []
        self.probability: list[np.ndarray] = []

    @torch.inference_mode()
    def add(self) -> None:
        """Predict after one more epoch."""
        self._network.eval()
        logits = [self._network(fields.to(self._device)).float() for fields in self._fields]
        probability = torch.cat(logits).softmax(-1)
        events = (PROBABILITY_SCALE * probability[..., list(EVENT_LABELS)]).round().to(torch.uint8)
        self.predicted.append(probability.argmax(-1).to(torch.uint8).cpu().numpy())
        self.probability.append(events.cpu().numpy())

    def state_dict(self) -> dict[str, list[torch.Tensor]]:
        """Return the predictions so far, as a checkpoint can hold them."""
        return {name: [torch.from_numpy(each) for each in getattr(self, name)]
                for name in ("predicted", "probability")}  # fmt: skip

    def load_state_dict(self, state: dict[str, list[torch.Tensor]]) -> None:
        """Go on after the predictions of a checkpoint."""
        for name, values in state.items():
            setattr(self, name, [each.numpy() for each in values])

    def write(self, path: str | Path, level: Level, run_name: str) -> None:
        """Write truth, moisture and the predictions of all epochs as netCDF.

        Parameters
        ----------
        path
            File to write.
        level
            The finest level of the sphere: where the vertices lie.
        run_name
            Whose predictions these are.
        """
        dataset = maps_dataset(self._maps, level).assign_coords(
            epoch=np.arange(1, len(self.predicted) + 1, dtype=np.int32),
            event=[CLASSES[label] for label in EVENT_LABELS],
        )
        by_map, on_mesh = ("epoch", "map", "vertex"), data_attributes(level)
        labels = {"long_name": "most probable class"} | flags(CLASSES) | on_mesh
        dataset["predicted"] = (by_map, np.array(self.predicted), labels, COMPRESSED)
        share: dict[str, object] = {"long_name": "probability of each event", "units": "1"}
        share |= {**on_mesh, "scale_factor": 1 / PROBABILITY_SCALE}
        dataset["probability"] = ((*by_map, "event"), np.array(self.probability), share, COMPRESSED)
        dataset.attrs["predicted_by"] = run_name
        write_netcdf(path, dataset, "Predictions of a few validation maps after every epoch")
