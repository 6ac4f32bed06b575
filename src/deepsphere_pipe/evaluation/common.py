"""Scores on the labels of one sampling, whatever the sampling that was predicted on.

The labels of each sampling are its own, so that scores of networks on several are scores of several
tasks. Here probabilities are interpolated to one of them, and all have the same labels to find.
Interpolation smooths: a network on a coarse sampling cannot place its borders better than that.
"""

import numpy as np
import torch

from deepsphere_pipe.channels import CLASSES, UNLABELLED
from deepsphere_pipe.config import SamplingConfig
from deepsphere_pipe.data.loader import IGNORE_INDEX
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.nn.sparse import SparseMatrix, multiply
from deepsphere_pipe.remap import make_remapping
from deepsphere_pipe.samplings import make_sampling


class OnCommon:
    """What counts probabilities by area on the common sampling, after interpolating them.

    Parameters
    ----------
    name
        What the study calls that sampling.
    store
        Maps on the common sampling.
    maps : ndarray of int, shape (map,)
        Those that will be counted, in their order.
    hierarchy
        Of the sampling that is predicted on.
    section
        The common sampling.

    Attributes
    ----------
    name
    tally : Tally

    Raises
    ------
    UserError
        If the maps do not lie on the common sampling.
    """

    def __init__(
        self,
        name: str,
        store: Store,
        maps: np.ndarray,
        hierarchy: Hierarchy,
        section: SamplingConfig,
    ) -> None:
        common = make_sampling(section.name, **section.parameters)
        if store.sampling != common.identifier:
            raise UserError(
                f"{store.path}: has the sampling {store.sampling}, but the common one is "
                f"{common.identifier}; prepare the maps again."
            )
        self.name, self.tally = name, Tally(len(CLASSES), common.areas)
        self._store, self._maps, self._n_maps = store, maps, 0
        self._matrix: SparseMatrix | None = None  # on the common sampling itself nothing changes
        if hierarchy.sampling_identifier != common.identifier:
            parameters: dict = hierarchy.sampling_parameters
            own = make_sampling(hierarchy.sampling_name, **parameters)
            self._matrix = SparseMatrix(make_remapping("bilinear", own, common))

    def update(self, scores: torch.Tensor, labels: torch.Tensor) -> None:
        """Count a batch by the common labels; see `Tally.update`, whose labels are not used."""
        maps = self._maps[self._n_maps : self._n_maps + len(labels)]
        self._n_maps += len(labels)
        truth = torch.from_numpy(np.array([self._store.labels(index) for index in maps])).long()
        if self._matrix is not None:
            matrix = self._matrix.to(scores.device)()
            by_vertex = scores.transpose(0, 1).to(matrix.dtype).contiguous()
            scores = multiply(matrix, by_vertex).transpose(0, 1)
        truth = truth.masked_fill(truth == UNLABELLED, IGNORE_INDEX)
        self.tally.update(scores, truth.to(scores.device))
