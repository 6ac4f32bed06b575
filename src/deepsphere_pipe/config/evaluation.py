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
