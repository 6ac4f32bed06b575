"""Learning check at full size: can the published network learn a few maps by heart?

    python -m benchmarks.overfit

trains the DeepSphere network (icosahedral level 5, six levels, 16 channels) on eight synthetic maps
and scores it on the same maps. It should reach a mean average precision of 0.99: less means that
the network or the optimisation is broken. Takes some minutes on two cores.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from deepsphere_pipe.config import RunConfig, SyntheticConfig, TrainingConfig, UNetConfig
from deepsphere_pipe.data.loader import MapLoader
from deepsphere_pipe.data.prepare import prepare
from deepsphere_pipe.data.sources import open_source
from deepsphere_pipe.data.statistics import training_statistics
from deepsphere_pipe.data.store import Store
from deepsphere_pipe.evaluation.evaluate import choose_examples
from deepsphere_pipe.graphs.building import build_hierarchy
from deepsphere_pipe.samplings import make_sampling
from deepsphere_pipe.synthetic import synthesize
from deepsphere_pipe.training.devices import choose_device
from deepsphere_pipe.training.trainer import train

N_MAPS = 8
GOAL = 0.99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="auto")
    parser.add_argument("--epochs", type=int, default=250)
    arguments = parser.parse_args()
    sampling = make_sampling("icosahedral", level=5)
    sphere = build_hierarchy(sampling, 5, 6, "mean_distance", "combinatorial")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        snapshots = SyntheticConfig(years=(2106,), runs=(1,), days_per_year=24, days_in_a_row=1)
        synthesize(snapshots, folder / "native", workers=2)
        maps = folder / "maps.nc"
        source = open_source("synthetic", folder / "native")
        prepare(source, sampling, maps, tuple(c.name for c in source.channels), workers=2)
        with Store(maps) as store:
            chosen = choose_examples(store, np.arange(len(store)), N_MAPS)
            part = np.where(np.isin(np.arange(len(store)), chosen), "train", "unused")
            statistics = training_statistics(store, part)
        run = RunConfig(
            experiment="overfit",
            seed=0,
            model=UNetConfig(preset="deepsphere"),
            training=TrainingConfig(
                epochs=arguments.epochs, batch_size=4, learning_rate=1e-3, plateau_patience=30,
                early_stopping=100,
            ),
        )  # fmt: skip
        loaders = [
            MapLoader(maps, chosen, statistics, batch_size=4, seed=0),
            MapLoader(maps, chosen, statistics, batch_size=4),
        ]
        train(run, sphere, statistics, *loaders, folder / "out", choose_device(arguments.device))
        history = np.genfromtxt(folder / "out/history.csv", delimiter=",", names=True)
    best = history["validation_mean_ap"].max()
    print(f"best mean AP on the {len(chosen)} maps: {best:.4f} (to reach: {GOAL})")
    raise SystemExit(0 if best >= GOAL else 1)


if __name__ == "__main__":
    main()
