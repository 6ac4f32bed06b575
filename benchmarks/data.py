"""Maps per second: archives to the store, CAM5 files to the store, and the store to a network.

python -m benchmarks.data [--members 3000] [--files 100]

Members and files are generated with the layout and the size of the real ones, smooth fields plus
noise, which pack about as well. Everything is written below the folder for temporary files.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import h5py
import numpy as np
import psutil

from deepsphere_pipe.channels import cam5_channels
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.samplings import Icosahedral

SAMPLING = Icosahedral(5)


def fields_of(shape, index):
    """Return 16 plausible fields: waves and a little noise."""
    random = np.random.default_rng(index)
    n = int(np.prod(shape))
    wave = np.sin(np.linspace(0, 40 + index % 7, n)).reshape(shape)
    noise = random.normal(size=(1, *shape)).astype("f4")
    mean, std = (
        np.reshape(
            [getattr(c, f"published_{name}") for c in cam5_channels()], (16, *[1] * len(shape))
        )
        for name in ("mean", "std")
    )
    return (mean + std * (wave + 0.01 * noise)).astype(np.float32)


def write_archive(path, n_members):
    """Write a zip file of members as in the UGSCNN archive."""
    arrays = []
    for index in range(16):
        classes = np.random.default_rng(index).integers(0, 3, SAMPLING.n_vertices)
        one_hot = (classes == np.arange(3)[:, None]).astype(np.float32)
        arrays.append((fields_of((SAMPLING.n_vertices,), index), one_hot))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for index in range(n_members):
            day, slot = divmod(index, 8)
            year, day = divmod(day, 28 * 12)
            month, day = divmod(day, 28)
            stamp = f"{2106 + year}-{month + 1:02d}-{day + 1:02d}-{slot:02d}"
            name = f"data_5_all/data-{stamp}-1-mesh.npz"
            with archive.open(name, "w") as member:
                fields, labels = arrays[index % 16]
                np.savez(member, data=fields, labels=labels)


def write_folder(path, n_files):
    """Write CAM5 files of 768 x 1152 points, uncompressed as the real ones are."""
    path.mkdir()
    fields = fields_of((768, 1152), 0)
    labels = np.random.default_rng(0).integers(0, 3, (768, 1152)).astype(np.uint8)
    for index in range(n_files):
        day, slot = divmod(index, 8)
        with h5py.File(path / f"data-2106-01-{day + 1:02d}-{slot:02d}-1.h5", "w") as file:
            file["climate/data"] = fields
            file["climate/labels_0"] = labels


def time_prepare(source, path, out, workers):
    """Run the verb as a user does; return seconds and the most memory of all its processes."""
    command = [
        *(sys.executable, "-m", "deepsphere_pipe", "prepare", "--source", source),
        *("--input", str(path), "--sampling", "icosahedral", "--level", "5"),
        *("--out", str(out), "--workers", str(workers)),
    ]
    out.unlink(missing_ok=True)
    began = time.perf_counter()
    process = psutil.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(one.memory_info().rss for one in family))
        time.sleep(0.05)
    assert process.returncode == 0
    return time.perf_counter() - began, most


def report(kind, source, path, out, n_maps, most_workers):
    """Print rates with one process and with all."""
    for workers in sorted({1, most_workers}):
        seconds, most = time_prepare(source, path, out, workers)
        print(
            f"{kind}, {workers} processes: {n_maps / seconds:.1f} maps/s in {seconds:.0f} s from "
            f"start to end, at most {most / 1e6:.0f} MB"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=3000)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_archive(folder / "archive.zip", arguments.members)
        size = (folder / "archive.zip").stat().st_size / arguments.members / 1e3
        print(f"archive: {arguments.members} members of {size:.0f} kB")
        out = folder / "maps.nc"
        archive = folder / "archive.zip"
        report("zip to store", "ugscnn", archive, out, arguments.members, arguments.workers)
        with Store(out) as store:
            order = np.random.default_rng(0).permutation(len(store))
            began = time.perf_counter()
            for index in order:
                store.fields(index), store.labels(index)
            rate = len(order) / (time.perf_counter() - began)
            print(f"random reads of the store: {rate:.0f} maps/s")
            statistics = Statistics(store.channels, (0.0,) * 16, (1.0,) * 16, (1.0, 0, 0), 1)
        for memory, name in ((0, "from the disk"), (None, "in memory")):
            loader = MapLoader(out, order, statistics, 64, seed=0, memory=memory)
            began = time.perf_counter()
            for _ in loader:
                pass
            rate = len(order) / (time.perf_counter() - began)
            print(f"shuffled batches of 64 {name}: {rate:.0f} maps/s")
        write_folder(folder / "cam5", arguments.files)
        cam5 = folder / "cam5"
        report("CAM5 files to store", "cam5", cam5, out, arguments.files, arguments.workers)


if __name__ == "__main__":
    main()
