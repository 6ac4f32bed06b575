"""Training, validation and test maps, and the statistics of the training part."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from deepsphere_pipe.config import SplitConfig
from deepsphere_pipe.data.events_present import absent_events, check_events
from deepsphere_pipe.data.name_lists import check_names, read_lists
from deepsphere_pipe.data.splits import (
    PARTS,
    data_summary,
    describe_split,
    leakage_percent,
    split_maps,
    write_split,
)
from deepsphere_pipe.data.statistics import (
    deviation_from_published,
    doubt_of_published,
    training_statistics,
)
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.steps.made_from import MadeFrom, check_made_from
from deepsphere_pipe.steps.records import of_maps


def split(
    settings: SplitConfig,
    maps: Path,
    out: Path,
    *,
    on_error: str = "stop",
    made_from: MadeFrom | None = None,
) -> None:
    """Split a store and compute the statistics of its training part.

    Parameters
    ----------
    settings
        Which maps train, validate and test.
    maps
        The store.
    out
        Folder that receives ``split.csv`` (the part of each map), ``statistics.json`` (mean and
        standard deviation of each channel, in its units) and ``audit.json`` (what leaks).
    on_error : {"stop", "skip"}
        What to do about a listed name that no map has.
    made_from
        Fingerprints, of which that of the split goes into the audit.

    Raises
    ------
    UserError
        If the split is impossible, a part has no vertex of an event that it needs, or the maps are
        of something else than `made_from` says.
    """
    made_from = made_from or {}
    check_made_from(made_from, "data", maps, of_maps)
    with Store(maps) as store:
        lists = read_lists(settings.lists, store.files)
        parts = split_maps(store, settings, lists)
        part = parts["part"].to_numpy()
        unknown = check_names(lists, skip=on_error == "skip")
        maps_of = {name: np.flatnonzero(part == name) for name in PARTS}
        for name in ("train", "validation"):
            check_events(store, maps_of[name], name)
        statistics = training_statistics(store, part)
        audit: dict[str, Any] = {
            "data": store.title,
            "data_summary": data_summary(store),
            "split": describe_split(settings),
            **{f"{name}_maps": int(n) for name, n in parts["part"].value_counts().items()},
            "names_not_in_data": unknown,
            "events_not_in_test": absent_events(store, maps_of["test"]),
            "leakage_percent": leakage_percent(store, part),
            "statistics": settings.statistics,
            # Of the maps themselves, whatever normalises them.
            "deviation_from_published": deviation_from_published(statistics),
            "made_from": made_from.get("split"),
        }
    normalising = statistics.with_published() if settings.statistics == "published" else statistics
    normalising.save(out / "statistics.json")
    write_split(out / "split.csv", parts)
    with atomic_write(out / "audit.json") as temporary:
        temporary.write_text(json.dumps(audit, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(audit, indent=1))
    for warning in _warnings(maps, audit):
        print(f"warning: {warning}")


def _warnings(maps: Path, audit: dict[str, Any]) -> list[str]:
    """Return what a user should know of a split that is possible all the same."""
    warnings = [
        f"{path}: {names['sentence']}" for path, names in audit["names_not_in_data"].items()
    ]
    if events := " and ".join(audit["events_not_in_test"]):
        warnings.append(f"{maps}: the test part has no {events}, so they have no score.")
    doubt = doubt_of_published(audit["deviation_from_published"])
    if doubt and audit["data"].startswith("CAM5"):
        warnings.append(f"{maps}: {doubt}")
    return warnings
