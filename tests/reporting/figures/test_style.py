"""Figures come out as PNG and PDF, equal for equal input; their settings are checked."""

import matplotlib.image
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.precision_recall import precision_recall_curves
from deepsphere_pipe.reporting.figures.style import FigureSettings
from deepsphere_pipe.reporting.figures.training_curves import training_curves
from deepsphere_pipe.reporting.maps.snapshot import truth_and_prediction


@pytest.fixture
def draw(history_file, histograms_file, predictions_file, write_scores):
    """Return a function that draws one of the figures."""
    write_scores("net-seed0", 0.5, 0.5)

    def draw(figure, stem, settings=None):
        if figure == "training":
            training_curves([history_file], stem, settings)
        elif figure == "precision_recall":
            precision_recall_curves([histograms_file], stem, settings)
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


def test_settings_are_checked():
    with pytest.raises(UserError, match="unknown key 'colour'; allowed here"):
        FigureSettings.of({"colour": "red"})
    with pytest.raises(UserError, match="a colour for each of BG, TC, AR"):
        FigureSettings.of({"colours": {"BG": "#ffffff", "TC": "#ff0000"}})
