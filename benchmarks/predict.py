"""Time `predict` from files to files: maps a second of networks of level 5, and the peak memory.

``python -m benchmarks.predict`` shows networks of level 5, with weights at random, snapshots of the
twin on a grid of one degree. ``--quarter-degree`` makes files of five channels at 0.25 degrees
instead, as a year of ERA5 has them, for the memory.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from deepsphere_pipe.channels import CHANNEL_NAMES, cam5_channels
from deepsphere_pipe.config import RunConfig, SyntheticConfig, parse
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import Icosahedral
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.training.model_file import build_network
from deepsphere_pipe.training.model_record import ModelRecord, recipe_of, save_content

NETWORKS = {
    "demo": {"widths": [16, 32, 64, 128, 128], "kernel_size": 3},
    "deepsphere": {"preset": "deepsphere", "kernel_size": 3},
}
SURFACE = ("TREFHT", "PSL", "UBOT", "VBOT", "PRECT")
QUARTER = (721, 1440)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=120)
    parser.add_argument("--quarter-degree", action="store_true")
    options = parser.parse_args()
    channels = SURFACE if options.quarter_degree else CHANNEL_NAMES
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        if options.quarter_degree:
            write_surface(here / "fields", options.maps)
        else:
            days = options.maps // 8
            twin = SyntheticConfig(
                n_lat=181, n_lon=360, years=(2106,), runs=(1,), days_per_year=days, missing_days=0.0
            )
            synthesize(twin, here / "fields", workers=2)
        print("network      maps/s  peak memory (MB)")
        for name, model in NETWORKS.items():
            save_network(here / f"{name}.pt", model, channels)
            out = here / f"{name}.nc"
            command = [sys.executable, "-m", "deepsphere_pipe", "predict"]
            command += [str(here / f"{name}.pt"), str(here / "fields"), "--out", str(out)]
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
            print(f"{name:11} {options.maps / seconds:7.1f} {peak:17.0f}", flush=True)


def write_surface(folder: Path, n: int) -> None:
    """Write noise around the published means, a file for each time."""
    random = np.random.default_rng(0)
    known = {channel.name: channel for channel in cam5_channels()}
    folder.mkdir()
    for index in range(n):
        content = {}
        for name in SURFACE:
            channel, noise = known[name], random.uniform(-1, 1, QUARTER).astype(np.float32)
            values = channel.published_mean + (name != "PRECT") * channel.published_std * noise
            content[name] = (("lat", "lon"), values.astype(np.float32), {"units": channel.units})
        places = {
            "lat": ("lat", np.linspace(-90, 90, QUARTER[0]), {"units": "degrees_north"}),
            "lon": ("lon", np.arange(QUARTER[1]) / 4, {"units": "degrees_east"}),
            "time": np.datetime64("2020-01-01T00", "ns") + index * np.timedelta64(6, "h"),
        }
        xr.Dataset(content, places).expand_dims("time").to_netcdf(folder / f"{index:05d}.nc")


def save_network(path: Path, model: dict, channels: tuple[str, ...]) -> None:
    """Write a network of level 5 with weights at random."""
    content = {"experiment": "net", "seed": 0, "model": model}
    run = parse(RunConfig, content, "benchmark")
    hierarchy = build_hierarchy(Icosahedral(5), run.model.depth)
    torch.manual_seed(0)
    network = build_network(run, hierarchy, len(channels))
    statistics = Statistics(channels, (), (), (), 0).with_published()
    record = ModelRecord(
        network.state_dict(), run, hierarchy.identifier, recipe_of(hierarchy), statistics, {}
    )
    save_content(path, record.content())


if __name__ == "__main__":
    main()
