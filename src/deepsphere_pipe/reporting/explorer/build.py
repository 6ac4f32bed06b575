"""Putting an explorer together: structure, look and scripts lie beside this file, data comes in."""

import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pandas as pd
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from deepsphere_pipe.channels import EVENTS, PROBABILITY_SCALE, UNLABELLED
from deepsphere_pipe.reporting.cells import ABSENT
from deepsphere_pipe.reporting.explorer import selection as selecting
from deepsphere_pipe.reporting.explorer.places import BREAK, DEGREE, UNIT, earth, places_of
from deepsphere_pipe.reporting.explorer.runs import ExploredRun, read_runs
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.maps.snapshot import channel_of, titles_of
from deepsphere_pipe.reporting.tables.captions import joined, numbers_of_maps
from deepsphere_pipe.runtime.atomic import atomic_write

ROOM_MB = 7.5
"""How large an explorer may become before parts of its maps are left out."""

SCRIPTS = (
    "unpacking", "state", "colours", "legends", "flat_maps", "curves", "globe", "tooltip",
    "controls",
)  # fmt: skip
"""Files of one script, in the order in which they follow each other: constants before their use."""

CODES = {
    "DEGREE": DEGREE,
    "UNIT": UNIT,
    "BREAK": int(BREAK),
    "CERTAIN": PROBABILITY_SCALE,
    "SHADES": selecting.SHADES,
    "UNLABELLED": UNLABELLED,
}
"""Integers that stand for something in the packed arrays."""


def write_explorer(
    folders: Iterable[str | os.PathLike],
    out: str | os.PathLike,
    colours: Mapping[str, str] | None = None,
    study: str = "",
    room_mb: float = ROOM_MB,
) -> None:
    """Write the explorer of a study.

    Parameters
    ----------
    folders
        Folders of the runs, see `read_runs`.
    out
        The html to write.
    colours
        Of the classes; those of the figures by default.
    study
        Its name.
    room_mb
        Megabytes beyond which parts of the maps are left out.
    """
    colours = colours or FigureSettings().colours
    runs = read_runs(folders)
    shared = {"plotly": {"data": _plotly()}, "earth": selecting.pack(earth())}
    # Runs on the same vertices share where these lie.
    spheres: dict[bytes, str] = {}
    sphere_of = []
    for run in runs:
        longitude, latitude, _ = run.place
        name = spheres.setdefault(longitude.tobytes() + latitude.tobytes(), f"sphere{len(spheres)}")
        if name not in shared:
            shared[name] = selecting.pack(places_of(*run.place))
        sphere_of.append(name)
    room = 1e6 * room_mb - sum(len(each["data"]) for each in shared.values())
    selection, maps = selecting.select(runs, room)
    content = {
        "study": study,
        "codes": CODES,
        "events": [{"name": name, "colour": colours[name]} for name in EVENTS],
        "absent": ABSENT,
        "runs": [
            {"sphere": sphere_of[number], "maps": f"run{number}" in maps}
            | _described(run, selection)
            for number, run in enumerate(runs)
        ],
    }
    omitted = ", and ".join(selection.omissions(runs))
    page = _beside("explorer.html")
    for token, text in {
        "STUDY": html.escape(study),
        "STYLE": _beside("explorer.css"),
        "NOTE": f'<p class="note">To stay small, this file holds {omitted}.</p>' if omitted else "",
        "WHERE_FROM": _where_from(runs),
        "PLOTLY_VERSION": get_plotlyjs_version(),
        # No end of the element that it stands in.
        "CONTENT": json.dumps(content, allow_nan=False).replace("<", "\\u003c"),
        "DATA": "\n".join(_data(name, packed) for name, packed in (shared | maps).items()),
        "CODE": "\n".join(_beside(f"{name}.js") for name in SCRIPTS),
    }.items():
        page = page.replace(f"<!-- {token} -->", text)
    with atomic_write(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


@cache
def _plotly() -> str:
    """Return the library that draws curves and globe, packed."""
    return selecting.pack_bytes(get_plotlyjs().encode())


def _described(run: ExploredRun, selection: selecting.Selection) -> dict:
    """Return all of a run but its maps."""
    low, high = selecting.field_range(run)
    parts = selection.parts(run)
    name, meaning, units = channel_of(parts["validation"]["tmq"])
    columns = {"mean": "validation_mean_ap"}
    columns |= {event: f"validation_ap_{event.lower()}" for event in EVENTS}
    curves = {
        curve: [_number(value) for value in run.history.get(column, [])]
        for curve, column in columns.items()
    }
    return {
        "name": run.name,
        "best_epoch": run.best_epoch,
        "epochs": parts["validation"]["epoch"].values.tolist(),
        "titles": {part: titles_of(maps) for part, maps in parts.items()},
        "field": {"name": name, "meaning": meaning, "units": units, "low": low, "high": high},
        "history": {"epoch": run.history["epoch"].tolist()} | curves,
        "test_scores": {
            event: run.scores["classes"].get(event, {}).get("average_precision") for event in EVENTS
        },
    }


def _number(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 5)


def _where_from(runs: Sequence[ExploredRun]) -> str:
    """Return the facts behind the page as a list of HTML."""
    sources: list[Mapping] = [run.scores["provenance"] for run in runs]

    def told(key: str) -> str:
        return joined(source.get(key) for source in sources)

    def leakage(source: Mapping) -> str | None:
        shares = (source.get("leakage_percent") or {}).items()
        texts = (f"{share:.1f} % within {hours.removesuffix('h')} h" for hours, share in shares)
        return ", ".join(texts) or None

    facts = {
        "Experiments": joined(run.scores["experiment"] for run in runs),
        "Runs": str(len(runs)),
        "Data": told("data"),
        "Sampling": told("sampling"),
        "Split": told("split"),
        "Maps for training / validation / test": joined(map(numbers_of_maps, sources)),
        "Test maps with a training map of the same run": joined(map(leakage, sources)),
        "Seeds": joined(run.scores.get("seed") for run in runs),
        "Epochs": joined(len(run.history) for run in runs),
        "Commit": told("commit"),
        "Version": told("version"),
    }
    return "".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(text)}</dd></div>"
        for name, text in facts.items()
    )


def _data(name: str, packed: selecting.Packed) -> str:
    """Return the element that holds packed data."""
    arrays = html.escape(json.dumps(packed.get("arrays", [])), quote=True)
    return f'<script type="text/plain" id="{name}" data-arrays="{arrays}">{packed["data"]}</script>'


def _beside(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
