"""The figure of training curves shows every epoch of every run."""

import numpy as np
import pandas as pd
import pytest

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.training_curves import training_curves


def test_no_curve_leaves_the_panel(tmp_path, history_file):
    higher = pd.read_csv(history_file)
    higher["validation_ap_ar"] *= 3
    higher.to_csv(tmp_path / "higher.csv", index=False)
    files = {"net-ico-seed0": history_file, "net-grid-seed0": tmp_path / "higher.csv"}
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
    with pytest.raises(UserError, match=r"missing\.csv"):
        training_curves({"a": tmp_path / "missing.csv"}, tmp_path / "a")
    (tmp_path / "bad.csv").write_text("epoch\n1\n", encoding="utf-8")
    with pytest.raises(UserError, match="train_loss"):
        training_curves({"a": tmp_path / "bad.csv"}, tmp_path / "a")
