"""Storms of labelled maps, true and predicted, while a network looks at one map after the other."""

from typing import TYPE_CHECKING

import numpy as np

from deepsphere_pipe.channels import UNLABELLED
from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.tracking.fields import FieldsBeside
from deepsphere_pipe.tracking.maps import Moment, Order
from deepsphere_pipe.tracking.surface import Surface
from deepsphere_pipe.tracking.tracker import Tracker

if TYPE_CHECKING:
    import torch


class Followed:
    """Observer of `evaluation.inference.observe` that follows what is true and what is predicted.

    Parameters
    ----------
    surface
        The vertices.
    order
        The maps, in the order of run and time, in which they are observed.
    fields
        Of the same maps.
    rules
        When events are one storm.
    """

    def __init__(
        self, surface: Surface, order: Order, fields: FieldsBeside, rules: TrackingConfig
    ) -> None:
        self._order, self._fields, self._next = order, fields, 0
        self.true, self.predicted = (Tracker(surface, rules, order.step_hours) for _ in range(2))

    def update(self, scores: "torch.Tensor", labels: "torch.Tensor") -> None:
        """Take probabilities (map, vertex, class) and classes (map, vertex), negative for none."""
        for of_map, truth in zip(scores.cpu().numpy(), labels.cpu().numpy(), strict=True):
            i, self._next = self._next, self._next + 1
            run, time, hours = (
                int(self._order.runs[i]), self._order.times[i], float(self._order.hours[i])
            )  # fmt: skip
            fields = self._fields.at(run, time)
            known = truth >= 0
            classes = np.where(known, truth, UNLABELLED).astype(np.uint8)
            self.true.update(run, time, hours, Moment(classes, None), fields)
            winner = np.where(known, of_map.argmax(axis=1), UNLABELLED).astype(np.uint8)
            self.predicted.update(run, time, hours, Moment(winner, of_map.T), fields)
