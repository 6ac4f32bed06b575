"""What runs left on disk is read once, and seeds of one experiment belong together."""

import shutil

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.intervals import difference_of, interval_of
from deepsphere_pipe.reporting.runs import read_experiments


def of(sampling=None, split=None, experiment="net"):
    return {"experiment": experiment, "sampling_name": sampling, "split_name": split}


def test_seeds_are_one_experiment_and_baselines_come_last(write_scores):
    files = [
        write_scores("frequency", 0.1, 0.1, kind="baseline", seed=None),
        write_scores("net-seed0", 0.5, 0.5),
        write_scores("other-seed0", 0.5, 0.5),
        write_scores("net-seed1", 0.7, None, seed=1),
    ]
    experiments = read_experiments(files)
    assert [each.name for each in experiments] == ["net", "other", "frequency"]
    assert [each.n_seeds for each in experiments] == [2, 1, None]
    assert [each.is_baseline for each in experiments] == [False, False, True]
    assert [run.name for run in experiments[0].runs] == ["net-seed0", "net-seed1"]
    values = experiments[0].values("classes", "TC", "average_precision")
    np.testing.assert_array_equal(values, [0.5, 0.7])
    assert np.isnan(experiments[0].values("classes", "AR", "average_precision")[1])
    assert experiments[0].distinct("provenance", "device") == ["cpu"]


def test_samplings_and_splits_are_experiments_of_their_own(write_scores):
    places = [("ico", "drawn"), ("ico", "apart"), ("grid", "drawn")]
    files = [
        write_scores(f"net-{sampling}-{split}-seed0", 0.5, 0.5, top=of(sampling, split))
        for sampling, split in places
    ]
    experiments = read_experiments(files)
    assert [(each.sampling_name, each.split_name) for each in experiments] == places
    assert [each.legend for each in experiments] == [
        "net, ico, drawn", "net, ico, apart", "net, grid, drawn"
    ]  # fmt: skip


def test_what_was_not_scored_is_named_by_its_folder(tmp_path):
    files = [tmp_path / f"net-ico-seed{seed}/history.csv" for seed in (0, 1)]
    columns = ("epoch", "train_loss", "validation_loss", "validation_mean_ap")
    for number, path in enumerate(files):
        path.parent.mkdir()
        pd.DataFrame([dict.fromkeys(columns, number)]).to_csv(path)
    (experiment,) = read_experiments(files)
    assert experiment.legend == "net, ico" and not experiment.is_baseline
    assert [history["epoch"][0] for history in experiment.histories] == [0, 1]


def test_seeds_of_which_only_some_are_scored_yet_are_one_experiment(tmp_path, write_scores):
    scored = write_scores("net-ico-seed0", 0.5, 0.5, top=of("ico"))
    files = [scored, tmp_path / "runs/net-ico-seed1/history.csv"]
    (experiment,) = read_experiments([path.with_name("history.csv") for path in files])
    assert experiment.legend == "net, ico" and len(experiment.runs) == 2


def test_histograms_are_read_if_all_seeds_have_them(write_scores, histograms_file):
    files = [write_scores("net-seed0", 0.5, 0.5), write_scores("net-seed1", 0.5, 0.5, seed=1)]
    (experiment,) = read_experiments(files)
    assert not experiment.has_tallies
    with pytest.raises(UserError, match=r"net-seed1/histograms\.nc"):
        _ = experiment.tallies
    shutil.copy(histograms_file, files[1].parent)
    assert experiment.has_tallies
    expected = Tally.load(histograms_file).per_vertex.average_precision()[1:].mean()
    for tally in experiment.tallies:
        assert tally.per_vertex.average_precision()[1:].mean() == expected
    found = interval_of(experiment, "mean_average_precision")  # the file has no days
    assert found.estimate == pytest.approx(expected) and np.isnan([found.low, found.high]).all()
    assert np.isnan(difference_of(experiment, experiment, "mean_average_precision").estimate)


def test_files_that_are_none_are_told(tmp_path):
    with pytest.raises(UserError, match="at least one run"):
        read_experiments([])
    with pytest.raises(UserError, match=r"missing/scores\.json cannot be read"):
        read_experiments([tmp_path / "missing/scores.json"])
