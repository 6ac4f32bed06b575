"""Putting an explorer together: template, look, scripts, data, and where it is from."""

import html
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

import pandas as pd
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from deepsphere_pipe.channels import EVENTS, UNLABELLED
from deepsphere_pipe.reporting.explorer.packing import Packed, pack, pack_bytes
from deepsphere_pipe.reporting.explorer.places import BREAK, DEGREE, UNIT, earth, places_of
from deepsphere_pipe.reporting.explorer.runs import CERTAIN, ExploredRun, read_runs
from deepsphere_pipe.reporting.explorer.selection import SHADES, Selection, field_range, select
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.tables.captions import joined
from deepsphere_pipe.reporting.tables.cells import ABSENT
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
    "CERTAIN": CERTAIN,
    "SHADES": SHADES,
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
    folders : iterable of path-like
        Folders of the runs, each with ``history.csv``, ``epochs.nc``, ``scores.json`` and
        ``predictions.nc``.
    out : path-like
        The html to write.
    colours : mapping of str to str, optional
        Of the classes; those of the figures by default.
    study : str
        Its name.
    room_mb : float
        Megabytes beyond which parts of the maps are left out.

    Raises
    ------
    UserError
        If there is no run, or a file cannot be read.
    """
    colours = colours or FigureSettings().colours
    runs = read_runs(folders)
    shared: dict[str, Packed] = {"plotly": {"data": _plotly()}, "earth": pack(earth())}
    # Runs on the same vertices share where these lie.
    spheres: dict[bytes, str] = {}
    sphere_of = []
    for run in runs:
        vertices = run.longitude.tobytes() + run.latitude.tobytes()
        name = spheres.setdefault(vertices, f"sphere{len(spheres)}")
        if name not in shared:
            shared[name] = pack(places_of(run.longitude, run.latitude, run.areas))
        sphere_of.append(name)
    room = 1e6 * room_mb - sum(len(each["data"]) for each in shared.values())
    selection, maps = select(runs, room)
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
    page = _beside("explorer.html")
    for token, text in {
        "STUDY": html.escape(study),
        "STYLE": _beside("explorer.css"),
        "NOTE": _note(selection.omissions(runs)),
        "WHERE_FROM": _where_from(runs),
        "PLOTLY_VERSION": get_plotlyjs_version(),
        "CONTENT": _script(content),
        "DATA": "\n".join(_data(name, packed) for name, packed in (shared | maps).items()),
        "CODE": "\n".join(_beside(f"{name}.js") for name in SCRIPTS),
    }.items():
        page = page.replace(f"<!-- {token} -->", text)
    with atomic_write(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


@cache
def _plotly() -> str:
    """Return the library that draws curves and globe, packed."""
    return pack_bytes(get_plotlyjs().encode())


def _described(run: ExploredRun, selection: Selection) -> dict:
    """Return all of a run but its maps."""
    low, high = field_range(run)
    name, meaning, units = run.channel
    parts = selection.parts(run)
    columns = {"mean": "validation_mean_ap"}
    columns |= {event: f"validation_ap_{event.lower()}" for event in EVENTS}
    return {
        "name": run.name,
        "best_epoch": run.best_epoch,
        "epochs": parts["validation"].epochs.tolist(),
        "titles": {part: maps.titles for part, maps in parts.items()},
        "field": {"name": name, "meaning": meaning, "units": units, "low": low, "high": high},
        "history": {
            "epoch": run.history["epoch"].tolist(),
            **{
                name: [_number(value) for value in run.history.get(column, [])]
                for name, column in columns.items()
            },
        },
        "test_scores": {
            event: run.scores["classes"].get(event, {}).get("average_precision") for event in EVENTS
        },
    }


def _number(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 5)


def _note(omissions: Sequence[str]) -> str:
    """Return a paragraph on what was left out, if anything was."""
    if not omissions:
        return ""
    return f'<p class="note">To stay small, this file holds {", and ".join(omissions)}.</p>'


def _where_from(runs: Sequence[ExploredRun]) -> str:
    """Return the facts behind the page as a list of HTML."""
    sources: list[Mapping] = [run.scores["provenance"] for run in runs]

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


def _beside(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
