"""What each verb does: it reads the study and calls the function of a step."""

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from deepsphere_pipe.config import GraphAnalysisConfig, Study, SyntheticConfig, read_study
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write

Options = argparse.Namespace
Chosen = TypeVar("Chosen")


def _step(name: str) -> Callable[..., Any]:
    """Return the function of a step, imported only now: `--help` does not wait for torch."""
    return getattr(import_module(f"deepsphere_pipe.steps.{name}"), name)


def synthesize(options: Options) -> None:
    """Write snapshots of the synthetic twin of CAM5."""
    _step("synthesize")(_twin(options), options.out, workers=options.workers)


def archive(options: Options) -> None:
    """Write snapshots of the synthetic twin as an archive in the format of UGSCNN's."""
    from deepsphere_pipe.samplings import Icosahedral

    _step("archive")(
        _twin(options), Icosahedral(options.level), options.out, workers=options.workers
    )


def download(options: Options) -> None:
    """Fetch one file from the first mirror that has it; goes on where it stopped."""
    _step("download")(options.urls, options.out, sha256=options.sha256, size=options.size)


def prepare(options: Options) -> None:
    """Remap snapshots to a sampling and pack them into one store."""
    study = _study(options)
    _step("prepare")(
        study.data, _sampling(study, options), _snapshots(study, options), options.out,
        workers=options.workers, made_from=dict(options.made_from),
    )  # fmt: skip


def check(options: Options) -> int:
    """Read whole data sets and list every problem, before anyone trains."""
    from deepsphere_pipe.steps.check import check, listed

    data = _study(options).data if options.study else None
    chosen = {name: getattr(options, name) for name in ("source", "channels", "ignore", "workers")}
    inputs = options.input or [_snapshots(_study(options), options)]
    problems = check(inputs, data=data, **chosen)
    if options.out:
        with atomic_write(options.out) as temporary:
            problems.to_csv(temporary, index=False)
    print(listed(problems))
    return int(len(problems) > 0)


def power_spectra(options: Options) -> None:
    """Compute angular power spectra of the channels that two sources share."""
    study = _study(options)
    if study.power_spectra is None:
        raise UserError(f"{options.study}: the key 'power_spectra' is missing; `{{}}` for ERA5.")
    snapshots = _snapshots(study, options)
    _step("power_spectra")(study.power_spectra, study.data, snapshots, options.out)


def split(options: Options) -> None:
    """Split a store and compute the statistics of its training part."""
    study = _study(options)
    settings = _one_of(study.splits_by_name, options.split_name, "split", options)
    on_error, made_from = study.data.on_error, dict(options.made_from)
    _step("split")(settings, options.maps, options.out, on_error=on_error, made_from=made_from)


def sphere(options: Options) -> None:
    """Build graph, Laplacian and pooling of every level of a sampling."""
    study = _study(options)
    _step("sphere")(
        _sampling(study, options), study.graph, options.out,
        depth=options.depth, made_from=dict(options.made_from),
    )  # fmt: skip


def train(options: Options) -> None:
    """Train one network; keep the weights with the best validation mean AP."""
    study = _study(options)
    run = _run(study, options)
    out = options.out or Path("results") / study.name / run.name
    how = {name: getattr(options, name) for name in ("device", "gpus", "processes", "resume")}
    given = (options.maps, options.split, options.sphere)
    if not any(given):
        _step("train_alone")(study, run, out, **how)
        return
    if not all(given):
        raise UserError(
            "--maps, --split and --sphere belong together: give all three, or none to have the "
            "data made."
        )
    _step("train")(
        run, *given, out, loading=study.data.loading, made_from=dict(options.made_from), **how
    )  # fmt: skip


def evaluate(options: Options) -> None:
    """Score a trained network on the test part."""
    study = _study(options)
    _step("evaluate")(
        options.model, run=_run(study, options) if options.study else None, device=options.device,
        on_sampling=options.on_sampling, **_scoring(study, options),
    )  # fmt: skip


def baseline(options: Options) -> None:
    """Score what needs no graph on the test part."""
    study = _study(options)
    which = _one_of(study.baselines_by_name, options.baseline, "baseline", options)
    _step("baseline")(which, window=study.window, **_scoring(study, options))


def predict(options: Options) -> None:
    """Show trained networks fields of yours; write where they see cyclones and rivers."""
    names = ("grid", "missing", "device", "workers", "overwrite")
    _step("predict")(
        [options.model, *options.more], options.inputs, options.out, masks=options.mask,
        variables=dict(options.variables), times=dict(options.times),
        made_from=dict(options.made_from),
        **{name: getattr(options, name) for name in names},
    )  # fmt: skip


def track(options: Options) -> None:
    """Follow cyclones and rivers from map to map; write where they are at every time."""
    _step("track")(
        options.maps, options.out,
        **{name: getattr(options, name) for name in ("fields", "storms", "against", "scores")},
        match_hours=options.match_hours, tracking=_study(options).tracking,
    )  # fmt: skip


def follow(options: Options) -> None:
    """Follow a cyclone by its pressure; compare what networks predicted there and elsewhere."""
    study = _study(options)
    followed = {name: name for name in study.followed}
    name = _one_of(followed, options.prediction, "followed prediction", options)
    sampling = study.samplings_by_name[study.sampling_of(study.runs_predicting(name)[0])]
    _step("follow")(options.predicted, study.predictions[name], sampling, options.out)


