"""The tables say what the score files say, no more and no less."""

import re

import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.tables.forms import write_table
from tests.reporting.tables.conftest import rows_of


def write(tmp_path, files, table="scores"):
    write_table(table, files, tmp_path / table)
    texts = [(tmp_path / f"{table}.{form}").read_text(encoding="utf-8") for form in ("md", "html")]
    return pd.read_csv(tmp_path / f"{table}.csv"), *texts


def cells(markdown, experiment):
    return next(row for row in rows_of(markdown) if row["experiment"] == experiment)


def test_one_row_per_experiment_with_mean_and_sample_deviation(tmp_path, write_scores):
    files = [
        write_scores("climatology", 0.01, 0.02, kind="baseline", seed=None),
        write_scores("net-seed0", 0.5, 0.8, seed=0),
        write_scores("net-seed1", 0.6, 0.8, seed=1),
        write_scores("other-seed0", 0.25, 0.35),
    ]
    csv, markdown, html = write(tmp_path, files)
    assert csv["experiment"].tolist() == ["net", "other", "climatology"]
    assert csv["kind"].tolist() == ["network", "network", "baseline"]
    net, other, baseline = (row for _, row in csv.iterrows())
    assert net["average_precision_tc"] == pytest.approx(0.55)
    assert net["average_precision_tc_sd"] == pytest.approx(0.1 / 2**0.5)
    assert net["mean_average_precision"] == pytest.approx(0.675)
    assert net["area_mean_average_precision"] == pytest.approx(0.3375)
    assert net["area_average_precision_tc"] == pytest.approx(0.275)
    assert net["area_average_precision_tc_sd"] == pytest.approx(0.05 / 2**0.5)
    assert net["seeds"] == 2
    assert other["average_precision_ar"] == 0.35
    assert pd.isna(other["average_precision_ar_sd"])
    assert pd.isna(baseline["parameters"]) and pd.isna(baseline["seeds"])
    shown = cells(markdown, "net")
    assert shown["AP TC"] == "55.0 ± 7.1"
    assert shown["AP AR"] == "80.0 ± 0.0"
    assert shown["AP TC by area"] == "27.5 ± 3.5"
    assert "by area" in markdown.splitlines()[-1]
    assert shown["epochs"] == "30"
    assert cells(markdown, "other")["AP TC"] == "25.0"
    assert cells(markdown, "climatology (baseline)")["parameters"] == "–"
    assert ">55.0 ± 7.1</td>" in html
    assert re.search('<td class="[^"]* baseline first" ?>climatology', html)


def test_undefined_scores_are_a_dash_never_zero(tmp_path, write_scores):
    files = [write_scores("net-seed0", None, 0.5), write_scores("net-seed1", 0.4, 0.5, seed=1)]
    csv, markdown, _ = write(tmp_path, files)
    assert pd.isna(csv["average_precision_tc"][0])
    shown = cells(markdown, "net")
    assert shown["AP TC"] == shown["mean AP"] == shown["IoU TC"] == "–"
    assert shown["AP AR"] == "50.0 ± 0.0"


def test_caption_tells_where_the_numbers_come_from(tmp_path, write_scores):
    _, markdown, html = write(tmp_path, [write_scores("net-seed3", 0.5, 0.5, seed=3)])
    for fact in (
        "synthetic twin",
        "icosahedral level 5",
        "by_year",
        "10 / 5 / 7",
        "within 3h / 6h / 24h: 1.5 / 2.5 / 3.5 %",
        "Seeds: 3.",
        "Epochs: 30.",
        "abc1234",
    ):
        assert fact in markdown
        assert fact in html


def test_what_differs_between_rows_gets_a_column(tmp_path, write_scores):
    files = [
        write_scores("a-seed0", 0.5, 0.5, sampling="level 4"),
        write_scores("b-seed0", 0.5, 0.5, sampling="level 5"),
    ]
    csv, markdown, _ = write(tmp_path, files)
    assert csv["sampling"].tolist() == ["level 4", "level 5"]
    assert cells(markdown, "a")["sampling"] == "level 4"
    assert "Sampling:" not in markdown


