"""Accuracy, average precision, cost, differences and comparisons, from files made by hand."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.groups import Days
from deepsphere_pipe.evaluation.intervals import difference, interval, interval_of_share
from deepsphere_pipe.reporting.cells import ABSENT, duration, points
from deepsphere_pipe.reporting.tables.forms import write_table
from deepsphere_pipe.reporting.tables.registry import tables_of
from deepsphere_pipe.reporting.tables.scores import PRECISIONS
from tests.reporting.tables.conftest import rows_of


@pytest.fixture
def network(write_scores):
    """Return a function that writes scores and histograms by day of one run, better with skill."""

    def network(name, seed=0, skill=1.0, n_days=48, **more):
        top = {"experiment": name.split("-")[0], **more.pop("top", {})}
        run = {"experiment": top["experiment"], "model": {}, "training": {}} | more.pop("run", {})
        path = write_scores(f"{name}-seed{seed}", 0.5, 0.6, seed=seed, top=top, run=run, **more)
        labels = np.random.default_rng(0).choice(3, (n_days, 80), p=[0.6, 0.1, 0.3])
        noise = np.random.default_rng([seed, *name.encode()]).normal(size=(n_days, 80, 3))
        scores = torch.as_tensor(skill * np.eye(3)[labels] + noise).softmax(-1)
        days = Days.of(24 * np.arange(n_days), np.zeros(n_days))
        tally = Tally(3, np.linspace(1, 2, 80), days=days)
        tally.update(scores, torch.as_tensor(labels))
        tally.save(path.with_name("histograms.nc"))
        return path

    return network


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a table: csv, rows of the Markdown in order, its text."""

    def write(name, files):
        write_table(name, files, tmp_path / name)
        csv = pd.read_csv(tmp_path / f"{name}.csv")
        text = (tmp_path / f"{name}.md").read_text(encoding="utf-8")
        return csv, rows_of(text), text

    return write


def test_csv_is_read_back_as_it_was(network, tmp_path):
    files = [network("a", seed) for seed in (0, 1)] + [network("b", skill=2)]
    for name in [*(row.name for row in tables_of([{"experiment": "a"}])), "differences"]:
        table = write_table(name, files, tmp_path / name)
        csv = pd.read_csv(tmp_path / f"{name}.csv")
        assert list(csv) == list(table) and len(csv) == len(table)
        for column in table:
            ours, read = table[column], csv[column]
            if pd.api.types.is_numeric_dtype(read):
                np.testing.assert_array_equal(ours.astype(float), read.astype(float))
            else:
                assert ours.fillna("").astype(str).tolist() == read.fillna("").astype(str).tolist()


def test_columns_are_in_the_order_of_the_paper(network, write):
    csv, (row, *_), _ = write("accuracy", [network("a", 0), network("a", 1)])
    assert list(row) == ["experiment", "TC", "AR", "BG", "mean", "seeds"]
    assert row["seeds"] == "2" and row["TC"] == "90.0 ± 0.0"
    assert csv["accuracy_tc"][0] == pytest.approx(0.9)


def test_intervals_stand_beside_scores_with_their_blocks(network, write):
    files = [network("a", 0), network("a", 1)]
    csv, (row, *_), text = write("average_precision", files)
    tallies = [Tally.load(path.with_name("histograms.nc")) for path in files]
    for score, title in (("mean_average_precision", "mean"), ("average_precision_tc", "TC")):
        expected = interval(tallies, score)
        assert csv[f"{score}_low"][0] == pytest.approx(expected.low)
        assert csv[f"{score}_high"][0] == pytest.approx(expected.high)
        cell = f"[{100 * expected.low:.1f}, {100 * expected.high:.1f}]"
        assert row[f"{title}, 95 %"] == cell
        assert csv[f"{score}_blocks"][0] == expected.blocks
        assert csv[f"{score}_block_days"][0] == expected.block_days
    assert "other days of the same climate and other seeds" in text
    told = [
        csv[f"{score.column}_{name}"] for name in ("block_days", "blocks") for score in PRECISIONS
    ]
    spans = [{min(map(min, each)), max(map(max, each))} for each in (told[:3], told[3:])]
    found = re.search(r"in blocks of ([\d–]+) days \(([\d–]+) blocks\)", text)
    assert [set(map(int, each.split("–"))) for each in found.groups()] == spans
    _, _, alone = write("average_precision", files[:1])
    assert "other days of the same climate," in alone


def test_the_length_of_blocks_is_the_studys_to_set(network, write):
    settings = {"evaluation": {"bootstrap_days": 3}}
    files = [network(name, **settings) for name in "ab"]
    csv, _, text = write("average_precision", files)
    assert (
        set(csv["mean_average_precision_block_days"].dropna()) == {3}
        and "blocks of 3 days (16 blocks)" in text
    )
    csv, _, text = write("differences", files)
    assert set(csv["mean_average_precision_block_days"].dropna()) == {3}
    assert "blocks of 3 days (16 blocks)" in text


