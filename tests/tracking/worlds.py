"""Made-up storms on a sphere, whose tracks are known."""

import cftime
import numpy as np

from deepsphere_pipe.config import parse
from deepsphere_pipe.config.tracking import TrackingConfig
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.samplings.sampling import unit_vectors
from deepsphere_pipe.samplings.sphere import distance_km
from deepsphere_pipe.tracking.maps import Moment
from deepsphere_pipe.tracking.surface import Surface
from deepsphere_pipe.tracking.tracker import Tracker

SURFACE = Surface.of(Icosahedral(5))
START = 1000.0


def rules(**of_cyclones):
    """Return rules by which no cyclone is too short or too small."""
    return parse(TrackingConfig, {"TC": {"least_hours": 0.0, "least_km2": 0, **of_cyclones}}, "t")


def discs(centres, km, label=1, surface=SURFACE):
    """Return a map with a disc of a class around each of some centres (n, 3)."""
    classes = np.zeros(surface.n_vertices, np.uint8)
    for centre in centres:
        classes[distance_km(surface.coordinates, centre) < km] = label
    return classes


def times(n, step=3, calendar="noleap", start=(2106, 8, 1)):
    first = cftime.datetime(*start, calendar=calendar)
    hours = cftime.date2num(first, "hours since 2000-01-01", calendar) + step * np.arange(n)
    return [cftime.num2date(h, "hours since 2000-01-01", calendar) for h in hours], hours


def follow(maps, step=3.0, surface=SURFACE, stamps=None, runs=None, fields=None, **of_cyclones):
    """Return the fixes of maps of classes (cell,), or of probabilities (class, cell)."""
    tracker = Tracker(surface, rules(**of_cyclones), step)
    when, hours = stamps or times(len(maps), step)
    for i, each in enumerate(maps):
        probability = each if each.ndim == 2 else None
        classes = each if probability is None else each.argmax(0).astype(np.uint8)
        run = 1 if runs is None else runs[i]
        tracker.update(run, when[i], float(hours[i]), Moment(classes, probability), fields)
    return tracker.fixes()


def path(longitude, latitude, n, east=0.5, north=0.0):
    """Return n centres that move by some degrees from map to map, (n, 3)."""
    steps = np.arange(n)
    return unit_vectors(longitude + east * steps, latitude + north * steps)
