"""Numbers as the cells of a table show them."""

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from deepsphere_pipe.evaluation.intervals import Interval

ABSENT = "–"
"""What a table shows where a number is undefined (never 0)."""


TOO_SHORT = "too short"
"""What stands for an interval of too few days."""


def mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Return mean and sample standard deviation (divisor n − 1).

    Both are NaN if a value is; the deviation of a single value is NaN too.
    """
    return float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def whole(value: float | None) -> str:
    """Return a whole number in groups of three digits, `ABSENT` if there is none."""
    return ABSENT if pd.isna(value) else f"{int(value):,}".replace(",", "\N{NO-BREAK SPACE}")


def percent(mean: float, deviation: float = np.nan) -> str:
    """Return a fraction in per cent, with its deviation if that is defined."""
    return measured(100 * mean, 100 * deviation, 1)


def measured(mean: float, deviation: float = np.nan, decimals: int = 1) -> str:
    """Return a number with its deviation if that is defined."""
    if np.isnan(mean):
        return ABSENT
    return f"{mean:.{decimals}f}" + ("" if np.isnan(deviation) else f" ± {deviation:.{decimals}f}")


def rounded(mean: float, deviation: float = np.nan) -> str:
    """Return a number without decimals, with its deviation if that is defined."""
    return measured(mean, deviation, 0)


def points(difference: float) -> str:
    """Return a difference of fractions in percentage points, with its sign."""
    if np.isnan(difference):
        return ABSENT
    text = f"{100 * difference:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def spanned(values: Iterable[object]) -> str:
    """Return the first and the last of some values, or the one if they are equal."""
    first, *_, last = [*map(str, values)] * 2
    return first if first == last else f"{first}–{last}"


def interval(found: Interval, show: Callable[[float], str] = percent) -> str:
    """Return an interval of fractions in brackets, or that there are too few days for one."""
    if found.too_short:
        return TOO_SHORT
    if np.isnan(found.low) or np.isnan(found.high):
        return ABSENT
    return f"[{show(found.low)}, {show(found.high)}]"


def duration(seconds: float, deviation: float = np.nan) -> str:
    """Return a time in seconds, minutes or hours, whichever suits."""
    for unit, length in (("h", 3600), ("min", 60), ("s", 1)):
        if seconds >= 2 * length or unit == "s":
            break
    text = measured(seconds / length, deviation / length)
    return text if text == ABSENT else f"{text} {unit}"
