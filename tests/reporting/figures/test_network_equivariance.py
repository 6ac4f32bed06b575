"""The figure of turned maps."""

import numpy as np
import pandas as pd

from deepsphere_pipe.reporting.figures.network_equivariance import equivariance_of_networks
from tests.reporting.figures.conftest import drawn, texts_of


def rotations(files, changed, precision=0.6):
    for path in files.values():
        table = pd.DataFrame({
            "average_precision_tc": precision, "average_precision_ar": precision,
            "changed_share": changed, "maps": 32,
        })  # fmt: skip
        table.to_csv(path.with_name("rotations.csv"), index_label="rotation")
    return files


def test_every_network_is_a_row_with_its_greatest_share(study):
    files = rotations(study("even-seed0") | study("even-seed1", 1), [0.0, 0.0, 0.0])
    files |= rotations(study("uneven-seed0", 2), [0.0, 0.2134, 0.1], [0.6, 0.5, 0.4])
    files |= rotations(study("still-seed0", 3), [0.0])
    figure = drawn(equivariance_of_networks, files)
    tc, _, changed = figure.axes
    assert [label.get_text() for label in tc.get_yticklabels()] == ["even", "uneven", "still"]
    assert texts_of(changed) == ["0", "21.3", "no rotation"]
    unturned = [line.get_xdata()[0] for line in tc.get_lines() if line.get_marker() == "o"]
    assert unturned == [60.0] * 4
    turned = [sorted(line.get_xdata()) for line in tc.get_lines() if line.get_marker() == "."]
    assert turned == [[60.0, 60.0], [60.0, 60.0], [40.0, 50.0], []]
    assert all(np.diff(axes.get_xlim()) >= 5 for axes in figure.axes)
    assert "32 test maps in 1–3 positions" in figure.get_supxlabel()
