"""The figure of power spectra: what it shows, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from deepsphere_pipe.errors import UserError
from deepsphere_pipe.reporting.figures.power_spectra import power_spectra_figure


@pytest.fixture
def table():
    degree = np.arange(40)
    rows = [
        pd.DataFrame(
            {
                **{"data": data, "snapshots": 5, "channel": channel, "units": "K"},
                **{"degree": degree, "power": factor / (degree + 1.0) ** 3},
            }
        )
        for data, factor in (("ours", 2), ("theirs", 1))
        for channel in ("PSL", "TREFHT")
    ]
    return pd.concat(rows)


def test_it_is_drawn(table, tmp_path):
    table.to_csv(tmp_path / "a.csv", index=False)
    power_spectra_figure(tmp_path / "a.csv", tmp_path / "figure")
    with Image.open(tmp_path / "figure.png") as image:
        assert image.size == (1200, 690)
    assert (tmp_path / "figure.pdf").stat().st_size > 5000


def test_other_tables_are_refused(table, tmp_path):
    path = tmp_path / "a.csv"
    one, damaged = table[table["data"] == "ours"], table.assign(power=np.nan)
    of_two, lacks = "holds no power spectra of two kinds", "it lacks the column power; make it"
    for wrong, words in ((one, of_two), (damaged, of_two), (table.drop(columns="power"), lacks)):
        wrong.to_csv(path, index=False)
        with pytest.raises(UserError, match=words):
            power_spectra_figure(path, tmp_path / "figure")
    with pytest.raises(UserError, match="cannot be read"):
        power_spectra_figure(tmp_path / "absent.csv", tmp_path / "figure")