def test_too_few_days_are_told_and_have_no_interval(network, write):
    files = [network(name, n_days=6) for name in "ab"]
    csv, (row, *_), text = write("average_precision", files)
    assert row["mean, 95 %"] == "too short" and "Too short: fewer than 8 blocks" in text
    assert csv["mean_average_precision_low"].isna().all()
    assert csv["mean_average_precision"].notna().all()
    _, (row,), text = write("differences", files)
    assert row["mean AP, 95 %"] == "too short" and not row["mean AP"].startswith("**")
    assert "Too short: fewer than 8 blocks" in text


def test_shares_of_events_have_intervals_by_storms(network, write):
    generator, counts = np.random.default_rng(0), {}
    for side, part in (("true", "hits"), ("predicted", "false_alarms")):
        counts[side] = generator.integers(1, 9, 48)
        counts[part] = generator.binomial(counts[side], 0.7)
    of_class = {key: values.tolist() for key, values in counts.items()}
    events = {
        name: {"true": 5, "hit_rate": 0.7, "false_alarm_ratio": 0.7, "by_first_day": of_class}
        for name in ("TC", "AR")
    }
    csv, (row, *_), text = write("events", [network("a", top={"events": events})])
    days = Days.of(24 * np.arange(48), np.zeros(48))
    expected = interval_of_share(counts["hits"][None], counts["true"][None], days)
    assert csv["hit_rate_tc_low"][0] == pytest.approx(expected.low)
    assert row["TCs found, 95 %"] == f"[{100 * expected.low:.1f}, {100 * expected.high:.1f}]"
    assert "All events of one storm count on its first day" in text


def test_files_of_older_versions_have_no_interval(write_scores, histograms_file, write):
    """Histograms without days, and scores without histograms."""
    files = [write_scores("net-seed0", 0.5, 0.5), write_scores("bare-seed0", 0.5, 0.5)]
    csv, rows, _ = write("average_precision", files)
    assert [row["mean, 95 %"] for row in rows] == [ABSENT, ABSENT]
    assert csv["mean_average_precision_low"].isna().all()
    _, rows, _ = write("size_and_speed", files)
    for title in ("inference (ms per map)", "batch", "threads", "peak memory (MB)"):
        assert rows[0][title] == ABSENT
    _, rows, _ = write("differences", files)
    assert rows[0]["mean AP"] == rows[0]["mean AP, 95 %"] == ABSENT


def test_what_a_network_costs(network, write):
    files = [
        network(
            "a", seed, seconds=100.0 + 20 * seed, inference_ms_per_map=4.0 + seed,
            inference_batch=16, threads=2, peak_memory_mb=900.0, evaluation_device="cpu",
        )
        for seed in (0, 1)
    ]  # fmt: skip
    csv, (row, *_), _ = write("size_and_speed", files)
    assert row["inference (ms per map)"] == "4.5 ± 0.7"
    assert row["training"] == "110.0 ± 14.1 s"
    assert (row["batch"], row["threads"], row["inference on"]) == ("16", "2", "cpu")
    assert row["peak memory (MB)"] == "900 ± 0"
    assert row["parameters"].replace("\N{NO-BREAK SPACE}", "") == "12345"
    assert csv["training_seconds"][0] == 110


def test_baselines_cost_nothing_that_is_told(network, write_scores, write):
    files = [network("a"), write_scores("logistic", 0.1, 0.1, kind="baseline", seed=None)]
    _, rows, _ = write("size_and_speed", files)
    assert [row["experiment"] for row in rows] == ["a"]


def test_times_and_points_are_readable():
    assert duration(90) == "90.0 s" and duration(np.nan) == ABSENT
    assert duration(600, 60) == "10.0 ± 1.0 min" and duration(13 * 3600) == "13.0 h"
    assert points(-0.0123) == "−1.2" and points(0.0123) == "+1.2"
    assert points(-0.0001) == "0.0" and points(np.nan) == ABSENT


def test_differences_are_paired_and_signed(network, write):
    better = [network("better", seed, skill=3.0) for seed in (0, 1)]
    worse = [network("worse", 0, skill=0.5)]
    csv, (row,), _ = write("differences", [*better, *worse])
    tallies = [[Tally.load(p.with_name("histograms.nc")) for p in each] for each in (better, worse)]
    expected = difference(*tallies)
    assert (row["first"], row["second"], row["seeds"]) == ("better", "worse", "2 / 1")
    assert csv["mean_average_precision"][0] == pytest.approx(expected.estimate)
    assert csv["mean_average_precision_low"][0] == pytest.approx(expected.low)
    assert row["mean AP"] == f"**+{100 * expected.estimate:.1f}**"  # it does not contain 0
    csv, (row,), _ = write("differences", [*worse, *better])
    assert csv["mean_average_precision"][0] == pytest.approx(-expected.estimate)
    assert row["mean AP"].startswith("**−")


def test_only_networks_on_the_same_test_maps_are_paired(network, write_scores, write):
    one, other = network("a"), network("b", test_maps=6)
    baseline = write_scores("logistic", 0.1, 0.1, kind="baseline", seed=None)
    for files in ([one, other], [one, baseline], [one, network("a", 1)]):
        with pytest.raises(UserError, match="no two networks on the same test maps"):
            write("differences", files)


