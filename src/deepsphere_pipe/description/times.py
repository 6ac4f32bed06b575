"""Times in one line: first, last, number, step, calendar."""

from collections.abc import Sequence

import cftime

from deepsphere_pipe.data.checking import said_length, usual_step


def times_line(times: Sequence[cftime.datetime], runs: Sequence[int] = ()) -> str:
    """Return a line on the times of maps, and on their runs where there are several."""
    if not times:
        return "times: none"
    several = sorted(set(runs))
    if len(several) > 1:
        of_run = next(iter(several))
        series = [t for t, run in zip(times, runs, strict=True) if run == of_run]
    else:
        series = list(times)
    first, last = min(times).isoformat(), max(times).isoformat()
    line = f"times: {len(times)}, {first}" + (f" to {last}" if last != first else "")
    if (step := usual_step(sorted(set(series)))) is not None:
        line += f", {said_length(step)} apart"
    line += f", calendar {times[0].calendar}"
    return line + (f", runs {', '.join(map(str, several))}" if len(several) > 1 else "")
