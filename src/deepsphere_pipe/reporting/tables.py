"""The table of scores: one row per experiment, sampling and split, as CSV, Markdown and HTML."""

import os
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from deepsphere_pipe.atomic import atomic_write
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.pages import ABSENT, html_table, markdown_table, whole
from deepsphere_pipe.reporting.scores_files import read_scores

WHERE_FROM = {"data": "Data", "sampling": "Sampling", "split": "Split", "commit": "Commit"}
"""Provenance that stands in the caption where all runs share it, else in columns."""

NAMED = ("sampling", "split")
"""Provenance that a study may have several of, by names that the user gives (``…_name``)."""


def scores_table(
    score_files: Iterable[str | os.PathLike],
    csv_path: str | os.PathLike,
    markdown_path: str | os.PathLike,
    html_path: str | os.PathLike | None = None,
) -> pd.DataFrame:
    """Write the table of scores of a study.

    Parameters
    ----------
    score_files : iterable of path-like
        ``scores.json`` of every run. Runs of one experiment on one sampling and one split (its
        seeds) become one row: mean and sample standard deviation (divisor n − 1), undefined if it
        is undefined for any seed.
    csv_path, markdown_path, html_path : path-like
        Where to write. CSV holds plain fractions, with the standard deviations in columns of
        their own; Markdown and HTML hold percentages with one decimal. `html_path` is optional.

    Returns
    -------
    pandas.DataFrame
        What the CSV holds: networks before baselines, otherwise in the order of the files.

    Raises
    ------
    UserError
        If there is no file, or one cannot be read.
    """
    runs = [read_scores(path) for path in score_files]
    if not runs:
        raise UserError("a table of scores needs at least one scores file")
    rows: dict[tuple[str | None, ...], list[dict]] = {}
    for run in sorted(runs, key=lambda run: run["kind"] == "baseline"):
        names = (run.get(f"{key}_name") for key in NAMED)
        rows.setdefault((run["experiment"], *names), []).append(run)
    table = pd.DataFrame([_row(seeds) for seeds in rows.values()])
    whole = ["parameters", "epochs_least", "epochs_most", "seeds"]
    table[whole] = table[whole].astype("Int64")
    varying, caption = _provenance(runs)
    for key in varying:
        values = [_joined(run["provenance"].get(key) for run in seeds) for seeds in rows.values()]
        table.insert(2, key, values)
    for key, names in reversed(list(zip(NAMED, list(zip(*rows, strict=True))[1:], strict=True))):
        if any(names):
            table.insert(1, f"{key}_name", names)
    shown = _rendered(table, list(runs[0]["classes"]), varying)
    with atomic_write(csv_path) as temporary:
        table.to_csv(temporary, index=False)
    with atomic_write(markdown_path) as temporary:
        temporary.write_text(markdown_table(shown, caption), encoding="utf-8")
    if html_path is not None:
        with atomic_write(html_path) as temporary:
            page = html_table(shown, caption, "Scores", table["kind"])
            temporary.write_text(page, encoding="utf-8")
    return table


def _row(seeds: list[dict]) -> dict:
    row = {"experiment": seeds[0]["experiment"], "kind": seeds[0]["kind"]}

    def add(column: str, values: Iterable) -> None:
        values = np.array([np.nan if value is None else value for value in values], dtype=float)
        row[column] = values.mean()
        row[f"{column}_sd"] = values.std(ddof=1) if len(values) > 1 else np.nan

    names = list(seeds[0]["classes"])
    add("mean_average_precision", (run["mean_average_precision"] for run in seeds))
    for score, of in (("average_precision", names[1:]), ("accuracy", names), ("iou", names[1:])):
        for name in of:
            add(f"{score}_{name.lower()}", (run["classes"][name][score] for run in seeds))
        if score == "accuracy":
            add("mean_accuracy", (run.get("mean_accuracy") for run in seeds))
    add("area_mean_average_precision", (_by_area(run)["mean_average_precision"] for run in seeds))
    for name in names[1:]:
        scores = (_by_area(run)["classes"].get(name, {}) for run in seeds)
        add(f"area_average_precision_{name.lower()}", (s.get("average_precision") for s in scores))
    row["parameters"] = _number(run.get("parameters") for run in seeds)
    row["epochs_least"] = _number((run.get("epochs") for run in seeds), min)
    row["epochs_most"] = _number((run.get("epochs") for run in seeds), max)
    row["seeds"] = len(seeds) if any(run.get("seed") is not None for run in seeds) else None
    return row


def _by_area(run: dict) -> dict:
    """Return the area-weighted scores of a run, undefined if it has none."""
    return run.get("by_area") or {"mean_average_precision": None, "classes": {}}


def _number(values: Iterable[int | None], choose=max) -> int | None:
    known = [value for value in values if value is not None]
    return choose(known) if known else None


