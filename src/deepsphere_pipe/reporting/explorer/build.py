"""The page itself: what is in it, how much of it, and where it is from."""

import html
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.explorer.packing import Packed, pack, pack_bytes
from deepsphere_pipe.reporting.explorer.places import earth, places_of
from deepsphere_pipe.reporting.explorer.runs import EVENTS, Maps, Run, read_run
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.tables.cells import ABSENT
from deepsphere_pipe.runtime.atomic import atomic_write

ROOM_MB = 7.5
"""How large the page may become before parts of its maps are left out."""

SHADES = 255
"""Steps of the field between its least and its greatest value."""


@dataclass(frozen=True)
class Choice:
    """Which maps the page holds.

    Attributes
    ----------
    first_seed : bool
        Those of the first seed of each experiment only, instead of those of every run.
    n_maps : int or None
        At most so many of each part.
    n_epochs : int or None
        At most so many epochs.
    """

    first_seed: bool = False
    n_maps: int | None = None
    n_epochs: int | None = None

    def holds(self, run: Run, runs: Iterable[Run]) -> bool:
        """Return whether the maps of a run are among those of all that are kept."""
        return not self.first_seed or run is next(r for r in runs if r.group == run.group)


CHOICES = (
    Choice(),
    Choice(first_seed=True),
    Choice(first_seed=True, n_maps=2),
    Choice(first_seed=True, n_maps=1),
    Choice(first_seed=True, n_maps=1, n_epochs=10),
)
"""From all to little: the first one for which there is room is taken."""


