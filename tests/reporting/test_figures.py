"""Figures come out as PNG and PDF, equal for equal input, and refuse what they cannot draw."""

import json

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import torch

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.figures import curves
from deepsphere_pipe.reporting.figures.curves import precision_recall_curves, training_curves
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.maps.snapshot import truth_and_prediction


@pytest.fixture
def history_file(tmp_path):
    columns = ("train_loss", "validation_loss", "learning_rate", "seconds")
    history = pd.DataFrame({"epoch": [1, 2, 3], **{name: [3.0, 2.0, 1.0] for name in columns}})
    for name in ("ap_tc", "ap_ar", "mean_ap"):
        history[f"validation_{name}"] = [None, 0.2, 0.1]
    history.to_csv(tmp_path / "history.csv", index=False)
    return tmp_path / "history.csv"


@pytest.fixture
def draw(history_file, histograms_file, predictions_file, write_scores):
    """Return a function that draws one of the figures."""
    write_scores("net-seed0", 0.5, 0.5)

    def draw(figure, stem, settings=None):
        if figure == "training":
            training_curves({"net-seed0": history_file, "b": history_file}, stem, settings)
        elif figure == "precision_recall":
            files = {"net-seed0": histograms_file, "net-seed1": histograms_file}
            precision_recall_curves(files, stem, settings)
        else:
            truth_and_prediction(predictions_file, stem, settings)

    return draw


@pytest.mark.parametrize("figure", ["training", "precision_recall", "map"])
def test_same_input_same_bytes_and_no_leftovers(tmp_path, draw, figure):
    settings = {"dpi": 600, "width_inches": 6.0}
    for folder in ("one", "two"):
        draw(figure, tmp_path / folder / "figure.v1", settings)
        names = sorted(path.name for path in (tmp_path / folder).iterdir())
        assert names == ["figure.v1.pdf", "figure.v1.png"]
    for suffix in ("png", "pdf"):
        one, two = (tmp_path / folder / f"figure.v1.{suffix}" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    image = matplotlib.image.imread(tmp_path / "one" / "figure.v1.png")
    assert 1500 <= image.shape[1] <= 1600
    assert image.std() > 0.05


@pytest.fixture
def drawn(monkeypatch):
    """Figures as they were before they were saved."""
    figures = []
    monkeypatch.setattr(curves, "save_figure", lambda figure, *_: figures.append(figure))
    return figures


def test_samplings_are_told_apart_and_share_the_lines_of_baselines(
    tmp_path, histograms_file, write_scores, drawn
):
    files = {
        f"net-{sampling}-seed{seed}": histograms_file
        for sampling in ("ico", "grid")
        for seed in (0, 1, 2)
    }
    for sampling in ("ico", "grid"):
        path = write_scores(f"logistic-{sampling}", 0.5, 0.5, kind="baseline", seed=None)
        content = json.loads(path.read_text(encoding="utf-8")) | {"experiment": "logistic"}
        path.write_text(json.dumps(content), encoding="utf-8")
        generator = np.random.default_rng(len(sampling))
        tally = Tally(3)
        scores = torch.from_numpy(generator.dirichlet([1, 1, 1], (5, 100)))
        tally.update(scores, torch.from_numpy(generator.integers(0, 3, (5, 100))))
        tally.save(path.with_name("histograms.nc"))
        files[f"logistic-{sampling}"] = path.with_name("histograms.nc")
    precision_recall_curves(files, tmp_path / "figure")
    for axes in drawn[0].axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [text.split(":")[0] for text in texts] == [
            "net, ico", "net, grid", "logistic", "share of all pixels"
        ]  # fmt: skip
        assert "± 0.0" in texts[0] and "–" in texts[2] and "–" in texts[3]
        labelled = [line for line in axes.get_lines() if not line.get_label().startswith("_")]
        assert labelled[0].get_color() != labelled[1].get_color()


def test_no_curve_leaves_the_panel(tmp_path, history_file, drawn):
    higher = pd.read_csv(history_file)
    higher["validation_ap_ar"] *= 3
    higher.to_csv(tmp_path / "higher.csv", index=False)
    files = {"net-ico-seed0": history_file, "net-grid-seed0": tmp_path / "higher.csv"}
    training_curves(files, tmp_path / "figure")
    titles = [axes.get_title(loc="left") for axes in drawn[0].axes]
    assert titles == ["net, ico", "", "net, grid", ""]
    for axes in drawn[0].axes:
        low, high = axes.get_ylim()
        for line in axes.get_lines():
            values = np.array(line.get_ydata(), float)
            assert low <= np.nanmin(values) and np.nanmax(values) <= high


def test_settings_are_checked():
    with pytest.raises(UserError, match="unknown figure setting 'colour'"):
        FigureSettings.of({"colour": "red"})
    with pytest.raises(UserError, match="lacks AR"):
        FigureSettings.of({"colours": {"BG": "w", "TC": "r"}})


def test_missing_files_are_told(tmp_path):
    with pytest.raises(UserError, match=r"missing\.nc"):
        truth_and_prediction(tmp_path / "missing.nc", tmp_path / "a")
    with pytest.raises(UserError, match=r"missing\.csv"):
        training_curves({"a": tmp_path / "missing.csv"}, tmp_path / "a")
    (tmp_path / "bad.csv").write_text("epoch\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match="train_loss"):
        training_curves({"a": tmp_path / "bad.csv"}, tmp_path / "a")
