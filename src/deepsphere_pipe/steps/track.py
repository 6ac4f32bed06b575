"""Storms of maps, at every time."""

from pathlib import Path

from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.tracking.formats import write_table, write_tracks
from deepsphere_pipe.tracking.storms import storms_of
from deepsphere_pipe.tracking.track import track as track_maps


def track(
    maps: str | Path,
    out: Path,
    *,
    fields: str | Path | None = None,
    storms: Path | None = None,
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
    tracking
        When events are one storm; by default as in a study without that section.

    Raises
    ------
    UserError
        If a file cannot be read, is something else, or fields are missing.
    """
    fixes = track_maps(maps, fields, tracking)
    write_tracks(out, fixes)
    if storms is not None:
        write_table(storms, storms_of(fixes))
