import pytest

from tests.training.small import SAMPLING, SPHERE, write_noise


@pytest.fixture(scope="package")
def store_path(tmp_path_factory):
    return write_noise(tmp_path_factory.mktemp("store") / "maps.nc", SAMPLING, SPHERE)
