"""The second scoring of a study of several samplings: on one of them, with the same labels."""

from importlib import import_module
from pathlib import Path
from typing import Any

from deepsphere_pipe.config import EvaluationConfig, SamplingConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.splits import read_split
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom, check_made_from
from deepsphere_pipe.steps.records import of_maps

Common = tuple[Path, SamplingConfig]
"""The store of maps on the common sampling, and what that is."""


def on_common_sampling(
    inputs: Inputs,
    test: MapLoader,
    evaluation: EvaluationConfig,
    common: Common | None,
    made_from: MadeFrom,
) -> Any:
    """Return what counts on the common sampling, an `OnCommon`; None for a study without one.

    Its module is imported by name: without a common sampling no score depends on how maps are
    remapped, nor does the fingerprint of its code.

    Parameters
    ----------
    inputs
        What is predicted on.
    test
        The windows of the test part.
    evaluation
        Whether there is a common sampling.
    common
        Its maps.
    made_from
        What these must be made from, as ``common``.

    Raises
    ------
    UserError
        If one of section and maps is missing, or the maps are made from something else, of other
        snapshots than those of the split, or on another sampling.
    """
    name, module = evaluation.common_sampling, evaluation.common_module
    if module is None and common is None:
        return None
    if module is None or common is None:
        raise UserError(
            f"evaluation.common_sampling is {name or 'null'}, and the maps on it are "
            f"{'missing' if common is None else common[0]}: give both (--common) or neither."
        )
    maps, sampling = common
    if "common" in made_from:
        check_made_from({"data": made_from["common"]}, "data", maps, of_maps)
    store = Store(maps)
    read_split(inputs.split / "split.csv", store)  # which proves time and run of every map
    chosen = import_module(f"deepsphere_pipe.{module}")
    return chosen.OnCommon(name, store, test.indices, inputs.hierarchy, sampling)
