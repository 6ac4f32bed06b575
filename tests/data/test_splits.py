"""Parts are disjoint, deterministic, and their leakage is what counting by hand gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsphere_pipe.config import SplitConfig
from deepsphere_pipe.data.splits import (
    describe_split,
    leakage_percent,
    read_split,
    split_maps,
    write_split,
)
from deepsphere_pipe.errors import UserError

BY_YEAR = SplitConfig(method="by_year", validation=(2107,), test=(2108,))
RANDOM = SplitConfig(method="random", validation_share=0.1, test_share=0.2)


def test_years_are_kept_apart(store):
    part = split_maps(store, BY_YEAR)["part"].to_numpy()
    for name, year in (("train", 2106), ("validation", 2107), ("test", 2108)):
        assert set(store.years[part == name]) == {year}


def test_runs_are_kept_apart(store):
    class ThreeRuns:
        path, times = store.path, store.times
        runs = np.arange(len(store)) % 3 + 1
        __len__ = store.__len__

    settings = SplitConfig(method="by_run", validation=(3,), test=(1,))
    part = split_maps(ThreeRuns(), settings)["part"].to_numpy()
    for name, run in (("train", 2), ("validation", 3), ("test", 1)):
        assert set(ThreeRuns.runs[part == name]) == {run}
    nothing_left = SplitConfig(method="by_run", validation=(1,), test=(2,))
    with pytest.raises(UserError, match="leaves no train maps"):
        split_maps(store, nothing_left)


def test_random_split_has_the_shares_and_repeats(store):
    part = split_maps(store, RANDOM)["part"]
    assert part.value_counts().to_dict() == {"train": 101, "test": 29, "validation": 14}
    assert part.equals(split_maps(store, RANDOM)["part"])
    other = RANDOM.model_copy(update={"seed": 1})
    assert not part.equals(split_maps(store, other)["part"])


def test_a_year_that_the_data_lacks_is_told(store):
    absent = SplitConfig(method="by_year", validation=(2107,), test=(2200,))
    with pytest.raises(UserError, match=r"names 2200, but the data has only 2106, 2107, 2108"):
        split_maps(store, absent)


def test_a_split_survives_the_disk(store, tmp_path):
    split = split_maps(store, RANDOM)
    write_split(tmp_path / "split.csv", split)
    assert read_split(tmp_path / "split.csv", store).tolist() == split["part"].tolist()
    with pytest.raises(UserError, match="is not a split"):
        read_split(tmp_path / "absent.csv", store)
    write_split(tmp_path / "split.csv", split.iloc[1:])
    with pytest.raises(UserError, match="is a split of other maps"):
        read_split(tmp_path / "split.csv", store)


def test_blocks_of_years_do_not_leak_but_a_random_split_does(store):
    by_year = split_maps(store, BY_YEAR)["part"].to_numpy()
    assert leakage_percent(store, by_year) == {"3h": 0.0, "6h": 0.0, "24h": 0.0}
    at_random = leakage_percent(store, split_maps(store, RANDOM)["part"].to_numpy())
    assert at_random["3h"] > 70 and at_random["24h"] == 100


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_leakage_is_what_counting_pairs_gives(store_path, seed):
    from deepsphere_pipe.data.store import Store

    with Store(store_path) as store:
        part = np.random.default_rng(seed).choice(["train", "validation", "test"], len(store))
        test, train = np.flatnonzero(part == "test"), np.flatnonzero(part == "train")
        same_run = store.runs[test][:, None] == store.runs[train]
        gap = np.abs(store.hours[test][:, None] - store.hours[train])
        for hours in (3, 6, 24):
            expected = 100 * np.mean(np.any(same_run & (gap <= hours), axis=1))
            assert leakage_percent(store, part)[f"{hours}h"] == pytest.approx(expected)


def test_tables_get_the_split_in_words():
    assert describe_split(BY_YEAR) == "by years: validation 2107, test 2108"
    assert describe_split(RANDOM) == "random by map (seed 0)"
