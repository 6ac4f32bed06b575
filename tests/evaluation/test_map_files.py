"""Other tools find in a file of predictions where its values lie and what they are."""

import cf_xarray  # noqa: F401 gives data sets what their CF attributes say
import numpy as np
import pytest
import torch
import xarray as xr

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.evaluation.evaluate import write_predictions
from tests.training.small import CPU, SAMPLING, SPHERE, loaders, run_config, write_noise


@pytest.fixture(scope="module")
def predictions(tmp_path_factory):
    """Predictions of three maps by a network that was never trained."""
    folder = tmp_path_factory.mktemp("predictions")
    _, _, maps = loaders(write_noise(folder / "maps.nc", SAMPLING, SPHERE), run_config())
    torch.manual_seed(0)
    network = torch.nn.Linear(2, len(CLASSES))
    maps = maps.labelled_by(maps.indices[:3])
    write_predictions(folder / "a.nc", network, maps, CPU, SPHERE.levels[0], "net-seed0")
    with xr.open_dataset(folder / "a.nc", decode_coords="all") as file:
        return file.load(), folder / "maps.nc"


def test_the_file_says_where_the_vertices_are(predictions):
    file, _ = predictions
    assert file.attrs["Conventions"] == "CF-1.12" and file.attrs["title"]
    for name in ("longitude", "latitude"):
        np.testing.assert_array_equal(file["probability"].cf[name], getattr(SAMPLING, name))
    np.testing.assert_array_equal(file["probability"].cf["area"], SAMPLING.areas)
    assert file.cf["cell_area"].attrs["units"] == "sr"
    mesh = file[file["truth"].attrs["mesh"]]
    assert mesh.attrs["cf_role"] == "mesh_topology" and file["truth"].attrs["location"] == "node"
    np.testing.assert_array_equal(file[mesh.attrs["face_node_connectivity"]], SAMPLING.faces)


def test_the_file_says_what_the_values_are(predictions):
    file, store_path = predictions
    with Store(store_path) as store:
        indices = [store.times.tolist().index(time) for time in file.cf["time"].values]
        truth = np.array([store.labels(i) for i in indices])
        np.testing.assert_array_equal(file.cf["realization"], store.runs[indices])
    np.testing.assert_array_equal(file["truth"], truth)
    np.testing.assert_array_equal(file["truth"].cf == "AR", truth == CLASSES.index("AR"))
    moisture = file.cf["atmosphere_mass_content_of_water_vapor"]
    assert moisture.name == "tmq" and moisture.attrs["units"] == "kg m-2"
    np.testing.assert_allclose(file["probability"].sum("class"), 1, rtol=1e-6)
    assert file["probability"].sel({"class": "TC"}).dims == ("map", "vertex")
