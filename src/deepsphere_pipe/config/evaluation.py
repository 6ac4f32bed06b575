"""The part of a config that says how networks are scored."""

from pydantic import Field

from deepsphere_pipe.config.section import Section


class EvaluationConfig(Section):
    """How networks and baselines are scored on the test part; changing it trains nothing again."""

    exact_average_precision: bool = Field(
        False,
        description="compute average precision also by sorting all probabilities, beside that from "
        "histograms, into `scores.json`; takes some 80 bytes of memory for every test map and "
        "vertex",
    )
    least_event_km2: float = Field(
        30_000,
        ge=0,
        description="area in km² below which a predicted cyclone or river is no event; the same on "
        "all samplings. 30 000 is less than any cell of the icosahedral level 5 has, and what 50 "
        "cells of CAM5's grid have; ClimateNet's 250 cells are 200 000 in the tropics",
    )