def _rendered(table: pd.DataFrame, classes: list[str], varying: list[str]) -> pd.DataFrame:
    """Return the table as text, one column per column of the page."""
    events = classes[1:]
    scores = {"mean AP": "mean_average_precision"}
    scores |= {f"AP {name}": f"average_precision_{name.lower()}" for name in events}
    scores |= {"mean AP by area": "area_mean_average_precision"}
    scores |= {f"AP {name} by area": f"area_average_precision_{name.lower()}" for name in events}
    scores |= {f"accuracy {name}": f"accuracy_{name.lower()}" for name in classes}
    scores |= {"mean accuracy": "mean_accuracy"}
    scores |= {f"IoU {name}": f"iou_{name.lower()}" for name in events}
    baseline = table["kind"] == "baseline"
    shown = {"experiment": table["experiment"] + np.where(baseline, " (baseline)", "")}
    # A name that the user gave says it shorter; the caption says what it stands for.
    names = {key: f"{key}_name" for key in NAMED if f"{key}_name" in table}
    shown |= {key: table[names.get(key, key)] for key in varying}
    shown |= {
        title: [_percent(*pair) for pair in zip(table[name], table[f"{name}_sd"], strict=True)]
        for title, name in scores.items()
    }
    shown["parameters"] = [whole(value) for value in table["parameters"]]
    epochs = zip(table["epochs_least"], table["epochs_most"], strict=True)
    shown["epochs"] = ["–".join(dict.fromkeys(map(whole, pair))) for pair in epochs]
    shown["seeds"] = [whole(value) for value in table["seeds"]]
    return pd.DataFrame(shown)


def _percent(mean: float, deviation: float) -> str:
    if np.isnan(mean):
        return ABSENT
    return f"{100 * mean:.1f}" + ("" if np.isnan(deviation) else f" ± {100 * deviation:.1f}")


def _provenance(runs: list[dict]) -> tuple[list[str], str]:
    """Return the provenance that differs between experiments, and the caption."""
    sources: list[Mapping] = [run["provenance"] for run in runs]
    varying, sentences = [], []
    for key, title in WHERE_FROM.items():
        values = {source.get(key) for source in sources}
        if len(values) > 1 and key != "commit":
            varying.append(key)
            if key in NAMED and (names := _names(runs, key)):
                sentences.append(f"{title}s: {names}.")
        elif values != {None}:
            sentences.append(f"{title}: {_joined(source.get(key) for source in sources)}.")
    # Of each split by its name, if there are several.
    prefixes = [f"{run['split_name']} " if run.get("split_name") else "" for run in runs]
    of_splits = list(zip(prefixes, sources, strict=True))
    maps = _joined(
        prefix
        + " / ".join(
            str(source.get(f"{part}_maps", ABSENT)) for part in ("train", "validation", "test")
        )
        for prefix, source in of_splits
    )
    sentences.append(f"Maps for training / validation / test: {maps}.")
    windows = [_window(source) for source in sources]
    if any(windows):
        sentences.append(f"Windows: {_joined(filter(None, windows))}.")
    leakage = [(prefix, source.get("leakage_percent")) for prefix, source in of_splits]
    if hours := next((list(each) for _, each in leakage if each), None):
        shares = _joined(
            prefix + " / ".join(f"{each[h]:.1f}" for h in hours) for prefix, each in leakage if each
        )
        sentences.append(
            f"Test maps with a training map of the same run within {' / '.join(hours)}: {shares} %."
        )
    seeds = sorted({run["seed"] for run in runs if run.get("seed") is not None})
    if seeds:
        sentences.append(f"Seeds: {', '.join(map(str, seeds))}.")
    epochs = sorted({run["epochs"] for run in runs if run.get("epochs") is not None})
    if epochs:
        sentences.append(f"Epochs: {'–'.join(dict.fromkeys(map(str, epochs[:1] + epochs[-1:])))}.")
    if len(seeds) > 1:
        sentences.append("Mean ± standard deviation over the seeds.")
    sentences.append(
        "Scores on the test maps in percent; mean AP is the mean over the event classes; every "
        "vertex counts alike, or 'by area' as much as the area of its cell; "
        f"accuracy of a class is the share of its pixels that is found; {ABSENT}: not defined."
    )
    return varying, " ".join(sentences)


def _window(source: Mapping) -> str | None:
    """Tell of the windows that a run was scored on, unless they are single maps."""
    window = source.get("window") or {}
    if window.get("sequence_length", 1) == 1 and not window.get("prediction_shift"):
        return None
    shift = window["prediction_shift"]
    target = f", labels {shift * window['step_hours']} h after the last one" if shift else ""
    return (
        f"{window['sequence_length']} maps every {window['step_hours']} h{target}; "
        f"{source['test_windows']} in the test part, whose other "
        f"{source['test_maps_without_window']} maps end none"
    )


def _names(runs: list[dict], key: str) -> str:
    """Return what the names stand for that the user gave to samplings or splits, if any."""
    return "; ".join(
        dict.fromkeys(
            f"{name} is {run['provenance'].get(key)}"
            for run in runs
            if (name := run.get(f"{key}_name"))
        )
    )


def _joined(values: Iterable) -> str:
    """Return the distinct values as one text."""
    return "; ".join(dict.fromkeys(ABSENT if value is None else str(value) for value in values))
