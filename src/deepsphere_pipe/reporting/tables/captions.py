"""What stands in the caption of every table: data, split, leakage, seeds, epochs and commit."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from deepsphere_pipe.reporting.tables.markup import ABSENT
from deepsphere_pipe.reporting.tables.seeds import Seeds

WHERE_FROM = {"data": "Data", "sampling": "Sampling", "split": "Split", "commit": "Commit"}
"""Provenance that stands in the caption where all runs share it, else in columns."""

NAMED = {"sampling": "sampling_name", "split": "split_name"}
"""What a study may have several of, and the name that the user then gives to each."""

UNDEFINED = f"{ABSENT}: not defined."


def origin(rows: Sequence[Seeds]) -> str:
    """Return the sentences that tell where the numbers of a table come from."""
    runs = [run for seeds in rows for run in seeds.runs]
    sources: list[Mapping] = [run["provenance"] for run in runs]
    sentences = []
    for key, title in WHERE_FROM.items():
        if key in _varying(rows):
            if names := _meanings(runs, key):
                sentences.append(f"{title}s: {names}.")
        elif {source.get(key) for source in sources} != {None}:
            sentences.append(f"{title}: {joined(source.get(key) for source in sources)}.")
    maps = _by_split(
        runs,
        lambda source: " / ".join(
            str(source.get(f"{part}_maps", ABSENT)) for part in ("train", "validation", "test")
        ),
    )
    sentences.append(f"Maps for training / validation / test: {maps}.")
    windows = [_window(source) for source in sources]
    if any(windows):
        sentences.append(f"Windows: {joined(filter(None, windows))}.")
    leakage = [source.get("leakage_percent") for source in sources]
    if any(leakage):
        hours = list(next(filter(None, leakage)))
        shares = _by_split(runs, lambda source: _leakage(source, hours))
        sentences.append(
            f"Test maps with a training map of the same run within {' / '.join(hours)}: {shares} %."
        )
    numbers = sorted({run["seed"] for run in runs if run.get("seed") is not None})
    if numbers:
        sentences.append(f"Seeds: {', '.join(map(str, numbers))}.")
    epochs = sorted({run["epochs"] for run in runs if run.get("epochs") is not None})
    if epochs:
        sentences.append(f"Epochs: {spanned(epochs[0], epochs[-1])}.")
    if any((seeds.number or 0) > 1 for seeds in rows):
        sentences.append("Mean ± standard deviation over the seeds.")
    return " ".join(sentences)


def identity(rows: Sequence[Seeds]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the columns that tell rows apart, for the csv and as text for reading."""
    exact: dict[str, list] = {"experiment": [seeds.experiment for seeds in rows]}
    shown: dict[str, list] = {"experiment": [seeds.label for seeds in rows]}
    for key, name in NAMED.items():
        names = [getattr(seeds, name) for seeds in rows]
        if any(names):
            exact[name] = names
        if len(set(names)) > 1:  # whether or not they are described by the same words
            shown[key] = names
    exact["kind"] = [seeds.kind for seeds in rows]
    for key in _varying(rows):
        values = [joined(source.get(key) for source in seeds.provenance) for seeds in rows]
        exact[key] = values
        # A name that the user gave says it shorter; the caption says what it stands for.
        shown[key] = exact.get(NAMED.get(key, ""), values)
    return pd.DataFrame(exact), pd.DataFrame(shown)


def joined(values: Iterable) -> str:
    """Return the distinct values as one text."""
    return "; ".join(dict.fromkeys(ABSENT if value is None else str(value) for value in values))


def spanned(least: object, greatest: object) -> str:
    """Return two values as a range, or the one if they are equal."""
    return "–".join(dict.fromkeys((str(least), str(greatest))))


def _varying(rows: Sequence[Seeds]) -> list[str]:
    """Return the provenance that differs between runs and gets a column."""

    def differs(key: str) -> bool:
        return len({source.get(key) for seeds in rows for source in seeds.provenance}) > 1

    return [key for key in WHERE_FROM if key != "commit" and differs(key)]


def _meanings(runs: Sequence[dict], key: str) -> str:
    """Return what the names stand for that the user gave, if any."""
    name = NAMED.get(key, "")
    return "; ".join(
        dict.fromkeys(
            f"{run[name]} is {run['provenance'].get(key)}" for run in runs if run.get(name)
        )
    )


def _by_split(runs: Sequence[dict], tell: Callable[[Mapping], str]) -> str:
    """Return what is to be told of the runs, with the names of their splits if it differs."""
    told = list(dict.fromkeys((run.get("split_name"), tell(run["provenance"])) for run in runs))
    told = [(name, text) for name, text in told if text]
    if len({text for _, text in told}) == 1:
        return told[0][1]
    return "; ".join(f"{name} {text}" if name else text for name, text in told)


def _leakage(source: Mapping, hours: Sequence[str]) -> str:
    shares = source.get("leakage_percent") or {}
    return " / ".join(f"{shares[h]:.1f}" for h in hours if h in shares)


def _window(source: Mapping) -> str | None:
    """Tell of the windows that a run was scored on, unless they are single maps."""
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
