"""Figures come out as PNG and PDF, equal for equal input, and refuse what they cannot draw."""

import matplotlib.image
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting import (
    FigureSettings,
    precision_recall_curves,
    training_curves,
    truth_and_prediction,
)


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


def test_colours_reach_the_map(tmp_path, draw):
    import numpy as np

    colours = {"AR": "#00ff00", "TC": "#ff0000", "BG": "#ffffff"}  # order must not matter
    draw("map", tmp_path / "map", {"colours": colours, "dpi": 60})
    image = matplotlib.image.imread(tmp_path / "map.png")[..., :3]
    truth = image[: image.shape[0] // 2, : image.shape[1] // 2]
    green = (truth[..., 1] > 0.8) & (truth[..., 0] < 0.3) & (truth[..., 2] < 0.3)
    red = (truth[..., 0] > 0.8) & (truth[..., 1] < 0.3) & (truth[..., 2] < 0.3)
    assert green.mean() > 0.02  # the band of AR
    assert np.flatnonzero(green.any(axis=1)).max() < truth.shape[0] / 2 + 10  # lies in the north
    assert not red.any()  # and the first map has no TC


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
    (tmp_path / "bad.csv").write_text("epoch\n1\n")
    with pytest.raises(UserError, match="train_loss"):
        training_curves({"a": tmp_path / "bad.csv"}, tmp_path / "a")