def on(sampling=None, split=None):
    return {"sampling_name": sampling, "split_name": split}


def test_samplings_are_compared_by_area(network, write):
    files = [
        network(f"{name}-{sampling}", sampling=f"{sampling} (12 vertices)", top=on(sampling))
        for name, sampling in itertools.product("ab", ("ico", "grid"))
    ]
    csv, rows, text = write("samplings_compared", files)
    assert [(row["experiment"], row["sampling"]) for row in rows] == [
        ("a", "ico"), ("a", "grid"), ("b", "ico"), ("b", "grid")
    ]  # fmt: skip
    assert rows[0]["mean AP by area"] == "27.5" and "AP TC" not in rows[0]
    assert csv["area_average_precision_ar"][0] == pytest.approx(0.3)
    assert "ico is ico (12 vertices)" in text
    _, rows, _ = write("differences", files)
    assert [(row["first"], row["second"], row["counted by"]) for row in rows] == [
        ("a on ico", "a on grid", "area"),
        ("a on ico", "b on ico", "vertex"),
        ("a on grid", "b on grid", "vertex"),
        ("b on ico", "b on grid", "area"),
    ]
    assert not [title for title in csv if "common" in title] and "common" not in text
    with pytest.raises(UserError, match="one sampling"):
        write("samplings_compared", files[:1])


def test_samplings_are_compared_on_the_common_one(network, write):
    def scored(name, sampling, ap):
        classes = {name: {"average_precision": ap} for name in ("TC", "AR")}
        common = {"sampling": "ico", "classes": classes, "mean_average_precision": ap}
        return network(f"{name}-{sampling}", top={**on(sampling), "on_common": common})

    old = network("b-grid", top=on("grid"))
    csv, rows, text = write("samplings_compared", [scored("a", "ico", 0.5), old])
    titles = [title for title in rows[0] if "common" in title]
    assert titles == ["mean AP on common", "AP TC on common", "AP AR on common"]
    assert [[row[title] for title in titles] for row in rows] == [["50.0"] * 3, ["–"] * 3]
    assert csv["common_mean_average_precision"][0] == 0.5
    assert "On common: probabilities interpolated to ico, and" in text


def test_networks_in_time_are_compared(network, write):
    files = [
        network(name, run={"model": {"temporal": temporal}})
        for name, temporal in (("static", "none"), ("past", "lstm"))
    ]
    _, rows, _ = write("temporal_compared", files)
    assert [row["sees"] for row in rows] == ["last map only", "lstm"]
    with pytest.raises(UserError, match="static and temporal"):
        write("temporal_compared", files[1:])


def test_the_gain_by_weights_stands_below(network, write):
    weighted = {"training": {"class_weights": "balanced"}}
    classes = {name: {"average_precision": 0.3, "accuracy": 0.95} for name in ("BG", "TC", "AR")}
    top = {"mean_average_precision": 0.3, "classes": classes, "mean_accuracy": 0.95}
    files = [network("heavy", run=weighted, top=top), network("plain"), network("plain", 1)]
    csv, rows, _ = write("weighting_compared", files)
    assert [row["experiment"] for row in rows] == ["plain", "heavy", "difference"]
    assert [row["class weights"] for row in rows] == ["none", "balanced", ""]
    assert rows[2]["mean AP"] == "−25.0" and rows[2]["recall TC"] == "+5.0"
    assert csv["mean_average_precision_difference"].tolist()[1] == pytest.approx(-0.25)
    assert pd.isna(csv["mean_average_precision_difference"][0])
    with pytest.raises(UserError, match="class weights"):
        write("weighting_compared", files[1:])


def test_leakage_has_a_price(network, write):
    def scored(split, mean, leakage):
        top = {**on(split=split), "mean_average_precision": mean}
        shares = {"3h": leakage, "24h": leakage + 1}
        return network(f"a-{split}", top=top, split=f"split {split}", leakage_percent=shares)

    files = [scored("random", 0.8, 95.0), scored("blocked", 0.6, 0.0)]
    csv, rows, text = write("leakage_cost", files)
    assert [row["experiment"] for row in rows] == ["a", "a", "difference"]
    assert [row["split"] for row in rows] == ["blocked", "random", ""]
    assert [row["leakage 3h (%)"] for row in rows] == ["0.0", "95.0", ""]
    assert rows[2]["mean AP"] == "+20.0"
    assert csv["split_name"].tolist() == ["blocked", "random"]
    assert "random 95.0 / 96.0; blocked 0.0 / 1.0 %" in text or (
        "blocked 0.0 / 1.0; random 95.0 / 96.0 %" in text
    )
    assert "blocked is split blocked" in text
    csv, rows, _ = write("scores", files)  # and they are rows of their own
    assert [(row["experiment"], row["split"]) for row in rows] == [
        ("a", "random"),
        ("a", "blocked"),
    ]
