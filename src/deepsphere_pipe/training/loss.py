"""What is minimised.

With p the probability of a vertex's true class, w_c the weight of its class and a the weight of
the vertex, over all labelled vertices of a batch:

==============  ==================================================================================
cross_entropy   Σ a w_c (−log p) / Σ a w_c, torch's weighted mean
focal           Σ a w_c (1 − p)^γ (−log p) / Σ a w_c (Lin et al., 2017)
dice            1 − Σ_c w_c D_c / Σ_c w_c, D_c = 2 Σ a p_c y_c / Σ a (p_c + y_c), where y_c is 1 on
                the vertices of class c and p_c is the probability of c (Milletari et al., 2016)
==============  ==================================================================================
"""

import numpy as np
import torch
from torch import Tensor, nn

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import TrainingConfig
from deepsphere_pipe.data.loader import IGNORE_INDEX
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.collective import all_reduce


class SegmentationLoss(nn.Module):
    """Loss of the logits of a batch of maps.

    Parameters
    ----------
    kind : "cross_entropy", "focal" or "dice"
    class_weights : Tensor (class,), optional
        Equal by default.
    vertex_weights : array_like (vertex,), optional
        Such as areas; only their ratios matter. Equal by default.
    gamma
        Of the focal loss.
    """

    class_weights: Tensor
    vertex_weights: Tensor | None

    def __init__(
        self,
        kind: str = "cross_entropy",
        class_weights: Tensor | None = None,
        vertex_weights: np.ndarray | None = None,
        gamma: float = 2.0,
    ) -> None:
        super().__init__()
        self.kind = kind
        self.gamma = gamma
        if class_weights is None:
            class_weights = torch.ones(len(CLASSES))
        self.register_buffer("class_weights", class_weights)
        relative = None
        if vertex_weights is not None:
            ratios = np.asarray(vertex_weights) / np.mean(vertex_weights)
            relative = torch.tensor(ratios, dtype=torch.float32)
        self.register_buffer("vertex_weights", relative)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss, a scalar, of logits (batch, vertex, class) and labels (batch, vertex).

        With several processes it is that of all their maps together. Without a single labelled
        vertex it is 0.
        """
        labelled = labels != IGNORE_INDEX
        weights = labelled.to(logits.dtype)
        if self.vertex_weights is not None:
            weights = weights * self.vertex_weights
        labels = labels.clamp(min=0)
        if self.kind == "dice":
            return self._dice(logits, labels, weights)
        # Without a view of one axis, the loss would copy all logits.
        log_p = -nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(),
                                             reduction="none").view_as(labels)  # fmt: skip
        weights = weights * self.class_weights[labels]
        if self.kind == "focal":
            log_p = (-torch.expm1(log_p)).clamp(min=0) ** self.gamma * log_p
        sums = all_reduce(torch.stack([-(weights * log_p).sum(), weights.sum()]))
        return sums[0] / sums[1].clamp(min=torch.finfo(sums.dtype).tiny)

    def _dice(self, logits: Tensor, labels: Tensor, weights: Tensor) -> Tensor:
        p = logits.softmax(-1) * weights[..., None]
        y = nn.functional.one_hot(labels, logits.shape[-1]) * weights[..., None]
        both = (p * (y > 0)).sum((0, 1))
        sums = all_reduce(torch.stack([both, p.sum((0, 1)) + y.sum((0, 1))]))
        coefficients = 2 * sums[0] / sums[1].clamp(min=torch.finfo(sums.dtype).tiny)
        return 1 - (coefficients * self.class_weights).sum() / self.class_weights.sum()


def make_loss(
    settings: TrainingConfig, statistics: Statistics, areas: np.ndarray
) -> SegmentationLoss:
    """Return the loss of a config; `areas` (vertex,) are those of the finest level.

    Raises
    ------
    UserError
        If a class to be balanced does not occur in the training maps.
    """
    return SegmentationLoss(
        settings.loss,
        class_weights(settings.class_weights, statistics),
        areas if settings.area_weights else None,
        settings.focal_gamma,
    )


def class_weights(setting: str | dict[str, float], statistics: Statistics) -> Tensor | None:
    """Return the weights of the classes, (class,), or None for equal ones.

    ``balanced`` is scikit-learn's rule 1 / (n_classes · frequency), on the training maps.

    Raises
    ------
    UserError
        If a class to be balanced does not occur in the training maps.
    """
    if setting == "none":
        return None
    if not isinstance(setting, str):
        return torch.tensor([setting[name] for name in CLASSES], dtype=torch.float32)
    frequencies = np.asarray(statistics.class_frequencies)
    if not frequencies.all():
        absent = CLASSES[int(np.argmin(frequencies))]
        raise UserError(
            f"class_weights 'balanced' is impossible: no training map has a vertex of {absent}; "
            "give weights by number or train on more maps."
        )
    return torch.tensor(1 / (len(CLASSES) * frequencies), dtype=torch.float32)
