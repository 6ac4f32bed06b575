"""A small network, and fields for it."""

import pytest

from tests.data.fields.climate import plain
from tests.prediction.models import save_model


@pytest.fixture
def model(tmp_path):
    return save_model(tmp_path / "run", seed=1)[0]


@pytest.fixture
def fields(tmp_path):
    """A file of three maps on a grid of ten degrees."""
    path = tmp_path / "fields.nc"
    plain().to_netcdf(path)
    return path
