"""How far trained networks are from commuting with any rotation of the sphere.

``python -m benchmarks.any_rotation results/samplings`` turns test maps by random rotations (linear
interpolation in the triangles of the mesh), predicts, and turns the prediction back. Printed are
the differences from the prediction of the maps as they are, of logits and of the probabilities of
events, and beside them what turning alone does: to the fields, and to these probabilities, there
and back. All are root mean squares over the sphere, by area, relative to what is turned.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.spatial.transform import Rotation
from scipy.special import softmax

from deepsphere_pipe.config import RunConfig, Study, read_study
from deepsphere_pipe.remap import bilinear
from deepsphere_pipe.samplings import Custom, Sampling, make_sampling
from deepsphere_pipe.steps.inputs import Inputs
from deepsphere_pipe.training.model_file import load_model

N_MAPS, N_ROTATIONS = 8, 8


def turns(sampling: Sampling) -> Iterator[tuple[csr_array, csr_array]]:
    """Yield matrices that turn maps by random rotations, and back."""
    for matrix in Rotation.random(N_ROTATIONS, rng=0).as_matrix():
        there, back = (
            bilinear(sampling, Custom(sampling.distinct_coordinates @ each))
            for each in (matrix, matrix.T)
        )
        yield there, back


@torch.inference_mode()
def errors(results: Path, study: Study, run: RunConfig) -> np.ndarray:
    """Return the errors of fields and logits, of probabilities turned alone, and of the network."""
    name = study.sampling_of(run)
    data = results / "data" / name
    split = data / (f"splits/{run.split_name}" if run.split_name else "split")
    inputs = Inputs(data / "maps.nc", split, results / "spheres" / f"{name}.nc")
    sphere = inputs.hierarchy
    network, _ = load_model(results / "runs" / run.name / "model.pt", sphere)
    test = inputs.loader("test", N_MAPS, run.window, run.model.temporal != "none")
    few = test.only(np.linspace(0, len(test.windows) - 1, N_MAPS).astype(int))
    fields = next(iter(few))[0].double().numpy()

    def turned(matrix: csr_array, values: np.ndarray) -> np.ndarray:
        moved = np.moveaxis(values, -2, 0)
        flat = matrix @ moved.reshape(len(moved), -1)
        return np.moveaxis(flat.reshape(moved.shape), 0, -2)

    def error(values: np.ndarray, expected: np.ndarray) -> float:
        areas = sphere.levels[0].areas[:, None]
        difference = np.sum((values - expected) ** 2 * areas)
        return float(np.sqrt(difference / np.sum(expected**2 * areas)))

    logits = network(torch.from_numpy(fields).float()).double().numpy()
    events = softmax(logits, axis=-1)[..., 1:]
    parameters: dict[str, Any] = sphere.sampling_parameters
    found = []
    for there, back in turns(make_sampling(sphere.sampling_name, **parameters)):
        seen = torch.from_numpy(turned(there, fields)).float()
        turned_logits = network(seen).double().numpy()
        found.append([
            error(turned(back, turned(there, fields)), fields),
            error(turned(back, turned_logits), logits),
            error(turned(back, turned(there, events)), events),
            error(turned(back, softmax(turned_logits, axis=-1)[..., 1:]), events),
        ])  # fmt: skip
    return np.mean(found, axis=0)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("results", type=Path, help="folder of a study")
    results = parser.parse_args().results
    study = read_study(results / "study.yaml")
    print(f"{N_MAPS} test maps, {N_ROTATIONS} rotations; errors in per cent")
    columns = {"fields": 8, "logits": 8, "ratio": 7, "events alone": 14, "events": 8}
    titles = "".join(f"{title:>{width}}" for title, width in columns.items())
    print(f"{'run':40}{'poolings':>10}{titles}")
    for run in study.runs:
        if (results / "runs" / run.name / "model.pt").exists():
            fields, logits, *events = 100 * errors(results, study, run)
            found = zip((fields, logits, logits / fields, *events), columns.values(), strict=True)
            figures = "".join(f"{value:{width}.2f}" for value, width in found)
            print(f"{run.name:40}{run.model.depth:10}{figures}")


if __name__ == "__main__":
    main()
