"""Scores on the test part of what needs no graph."""

from pathlib import Path

from deepsphere_pipe.config import Baseline, EvaluationConfig, LoadingConfig, WindowConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation.baselines import (
    frequency_baseline,
    logistic_baseline,
    persistence_baseline,
)
from deepsphere_pipe.evaluation.evaluate import Scored, write_scores
from deepsphere_pipe.evaluation.events import write_events
from deepsphere_pipe.evaluation.measures import Measures
from deepsphere_pipe.steps.common_sampling import Common, on_common_sampling
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.steps.made_from import MadeFrom
from deepsphere_pipe.steps.scored_on import scored_on

BATCH_SIZE = 16


def baseline(
    which: Baseline,
    maps: Path,
    split: Path,
    sphere: Path,
    out: Path,
    *,
    window: WindowConfig | None = None,
    loading: LoadingConfig | None = None,
    evaluation: EvaluationConfig | None = None,
    common: Common | None = None,
    made_from: MadeFrom | None = None,
) -> None:
    """Score what needs no graph on the test part, see `Study.baselines`.

    Parameters
    ----------
    which
        Kind and names of the baseline.
    maps, split, sphere
        Store of maps, folder of their split, file of the hierarchy.
    out
        Folder that receives ``scores.json``, ``histograms.nc`` and ``events.csv``.
    window
        That of the networks which are scored beside it: all have the same targets.
    loading, evaluation, common, made_from
        As in `evaluate`.

    Raises
    ------
    UserError
        If the inputs do not fit together or are of something else, or persistence has no map
        before the target.
    """
    made_from, window = made_from or {}, window or WindowConfig()
    evaluation = evaluation or EvaluationConfig()
    inputs = Inputs(maps, split, sphere, loading)
    inputs.check(made_from)
    test = inputs.loader("test", BATCH_SIZE, window)
    on_common = on_common_sampling(inputs, test, evaluation, common, made_from)
    measures = Measures(test, inputs.hierarchy.levels[0], evaluation, on_common)
    if which.kind == "frequency":
        frequency_baseline(test, inputs.statistics, measures)
    elif which.kind == "persistence":
        if window.before_target is None:
            raise UserError(
                "The baseline 'persistence' needs a map before the target: make the window longer."
            )
        before = inputs.windows("test", window).inputs[:, window.before_target]
        persistence_baseline(test, before, inputs.statistics, measures)
    else:
        logistic_baseline(inputs.loader("train", BATCH_SIZE, window), test, measures)
    measures.tally.save(out / "histograms.nc")
    write_events(out / "events.csv", measures.events)
    scored = Scored(
        run=which.name,
        experiment=which.kind,
        kind="baseline",
        sampling_name=which.sampling_name,
        split_name=which.split_name,
    )
    provenance = scored_on(inputs, window, test, evaluation, made_from)
    write_scores(
        out / "scores.json", scored, measures.tally, provenance, events=measures.events,
        exact=measures.exact_average_precision(), by_first_day=measures.events_by_first_day(),
        common=(on_common.name, on_common.tally) if on_common else None,
    )  # fmt: skip
