"""Parts are disjoint, deterministic, and their leakage is what counting by hand gives."""

import codecs

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deepsphere_pipe.config.splits import (
    BlockedSplit,
    ListedSplit,
    RandomSplit,
    SplitByRun,
    SplitByYear,
)
from deepsphere_pipe.data.name_lists import check_names, read_lists
from deepsphere_pipe.data.splits import (
    data_summary,
    describe_split,
    leakage_percent,
    read_split,
    split_maps,
    write_split,
)
from deepsphere_pipe.errors import UserError

BY_YEAR = SplitByYear(validation=(2107,), test=(2108,))
RANDOM = RandomSplit(validation_share=0.1, test_share=0.2)


def test_years_are_kept_apart(store):
    part = split_maps(store, BY_YEAR)["part"].to_numpy()
    for name, year in (("train", 2106), ("validation", 2107), ("test", 2108)):
        assert set(store.years[part == name]) == {year}


def test_runs_are_kept_apart(store):
    class ThreeRuns:
        path, times = store.path, store.times
        runs = np.arange(len(store)) % 3 + 1
        __len__ = store.__len__

    settings = SplitByRun(validation=(3,), test=(1,))
    part = split_maps(ThreeRuns(), settings)["part"].to_numpy()
    for name, run in (("train", 2), ("validation", 3), ("test", 1)):
        assert set(ThreeRuns.runs[part == name]) == {run}
    nothing_left = SplitByRun(validation=(1,), test=(2,))
    with pytest.raises(UserError, match="leaves no train maps"):
        split_maps(store, nothing_left)


def test_random_split_has_the_shares_and_repeats(store):
    part = split_maps(store, RANDOM)["part"]
    assert part.value_counts().to_dict() == {"train": 101, "test": 29, "validation": 14}
    assert part.equals(split_maps(store, RANDOM)["part"])
    other = RANDOM.model_copy(update={"seed": 1})
    assert not part.equals(split_maps(store, other)["part"])


def test_a_year_that_the_data_lacks_is_told(store):
    absent = SplitByYear(validation=(2107,), test=(2200,))
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


def test_the_summary_tells_whole_data_from_parts(store):
    summary = data_summary(store)
    assert summary["maps"] == len(store) and summary["channels"] == list(store.channels)
    assert summary["runs"] == sorted(set(store.runs.tolist()))
    assert summary["first_time"][:4] == "2106" and summary["last_time"][:4] == "2108"


def test_tables_get_the_split_in_words():
    assert describe_split(BY_YEAR) == "by years: validation 2107, test 2108"
    assert describe_split(RANDOM) == "random by map (seed 0)"


BLOCKED = BlockedSplit(validation_share=0.2, test_share=0.2, block_days=1, gap_hours=24)


def test_blocks_are_kept_apart_by_the_gap(store):
    part = split_maps(store, BLOCKED)["part"].to_numpy()
    assert set(part) == {"train", "validation", "test", "unused"}
    for i, j in np.argwhere(part[:, None] != part):
        if store.runs[i] == store.runs[j] and "unused" not in (part[i], part[j]):
            assert abs(store.hours[i] - store.hours[j]) > 24
    assert leakage_percent(store, part) == {"3h": 0, "6h": 0, "24h": 0}
    assert describe_split(BLOCKED) == "blocks of 1 d (seed 0), 24 h between parts"


def test_without_a_gap_every_map_of_a_block_is_used(store):
    part = split_maps(store, BLOCKED.model_copy(update={"gap_hours": 0}))["part"].to_numpy()
    assert "unused" not in part
    block = list(zip(store.runs, store.hours // 24, strict=True))
    for one in set(block):
        assert len({part[i] for i, other in enumerate(block) if other == one}) == 1


@pytest.fixture
def lists(tmp_path, store):
    """The second year validates, the third tests; names as in the archive, not as in the store."""
    paths = {}
    for name, year in (("train", 2106), ("validation", 2107), ("test", 2108)):
        stems = [f[:-3] for f in store.files if f"-{year}-" in f.replace("data", "")]
        paths[f"{name}_list"] = str(tmp_path / f"{name}.txt")
        (tmp_path / f"{name}.txt").write_text(
            "".join(f"d/{s}-mesh.npz\n" for s in stems[:-3]), encoding="utf-8"
        )
    return paths


def test_lists_of_names_decide_whatever_the_format_of_the_files(store, lists):
    part = split_maps(store, ListedSplit(**lists))["part"].to_numpy()
    for name, year in (("train", 2106), ("validation", 2107), ("test", 2108)):
        assert set(store.years[part == name]) == {year}
    assert (part == "unused").sum() == 9
    lists.pop("train_list")
    part = split_maps(store, ListedSplit(**lists))["part"].to_numpy()
    assert "unused" not in part and (part == "train").sum() == len(store) - 2 * 45


def test_lists_that_cannot_be_are_told(store, lists, tmp_path):
    twice = lists | {"test_list": lists["validation_list"]}
    with pytest.raises(UserError, match="which is in the validation part already"):
        split_maps(store, ListedSplit(**twice))
    with pytest.raises(UserError, match=r"absent\.txt: cannot be read"):
        absent = lists | {"test_list": str(tmp_path / "absent.txt")}
        split_maps(store, ListedSplit(**absent))
    (tmp_path / "test.txt").write_text("data-1999-01-01-00-1.h5\n", encoding="utf-8")
    with pytest.raises(UserError, match="none of its 1 names is in"):
        split_maps(store, ListedSplit(**lists))


def test_a_mark_at_the_beginning_costs_no_name(store, lists, tmp_path):
    """A test map would be trained on: with a BOM, the first name was another one."""
    path = tmp_path / "test.txt"
    before = split_maps(store, ListedSplit(**lists))
    path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    assert split_maps(store, ListedSplit(**lists)).equals(before)


def test_names_that_no_map_has_are_refused_or_counted(store, lists, tmp_path):
    settings = ListedSplit(**lists)
    assert check_names(read_lists(settings.lists, store.files), skip=False) == {}
    path = tmp_path / "test.txt"
    n = len(path.read_text(encoding="utf-8").splitlines())
    absent = [f"data-2199-01-01-0{i}-1.h5" for i in range(7)]
    path.write_text("\n".join([*absent, path.read_text(encoding="utf-8")]))
    with pytest.raises(UserError, match=rf"test.txt: 7 of its {n + 7} names .*{absent[0]}, .*skip"):
        check_names(read_lists(settings.lists, store.files), skip=False)
    found = check_names(read_lists(settings.lists, store.files), skip=True)[str(path)]
    assert found["count"] == 7 and found["first"] == absent[:5]
    assert found["sentence"].endswith(f"{absent[4]}, …")
