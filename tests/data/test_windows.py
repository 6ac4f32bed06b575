"""Windows are what a search of all maps gives, for any gaps, runs and parts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsphere_pipe.data.windows import make_windows


def by_search(hours, runs, maps, length, step, shift):
    """Return windows and targets found by looking at every map for every step."""
    index = {(runs[i], hours[i]): i for i in maps}
    steps = [*range(1 - length, 1), shift]
    found = [[index.get((runs[i], hours[i] + step * s)) for s in steps] for i in maps]
    return [window for window in found if None not in window]


@settings(max_examples=200, deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 3), st.integers(-15, 15)), min_size=1),
    st.integers(1, 4), st.integers(1, 3), st.integers(-2, 2), st.randoms(use_true_random=False),
)  # fmt: skip
def test_windows_are_what_a_search_gives(stamps, length, factor, shift, random):
    stamps = random.sample(sorted(stamps), len(stamps))  # in any order
    runs, slots = np.array(stamps).T
    hours = 3 * slots + 900_000
    maps = np.array(random.sample(range(len(stamps)), random.randint(0, len(stamps))), dtype=int)
    windows = make_windows(hours, runs, maps, length, 3 * factor, shift)
    expected = by_search(hours, runs, maps, length, 3 * factor, shift)
    found = np.column_stack([windows.inputs, windows.targets]).tolist()
    assert found == expected
    assert windows.n_incomplete == len(maps) - len(expected)


def test_a_single_map_is_a_window_of_its_own():
    windows = make_windows(np.array([0, 3, 9]), np.array([1, 1, 1]), np.array([2, 0]))
    assert windows.inputs.tolist() == [[2], [0]] and windows.targets.tolist() == [2, 0]
    assert windows.n_incomplete == 0


def test_a_map_that_two_experts_labelled_is_two_windows():
    hours, runs = np.array([0, 3, 3, 6]), np.ones(4, int)
    assert make_windows(hours, runs, np.arange(4)).targets.tolist() == [0, 1, 2, 3]
    pairs = make_windows(hours, runs, np.arange(4), sequence_length=2)
    assert pairs.inputs.tolist() == [[0, 1], [0, 2], [1, 3]] and pairs.targets.tolist() == [1, 2, 3]


def test_no_window_crosses_a_missing_day_a_run_or_a_split():
    hours = np.array([0, 3, 6, 30, 33, 36, 0, 3, 6])
    runs = np.array([1] * 6 + [2] * 3)
    windows = make_windows(hours, runs, np.arange(9), sequence_length=3)
    assert windows.inputs.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert windows.n_incomplete == 6
    split = make_windows(hours, runs, np.array([0, 1, 3, 4, 5]), sequence_length=3)
    assert split.inputs.tolist() == [[3, 4, 5]]


def test_impossible_windows_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        make_windows(np.zeros(1), np.zeros(1), np.zeros(1, int), sequence_length=0)