def test_samplings_that_the_user_named_are_rows_of_their_own(tmp_path, write_scores):
    files = []
    for name, vertices in (("ico", 2562), ("pixels", 3072)):
        for seed in (0, 1):
            run, names = f"net-{name}-seed{seed}", {"experiment": "net", "sampling_name": name}
            files.append(write_scores(run, 0.5, 0.5, seed=seed, top=names, sampling=vertices))
    csv, markdown, _ = write(tmp_path, files)
    assert csv["sampling_name"].tolist() == ["ico", "pixels"]
    assert csv["sampling"].tolist() == [2562, 3072]
    assert csv["seeds"].tolist() == [2, 2]
    assert re.findall(r"^\| net +\| (\w+)", markdown, re.MULTILINE) == ["ico", "pixels"]
    assert "Samplings: ico is 2562; pixels is 3072." in markdown


def test_splits_that_the_user_named_are_rows_of_their_own(tmp_path, write_scores):
    files = []
    splits = {"drawn": ("random by map", 30, 97.5), "apart": ("blocks of 10 d", 28, 0.0)}
    for kind in ("network", "baseline"):
        for name, (words, n_test, share) in splits.items():
            run, names = f"{kind}-{name}-seed0", {"experiment": kind, "split_name": name}
            told = {"split": words, "test_maps": n_test}
            told["leakage_percent"] = {"3h": share, "24h": share}
            files.append(write_scores(run, 0.5, 0.5, kind=kind, top=names, **told))
    csv, markdown, _ = write(tmp_path, files)
    assert list(csv)[:4] == ["experiment", "split_name", "kind", "split"]
    assert csv["split_name"].tolist() == ["drawn", "apart"] * 2
    assert re.findall(r"^\| network +\| (\w+)", markdown, re.MULTILINE) == ["drawn", "apart"]
    for sentence in (
        "Splits: drawn is random by map; apart is blocks of 10 d.",
        "training / validation / test: drawn 10 / 5 / 30; apart 10 / 5 / 28.",
        "within 3h / 24h: drawn 97.5 / 97.5; apart 0.0 / 0.0 %.",
    ):
        assert sentence in markdown


def test_rows_of_samplings_and_splits_are_their_products(tmp_path, write_scores):
    files = []
    for sampling in ("ico", "pixels"):
        for split in ("drawn", "apart"):
            names = {"experiment": "net", "sampling_name": sampling, "split_name": split}
            run = f"net-{sampling}-{split}-seed0"
            files.append(write_scores(run, 0.5, 0.5, top=names, split=split))
    csv, _, _ = write(tmp_path, files)
    assert csv["sampling_name"].tolist() == ["ico", "ico", "pixels", "pixels"]
    assert csv["split_name"].tolist() == ["drawn", "apart"] * 2


def test_windows_are_told_with_what_they_leave_out(tmp_path, write_scores):
    window = {"sequence_length": 3, "step_hours": 12, "prediction_shift": 0}
    counts = {"test_windows": 5, "test_maps_without_window": 2}
    single = write_scores(
        "plain-seed0", 0.5, 0.7, window={**window, "sequence_length": 1}, **counts
    )
    assert "Windows" not in write(tmp_path, [single])[1]
    past = write_scores("past-seed0", 0.5, 0.7, window=window, **counts)
    sentence = "Windows: 3 maps every 12 h; 5 in the test part, whose other 2 maps end none."
    assert sentence in write(tmp_path, [past])[1]
    ahead = write_scores("a-seed0", 0.5, 0.7, window={**window, "prediction_shift": 2}, **counts)
    assert "every 12 h, labels 24 h after the last one; 5" in write(tmp_path, [ahead])[1]


def test_names_cannot_break_the_page(tmp_path, write_scores):
    _, markdown, html = write(tmp_path, [write_scores("a<b", 0.5, 0.5, data="x | <script>")])
    assert "<script>" not in html and "a&lt;b" in html
    assert cells(markdown, "a<b")["AP TC"] == "50.0"


def test_bad_input_is_told(tmp_path):
    with pytest.raises(UserError, match="at least one"):
        write(tmp_path, [])
    (tmp_path / "scores.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UserError, match="it lacks run"):
        write(tmp_path, [tmp_path / "scores.json"])
    with pytest.raises(UserError, match=r"missing\.json"):
        write(tmp_path, [tmp_path / "missing.json"])
