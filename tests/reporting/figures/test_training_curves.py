"""The figure of training curves shows every epoch of every run."""

import shutil

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.training_curves import training_curves


def test_no_curve_leaves_the_panel(tmp_path, history_file):
    higher = pd.read_csv(history_file)
    higher["validation_ap_ar"] *= 3
    files = [tmp_path / f"net-{name}-seed0/history.csv" for name in ("ico", "grid")]
    for path in files:
        path.parent.mkdir()
    shutil.copy(history_file, files[0])
    higher.to_csv(files[1], index=False)
    figure = training_curves.figure(files)
    figure.draw_without_rendering()
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["net, ico", "", "net, grid", ""]
    for axes in figure.axes:
        low, high = axes.get_ylim()
        for line in axes.get_lines():
            values = np.array(line.get_ydata(), float)
            assert low <= np.nanmin(values) and np.nanmax(values) <= high


def test_missing_files_are_told(tmp_path):
    with pytest.raises(UserError, match=r"net-seed0/history\.csv"):
        training_curves([tmp_path / "net-seed0/history.csv"], tmp_path / "a")
    (tmp_path / "history.csv").write_text("epoch\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match="train_loss"):
        training_curves([tmp_path / "history.csv"], tmp_path / "a")
