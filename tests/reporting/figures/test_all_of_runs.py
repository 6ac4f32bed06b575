"""What all figures of histograms do with little, incomplete and missing files."""

import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.calibration import reliability_curves
from deepsphere_pipe.reporting.figures.comparison import score_comparison
from deepsphere_pipe.reporting.figures.confusion import confusion_matrices
from deepsphere_pipe.reporting.figures.cost import score_against_cost
from deepsphere_pipe.reporting.figures.latitude import scores_by_latitude
from deepsphere_pipe.reporting.runs import read_experiments
from tests.reporting.figures.conftest import drawn, panels_of, texts_of

DRAWS = {
    "confusion": confusion_matrices,
    "calibration": reliability_curves,
    "latitude": scores_by_latitude,
    "comparison": score_comparison,
    "cost": score_against_cost,
}


def test_several_splits_are_told_apart(study):
    files = study("net-drawn-seed0", experiment="net", split_name="drawn")
    files |= study("net-apart-seed0", experiment="net", split_name="apart")
    experiments = read_experiments(files.values())
    assert [each.legend for each in experiments] == ["net, drawn", "net, apart"]


@pytest.mark.parametrize("figure", DRAWS)
@pytest.mark.parametrize("width", [3.5, 8.0])
def test_one_run_and_any_width_will_do(study, figure, width):
    figure = drawn(DRAWS[figure], study("net-seed0", skill=0.2), {"width_inches": width})
    box = figure.get_tightbbox()
    assert box.x0 >= -0.02 and box.x1 <= figure.get_figwidth() + 0.02
    assert box.y0 >= -0.02 and box.y1 <= figure.get_figheight() + 0.02


@pytest.mark.parametrize("figure", DRAWS)
def test_an_absent_class_is_said_not_drawn(study, figure):
    files = study("net-seed0", classes=(0, 2)) | study("other-seed0", 1, classes=(0, 2))
    words = [text for axes in panels_of(drawn(DRAWS[figure], files)) for text in texts_of(axes)]
    expected = {
        "confusion": "–",
        "calibration": "no TC in the test part",
        "latitude": "no TC in the test part",
        "comparison": "not defined",
        "cost": "AP not defined",
    }
    assert expected[figure] in words


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("calibration", "not recorded: evaluate again"),
        ("latitude", "not recorded: evaluate again"),
        ("cost", "not recorded"),
    ],
)
def test_files_of_an_older_version_are_told(study, figure, words):
    shown = drawn(DRAWS[figure], study("net-seed0", complete=False))
    assert words in [text for axes in panels_of(shown) for text in texts_of(axes)]


@pytest.mark.parametrize("figure", DRAWS)
def test_missing_files_are_told(tmp_path, figure):
    with pytest.raises(UserError, match=r"net-seed0/histograms\.nc"):
        DRAWS[figure]([tmp_path / "net-seed0/histograms.nc"], tmp_path / "a")
