"""Small networks with weights at random, in files as a training leaves them; maps for them."""

import numpy as np
import torch
import xarray as xr

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.config import RunConfig, parse
from deepsphere_pipe.data.statistics import Statistics, published_statistics
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.training.model_file import build_network
from deepsphere_pipe.training.model_record import ModelRecord, recipe_of, save_content
from tests.data.fields.climate import dataset

CHANNELS = ("TMQ", "PSL", "T500")
UNITS = {channel.name: channel.units for channel in cam5_channels()}


def save_model(
    folder, seed=0, sampling=None, channels=CHANNELS, hierarchy=None, statistics=None, **run
):
    """Write a network to a folder; return the folder, the network and its hierarchy."""
    content = {"experiment": "tiny", "seed": seed, "model": {"widths": [4, 6]}, **run}
    config = parse(RunConfig, content, "test")
    hierarchy = hierarchy or build_hierarchy(sampling or Icosahedral(2), config.model.depth)
    torch.manual_seed(seed)
    network = build_network(config, hierarchy, len(channels)).eval()
    with torch.no_grad():  # as after a training: other batches than of mean 0, a classifier
        for parameter in network.parameters():
            parameter.normal_()
        for name, buffer in network.named_buffers():
            if "running" in name:
                buffer.uniform_(0.5, 1.5)
    mean, std = published_statistics(channels)
    statistics = statistics or Statistics(
        channels, tuple(mean.tolist()), tuple((0.2 * std).tolist()), (), 0
    )  # as `climate` varies
    record = ModelRecord(
        network.state_dict(), config, hierarchy.identifier, recipe_of(hierarchy), statistics, {}
    )
    save_content(folder / "model.pt", record.content())
    return folder, network, hierarchy


def many(n):
    """Return n maps every six hours."""
    times = np.datetime64("2020-01-01T00") + np.arange(n) * np.timedelta64(6, "h")
    variables = {name: (name, 1, 0, {"units": UNITS[name]}) for name in CHANNELS}
    one = dataset(variables, time=[str(t) for t in times[:1]])
    return xr.concat([one.assign_coords(time=[t]) for t in times], "time", data_vars="minimal")
