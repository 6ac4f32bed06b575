"""All that is measured on the test maps in one pass."""

import numpy as np
import torch

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import EvaluationConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.evaluation.events import Event, EventCollector
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.inference import Observer
from deepsphere_pipe.evaluation.precision import average_precision
from deepsphere_pipe.evaluation.storms import counts_by_first_day
from deepsphere_pipe.evaluation.tally import Tally
from deepsphere_pipe.graphs.hierarchy import Level


class Measures:
    """Histograms, events and, if wished, the exact average precision of test maps.

    Parameters
    ----------
    maps
        The maps, in the order in which they will be counted.
    level
        The finest level of their sphere.
    evaluation
        Whether all probabilities are kept, for the exact average precision: with the sorting some
        80 bytes for every map and vertex; and below which area a prediction is no event.
    also
        What else is shown every batch.

    Attributes
    ----------
    tally : Tally
    events
    """

    def __init__(
        self,
        maps: MapLoader,
        level: Level,
        evaluation: EvaluationConfig,
        also: Observer | None = None,
    ) -> None:
        store, indices = maps.store, maps.indices
        runs = store.runs[indices]
        days = Days.of(store.hours[indices], runs)
        self.tally = Tally(len(CLASSES), level.areas, level.latitude, days)
        times = [store.times[i] for i in indices]
        keys = zip((time.isoformat() for time in times), runs.tolist(), strict=True)
        self._hours = dict(zip(keys, store.hours[indices].tolist(), strict=True))
        self._days, self._also = days, also
        self._collector = EventCollector(level, times, runs, evaluation.least_event_km2)
        self._kept: list[tuple[np.ndarray, np.ndarray]] | None
        self._kept = [] if evaluation.exact_average_precision else None

    @property
    def events(self) -> list[Event]:
        """Those that were found so far."""
        return self._collector.events

    def events_by_first_day(self) -> dict[str, dict[str, list[int]]]:
        """Return how many events count on each day; see `counts_by_first_day`."""
        return counts_by_first_day(self.events, self._hours, self._days)

    def update(self, scores: torch.Tensor, labels: torch.Tensor) -> None:
        """Count a batch; see `Tally.update`."""
        self.tally.update(scores, labels)
        self._collector.update(scores, labels)
        if self._also is not None:
            self._also.update(scores, labels)
        if self._kept is not None:
            labelled = labels >= 0
            classes = labels[labelled].to(torch.uint8)
            self._kept.append((scores[labelled].cpu().numpy(), classes.cpu().numpy()))

    def exact_average_precision(self) -> np.ndarray | None:
        """Return the average precision of each class by sorting (class,), None if not wished."""
        if self._kept is None:
            return None
        scores, labels = zip(*self._kept, strict=True)
        return average_precision(np.concatenate(scores), np.concatenate(labels))
