"""Where a training can go on from: its checkpoint, written and read."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter

import torch

from deepsphere_pipe.runtime.collective import rank
from deepsphere_pipe.training.progress import Progress
from deepsphere_pipe.training.stateful import Stateful
from deepsphere_pipe.training.survival.checkpoint import read_checkpoint, write_checkpoint


class Resumption:
    """The checkpoint of one training.

    Parameters
    ----------
    path
        Of the checkpoint; the first process writes it.
    identity
        What a checkpoint has to agree with.
    progress
    parts
        All else that has a state: ``state_dict()`` and ``load_state_dict(…)``.
    device
        Whose random numbers are continued.
    """

    def __init__(
        self,
        path: Path,
        identity: dict[str, object],
        progress: Progress,
        parts: Mapping[str, Stateful],
        device: torch.device,
    ) -> None:
        self.path, self._identity, self._progress = path, identity, progress
        self._parts, self._device = parts, device
        self._saved_at = perf_counter()

    @property
    def minutes(self) -> float:
        """Time since the last checkpoint, or since the beginning."""
        return (perf_counter() - self._saved_at) / 60

    def save(self, model: Callable[[], dict[str, object]]) -> None:
        """Write the checkpoint, which is also a model file of the best epoch so far.

        Parameters
        ----------
        model
            Returns the content of that file; not called before the first epoch is over.
        """
        self._saved_at = perf_counter()
        if rank() > 0:
            return
        random = {"cpu": torch.get_rng_state()}
        if self._device.type == "cuda":
            random["cuda"] = torch.cuda.get_rng_state(self._device)
        content = model() if self._progress.history else {}
        content |= {
            "identity": self._identity,
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
            "random": random,
            **self._progress.state_dict(),
        }
        write_checkpoint(self.path, content)

    def restore(self, resume: str) -> bool:
        """Go back to where the checkpoint was written; return whether there was one.

        Parameters and errors are those of `read_checkpoint`.
        """
        saved = read_checkpoint(self.path, self._identity, resume)
        if saved is None:
            return False
        for name, part in self._parts.items():
            part.load_state_dict(saved["parts"][name])
        torch.set_rng_state(saved["random"]["cpu"])
        if "cuda" in saved["random"] and self._device.type == "cuda":
            torch.cuda.set_rng_state(saved["random"]["cuda"], self._device)
        self._progress.load_state_dict(saved)
        self._saved_at = perf_counter()
        if rank() == 0:
            print(f"Go on from {self.path}, after batch {self._progress.iteration}.", flush=True)
        return True
