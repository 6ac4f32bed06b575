"""What stands in the caption of every table: data, split, leakage, seeds, epochs and commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from deepsphere_pipe.reporting.cells import ABSENT, spanned
from deepsphere_pipe.reporting.runs import Experiment

PROVENANCE = {"data": "Data", "sampling": "Sampling", "split": "Split", "commit": "Commit"}
"""Provenance that stands in the caption where all runs share it, else in columns."""

NAME_KEYS = {"sampling": "sampling_name", "split": "split_name"}
"""What a study may have several of, and the name that the user then gives to each."""

UNDEFINED = f"{ABSENT}: not defined."


def origin(experiments: Sequence[Experiment]) -> str:
    """Return the sentences that tell where the numbers of a table come from."""
    runs = [run.scores for each in experiments for run in each.runs]
    sources: list[Mapping] = [run["provenance"] for run in runs]
    sentences = []
    for key, title in PROVENANCE.items():
        if key in varying(experiments):
            if names := _meanings(runs, key):
                sentences.append(f"{title}s: {names}.")
        elif {source.get(key) for source in sources} != {None}:
            sentences.append(f"{title}: {joined(source.get(key) for source in sources)}.")
    sentences.append(f"Maps for training / validation / test: {_by_split(runs, numbers_of_maps)}.")
    windows = [_window(source) for source in sources]
    if any(windows):
        sentences.append(f"Windows: {joined(filter(None, windows))}.")
    leakage = [source["leakage_percent"] for source in sources if source.get("leakage_percent")]
    if hours := list(next(iter(leakage), ())):
        shares = _by_split(runs, lambda source: _leakage(source, hours))
        sentences.append(
            f"Test maps with a training map of the same run within {' / '.join(hours)}: {shares} %."
        )
    seeds = sorted({run["seed"] for run in runs if run.get("seed") is not None})
    if seeds:
        sentences.append(f"Seeds: {', '.join(map(str, seeds))}.")
    epochs = sorted({run["epochs"] for run in runs if run.get("epochs") is not None})
    if epochs:
        sentences.append(f"Epochs: {spanned(epochs)}.")
    if any((each.n_seeds or 0) > 1 for each in experiments):
        sentences.append("Mean ± standard deviation over the seeds.")
    return " ".join(sentences)


def varying(experiments: Sequence[Experiment]) -> list[str]:
    """Return the provenance that differs between runs and gets a column."""
    sources = [source for each in experiments for source in each.provenance]
    keys = [key for key in PROVENANCE if key != "commit"]
    return [key for key in keys if len({source.get(key) for source in sources}) > 1]


def joined(values: Iterable) -> str:
    """Return the distinct values as one text."""
    return "; ".join(dict.fromkeys(ABSENT if value is None else str(value) for value in values))


def _meanings(runs: Sequence[dict], key: str) -> str:
    """Return what the names stand for that the user gave, if any."""
    name = NAME_KEYS.get(key, "")
    return joined(f"{run[name]} is {run['provenance'].get(key)}" for run in runs if run.get(name))


def _by_split(runs: Sequence[dict], describe: Callable[[Mapping], str]) -> str:
    """Return a description of the runs, with the names of their splits if it differs."""
    found = dict.fromkeys((run.get("split_name"), describe(run["provenance"])) for run in runs)
    pairs = [(name, text) for name, text in found if text]
    if len({text for _, text in pairs}) == 1:
        return pairs[0][1]
    return "; ".join(f"{name} {text}" if name else text for name, text in pairs)


def numbers_of_maps(source: Mapping) -> str:
    """Return how many maps there are for training, validation and test."""
    parts = ("train", "validation", "test")
    return " / ".join(str(source.get(f"{part}_maps", ABSENT)) for part in parts)


def _leakage(source: Mapping, hours: Sequence[str]) -> str:
    shares = source.get("leakage_percent") or {}
    return " / ".join(f"{shares[h]:.1f}" for h in hours if h in shares)


def _window(source: Mapping) -> str | None:
    """Describe the windows that a run was scored on, unless they are single maps."""
    window = source.get("window") or {}
    if window.get("sequence_length", 1) == 1 and not window.get("prediction_shift"):
        return None
    shift = window.get("prediction_shift")
    target = f", labels {shift * window['step_hours']} h after the last one" if shift else ""
    return (
        f"{window['sequence_length']} maps every {window['step_hours']} h{target}; "
        f"{source['test_windows']} in the test part, whose other "
        f"{source['test_maps_without_window']} maps end none"
    )