def score_tracks(options: Options) -> None:
    """Follow what a network predicts in the test part; compare its storms with the true ones."""
    study = _study(options)
    names = ("model", "maps", "split", "sphere", "out", "device")
    _step("score_tracks")(
        loading=study.data.loading if options.study else None, tracking=study.tracking,
        made_from=dict(options.made_from), **{name: getattr(options, name) for name in names},
    )  # fmt: skip


def import_weights(options: Options) -> None:
    """Make a model of weights of the published PyTorch package."""
    names = ("weights", "variant", "out", "sphere", "normalisation", "sequence_length")
    _step("import_weights")(**{name: getattr(options, name) for name in names})


def export_weights(options: Options) -> None:
    """Write the weights of a model as the published PyTorch package loads them."""
    _step("export_weights")(options.model, options.out)


def graph_analysis(options: Options) -> None:
    """Compute what one of the paper's figures of the graphs shows."""
    settings = _study(options).graph_analysis or GraphAnalysisConfig()
    _step("graph_analysis")(options.part, settings, options.out)


def with_gpus(options: Options) -> None:
    """Run a command on GPUs that no other such command of this machine uses."""
    from deepsphere_pipe.runtime.gpu_slots import run_with_gpus

    run_with_gpus(options.gpus, options.command)


def tables(options: Options) -> None:
    """Write a table as csv, Markdown, HTML and LaTeX."""
    from deepsphere_pipe.reporting.tables.forms import write_table

    write_table(options.table, options.input, options.out)


def study_summary(options: Options) -> None:
    """Write the summary of a study: what was run on what data, its scores, where its files are."""
    from deepsphere_pipe.reporting.study_summary import write_study_summary

    write_study_summary(_study(options).name, options.input, options.out)


def figures(options: Options) -> None:
    """Draw one figure as PNG and PDF, or an animation as GIF and WebP."""
    from deepsphere_pipe.reporting.figures.registry import FIGURES

    settings = _study(options).figure(options.figure)
    FIGURES[options.figure.partition("/")[0]].draw(options.input, options.out, settings)


def describe(options: Options) -> None:
    """Say in a few lines what files are and hold: any of ours, or fields of yours."""
    print("\n\n".join(map(_step("describe"), options.file)))


def plot(options: Options) -> None:
    """Draw what `predict` wrote: a map, a globe, or an animation over time."""
    from deepsphere_pipe.reporting.maps.predicted import plot_prediction

    how = (options.show, options.projection, _study(options).figures.style)
    plot_prediction(options.prediction, options.out, options.time, *how)


def explorer(options: Options) -> None:
    """Write the explorer of all runs, an interactive html: curves, maps by epoch and a globe."""
    from deepsphere_pipe.reporting.explorer.build import write_explorer

    study = _study(options)
    write_explorer(options.runs, options.out, study.figures.style.colours, study.name)


def reference(options: Options) -> None:
    """Write the reference of all config keys, or of the steps in Python, as Markdown."""
    from deepsphere_pipe.config.reference import config_reference
    from deepsphere_pipe.steps.reference import steps_reference

    _write(options.out, {"config": config_reference, "steps": steps_reference}[options.part]())


def costs(options: Options) -> None:
    """Write what the studies in a folder are expected to cost as Markdown."""
    from deepsphere_pipe.estimates.costs import costs_page

    _write(options.out, costs_page(options.studies))


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _study(options: Options) -> Study:
    return read_study(options.study, options.set)


def _one_of(choices: dict[Any, Chosen], name: str | None, what: str, options: Options) -> Chosen:
    """Return the choice with a name, or the only one without."""
    if name is None and len(choices) == 1:
        return next(iter(choices.values()))
    if name not in choices:
        names = ", ".join(str(each) for each in choices if each is not None) or "none"
        asked = f"has no {what} '{name}'" if name else f"has {len(choices)} {what}s; choose one"
        raise UserError(f"{options.study or '--set'}: {asked}; there are: {names}.")
    return choices[name]


def _sampling(study: Study, options: Options) -> Any:
    return _one_of(study.samplings_by_name, options.sampling, "sampling", options)


def _run(study: Study, options: Options) -> Any:
    return _one_of({run.name: run for run in study.runs}, options.run, "run", options)


def _twin(options: Options) -> SyntheticConfig:
    data = _study(options).data
    if data.synthetic is None:
        raise UserError(
            f"{options.study or '--set'}: data.source is '{data.source}', of which nothing is made "
            "here; set it to 'synthetic'."
        )
    return data.synthetic


def _snapshots(study: Study, options: Options) -> str:
    if not (snapshots := options.input or study.data.input):
        raise UserError("--input is missing: the folder that 'synthesize' wrote.")
    return str(snapshots)


def _scoring(study: Study, options: Options) -> dict[str, Any]:
    """Return what evaluations and baselines have in common."""
    common = study.samplings.get(study.evaluation.common_sampling or "")
    return {
        **{name: getattr(options, name) for name in ("maps", "split", "sphere", "out")},
        "loading": study.data.loading if options.study else None,
        "evaluation": study.evaluation,
        "common": options.common and (options.common, common),
        "made_from": dict(options.made_from),
    }