def explorer_page(
    folders: Iterable[str | os.PathLike],
    out: str | os.PathLike,
    colours: Mapping[str, str] | None = None,
    study: str = "",
    room_mb: float = ROOM_MB,
) -> None:
    """Write the interactive page of a study.

    Parameters
    ----------
    folders : iterable of path-like
        Folders of the runs, each with ``history.csv``, ``epochs.nc``, ``scores.json`` and
        ``predictions.nc``.
    out : path-like
        The page.
    colours : mapping of str to str, optional
        Of the classes; those of the figures by default.
    study : str
        Its name.
    room_mb : float
        Megabytes of the page beyond which parts of its maps are left out.

    Raises
    ------
    UserError
        If there is no run, or a file cannot be read.
    """
    colours = colours or FigureSettings().colours
    runs = [read_run(folder) for folder in folders]
    if not runs:
        raise UserError("the interactive page needs the folder of at least one run")
    shared = {"plotly": {"data": _plotly()}, "earth": pack(earth())}
    shared |= {name: pack(places_of(*places)) for name, places in _spheres(runs).items()}
    room = 1e6 * room_mb - sum(len(each["data"]) for each in shared.values())
    for choice in CHOICES:
        maps = {
            f"run{number}": _packed(run, choice)
            for number, run in enumerate(runs)
            if choice.holds(run, runs)
        }
        if sum(len(each["data"]) for each in maps.values()) <= room:
            break
    content = {
        "study": study,
        "events": [{"name": name, "colour": colours[name]} for name in EVENTS],
        "absent": ABSENT,
        "runs": [
            _described(run, choice, _sphere_of(run, runs), f"run{number}" in maps)
            for number, run in enumerate(runs)
        ],
    }
    page = _template("page.html")
    for token, text in {
        "STUDY": html.escape(study),
        "STYLE": _template("page.css"),
        "NOTE": _note(choice, runs, len(maps)),
        "WHERE_FROM": _where_from(runs),
        "PLOTLY_VERSION": get_plotlyjs_version(),
        "CONTENT": _script(content),
        "DATA": "\n".join(_data(name, packed) for name, packed in (shared | maps).items()),
        "CODE": _template("page.js"),
    }.items():
        page = page.replace(f"<!-- {token} -->", text)
    with atomic_write(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


@cache
def _plotly() -> str:
    """Return the library that draws curves and globe, packed."""
    return pack_bytes(get_plotlyjs().encode())


def _spheres(runs: list[Run]) -> dict[str, tuple]:
    """Return where the vertices lie on the distinct spheres of the runs."""
    return {
        _sphere_of(run, runs): (run.longitude, run.latitude, run.areas) for run in reversed(runs)
    }


def _sphere_of(run: Run, runs: list[Run]) -> str:
    """Return the name of a sphere: the number of the first run on it."""
    for number, each in enumerate(runs):
        if np.array_equal(each.longitude, run.longitude) and np.array_equal(
            each.latitude, run.latitude
        ):
            return f"sphere{number}"
    raise ValueError("the run is none of the runs")


def _packed(run: Run, choice: Choice) -> Packed:
    """Return all maps of a run."""
    low, high = _range(run)
    arrays = {}
    for part in ("validation", "test"):
        maps: Maps = getattr(run, part).only(choice.n_maps, choice.n_epochs, run.best_epoch)
        shade = np.round(SHADES * (maps.field - low) / max(high - low, np.finfo(float).tiny))
        arrays |= {
            f"{part}_truth": maps.truth,
            f"{part}_predicted": maps.predicted,
            f"{part}_probability": maps.probability,
            f"{part}_field": np.nan_to_num(shade).astype(np.uint8),
        }
    return pack(arrays)


def _range(run: Run) -> tuple[float, float]:
    """Return the least and the greatest value of the field on all maps of a run."""
    values = np.concatenate([run.validation.field.ravel(), run.test.field.ravel()])
    return float(np.nanmin(values)), float(np.nanmax(values))


def _described(run: Run, choice: Choice, sphere: str, with_maps: bool) -> dict:
    """Return all of a run but its maps."""
    low, high = _range(run)
    name, meaning, units = run.channel
    parts = {
        part: getattr(run, part).only(choice.n_maps, choice.n_epochs, run.best_epoch)
        for part in ("validation", "test")
    }
    history = run.history
    columns = {"mean": "validation_mean_ap"}
    columns |= {event: f"validation_ap_{event.lower()}" for event in EVENTS}
    return {
        "name": run.name,
        "sphere": sphere,
        "maps": with_maps,
        "best_epoch": run.best_epoch,
        "epochs": parts["validation"].epochs.tolist(),
        "titles": {part: maps.titles for part, maps in parts.items()},
        "field": {"name": name, "meaning": meaning, "units": units, "low": low, "high": high},
        "history": {
            "epoch": history["epoch"].tolist(),
            **{
                name: [_number(value) for value in history.get(column, [])]
                for name, column in columns.items()
            },
        },
        "test_scores": {
            event: run.scores["classes"].get(event, {}).get("average_precision") for event in EVENTS
        },
    }


def _number(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 5)


def _note(choice: Choice, runs: list[Run], n_with_maps: int) -> str:
    """Return a paragraph on what was left out, if anything was."""
    told = []
    if n_with_maps < len(runs):
        told.append(
            f"maps of the first seed of each experiment only ({n_with_maps} of {len(runs)} runs; "
            "the curves are of all)"
        )
    if choice.n_maps is not None:
        told.append(f"at most {choice.n_maps} of the maps that each run kept of either part")
    if choice.n_epochs is not None:
        told.append(f"at most {choice.n_epochs} epochs of them")
    if not told:
        return ""
    return f'<p class="note">To stay small, this page holds {", and ".join(told)}.</p>'


def _where_from(runs: list[Run]) -> str:
    """Return the facts behind the page as a list of HTML."""
    sources: list[Mapping] = [run.scores["provenance"] for run in runs]

    def joined(values: Iterable) -> str:
        return "; ".join(dict.fromkeys(ABSENT if v is None else str(v) for v in values))

    def leakage(source: Mapping) -> str | None:
        shares = source.get("leakage_percent")
        return shares and ", ".join(
            f"{share:.1f} % within {str(hours).removesuffix('h')} h"
            for hours, share in shares.items()
        )

    parts = ("train", "validation", "test")
    facts = {
        "Experiments": joined(run.scores["experiment"] for run in runs),
        "Runs": str(len(runs)),
        "Data": joined(source.get("data") for source in sources),
        "Sampling": joined(source.get("sampling") for source in sources),
        "Split": joined(source.get("split") for source in sources),
        "Maps for training / validation / test": joined(
            " / ".join(str(source.get(f"{part}_maps", ABSENT)) for part in parts)
            for source in sources
        ),
        "Test maps with a training map of the same run": joined(map(leakage, sources)),
        "Seeds": joined(run.scores.get("seed") for run in runs),
        "Epochs": joined(len(run.history) for run in runs),
        "Commit": joined(source.get("commit") for source in sources),
        "Version": joined(source.get("version") for source in sources),
    }
    return "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd></div>"
        for name, text in facts.items()
    )


def _data(name: str, packed: Packed) -> str:
    """Return the element that holds packed data."""
    arrays = html.escape(json.dumps(packed.get("arrays", [])), quote=True)
    return f'<script type="text/plain" id="{name}" data-arrays="{arrays}">{packed["data"]}</script>'


def _script(content: object) -> str:
    """Return JSON that may stand inside a script element."""
    return json.dumps(content, allow_nan=False).replace("<", "\\u003c")


def _template(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
