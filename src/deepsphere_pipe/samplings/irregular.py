"""What samplings share that are known by their vertices and not by a few parameters."""

from abc import abstractmethod

import numpy as np

from deepsphere_pipe.samplings.sampling import Sampling


class IrregularSampling(Sampling):
    """A sampling that equals another one with its identifier, and finds its hierarchy at once."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sampling) and self.identifier == other.identifier

    def __hash__(self) -> int:
        return hash(self.identifier)

    @property
    @abstractmethod
    def _hierarchy(self) -> tuple[Sampling, np.ndarray] | None:
        """The next coarser sampling and the parents in it; None at the coarsest."""

    def coarser(self) -> Sampling | None:
        return None if self._hierarchy is None else self._hierarchy[0]

    @property
    def parents(self) -> np.ndarray | None:
        return None if self._hierarchy is None else self._hierarchy[1]
