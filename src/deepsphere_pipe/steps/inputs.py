"""What trainings and scores are made of: maps, their split and the hierarchy of graphs."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from deepsphere_pipe.config import LoadingConfig, WindowConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.splits import read_split
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.data.windows import Windows, make_windows
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.graphs.hierarchy import Hierarchy
from deepsphere_pipe.steps.made_from import MadeFrom, check_made_from
from deepsphere_pipe.steps.records import of_maps, of_sphere, of_split
from deepsphere_pipe.steps.vertex_order import prove_order


@dataclass(frozen=True)
class Inputs:
    """Files that belong together.

    Attributes
    ----------
    maps, split, sphere
        Store of maps, folder of their split, file of the hierarchy.
    loading
        How maps come from the store; by default with the memory that is available.
    """

    maps: Path
    split: Path
    sphere: Path
    loading: LoadingConfig | None = None

    def check(self, made_from: MadeFrom) -> None:
        """Refuse what was made from something else; raises UserError, see `check_made_from`."""
        check_made_from(made_from, "data", self.maps, of_maps)
        check_made_from(made_from, "split", self.split, of_split)
        check_made_from(made_from, "sphere", self.sphere, of_sphere)

    @cached_property
    def hierarchy(self) -> Hierarchy:
        """The hierarchy, its vertices proven to be those of the maps, in their order.

        Raises
        ------
        UserError
            If they are others.
        """
        hierarchy = Hierarchy.load(self.sphere)
        with Store(self.maps) as store:
            if not hierarchy.identifier.startswith(store.sampling):
                raise UserError(
                    f"{self.maps}: has the sampling {store.sampling}, but {self.sphere} is "
                    f"{hierarchy.identifier}; make both from one config."
                )
            level = hierarchy.levels[0]
            fields = store.fields(0)
            prove_order(level.laplacian, level.coordinates, store.channels, fields, str(self.maps))
        return hierarchy

    @cached_property
    def statistics(self) -> Statistics:
        """Statistics of the training part."""
        return Statistics.load(self.split / "statistics.json")

    @cached_property
    def audit(self) -> dict[str, Any]:
        """What is known of the split."""
        return json.loads((self.split / "audit.json").read_text(encoding="utf-8"))

    def windows(self, part: str, window: WindowConfig) -> Windows:
        """Return the windows of a part: "train", "validation" or "test".

        Raises
        ------
        UserError
            If the part has none.
        """
        with Store(self.maps) as store:
            maps = np.flatnonzero(read_split(self.split / "split.csv", store) == part)
            windows = make_windows(store.hours, store.runs, maps, **window.model_dump())
        if not len(windows):
            raise UserError(
                f"{self.maps}: the {part} part has no window of {window.sequence_length} maps "
                f"every {window.step_hours} hours; make 'window' shorter, or have longer stretches "
                "of days in the data."
            )
        return windows

    def loader(
        self,
        part: str,
        batch_size: int,
        window: WindowConfig,
        temporal: bool = False,
        seed: int | None = None,
        statistics: Statistics | None = None,
    ) -> MapLoader:
        """Return the batches of a part.

        Parameters
        ----------
        part : "train", "validation" or "test"
        batch_size
            Windows in a batch.
        window
            Which maps belong together.
        temporal
            Whether all maps of a window are seen, or the last one only.
        seed
            Of the order; None: as they lie.
        statistics
            By which fields are normalised: those of the training part by default.

        Raises
        ------
        UserError
            If the part has no window.
        """
        windows = self.windows(part, window)
        memory = None if self.loading is None else 1e6 * self.loading.memory_mb
        workers = 0 if self.loading is None else self.loading.workers
        seen = windows if temporal else windows.last_maps()
        statistics = statistics or self.statistics
        return MapLoader(self.maps, seen, statistics, batch_size, seed, memory, workers)
