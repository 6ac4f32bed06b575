"""Runs on disk of some skill, and their figures."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.evaluation.groups import Days
from tests.reporting.conftest import fibonacci_sphere

N_VERTICES, N_MAPS = 400, 24


@pytest.fixture
def study(tmp_path, write_scores):
    """Return a function that leaves the histograms and scores of one run on disk."""

    def run(name, seed=0, classes=(0, 1, 2), skill=0.5, complete=True, **content):
        generator = np.random.default_rng(seed)
        labels = generator.choice(classes, (N_MAPS, N_VERTICES))
        scores = generator.dirichlet([1, 1, 1], labels.shape)
        scores = skill * np.eye(3)[labels] + (1 - skill) * scores
        areas = generator.uniform(0.1, 1, N_VERTICES)
        days = Days.of(24 * np.arange(N_MAPS), np.ones(N_MAPS, int))
        more = (fibonacci_sphere(N_VERTICES)[1], days) if complete else ()
        tally = Tally(3, areas, *more)
        tally.update(torch.from_numpy(scores), torch.from_numpy(labels))
        path = write_scores(name, 0.5, 0.5)
        written = json.loads(path.read_text(encoding="utf-8"))
        for label, of_class in enumerate(written["classes"].values()):
            of_class["brier"] = tally.reliability.brier()[label] if complete else None
        provenance = written["provenance"] | content.pop("provenance", {})
        written |= {"parameters": 1000, "provenance": provenance} | content
        path.write_text(json.dumps(written), encoding="utf-8")
        tally.save(path.with_name("histograms.nc"))
        return {name: path.with_name("histograms.nc")}

    return run


@pytest.fixture
def history_file(tmp_path):
    columns = ("train_loss", "validation_loss", "learning_rate", "seconds")
    history = pd.DataFrame({"epoch": [1, 2, 3], **{name: [3.0, 2.0, 1.0] for name in columns}})
    for name in ("ap_tc", "ap_ar", "mean_ap"):
        history[f"validation_{name}"] = [None, 0.2, 0.1]
    history.to_csv(tmp_path / "history.csv", index=False)
    return tmp_path / "history.csv"


def drawn(draw, files, settings=None):
    """Return a figure with all at its place."""
    figure = draw.figure(files.values(), settings)
    figure.draw_without_rendering()
    return figure


def panels_of(figure):
    """Return the panels that are shown."""
    return [axes for axes in figure.axes if axes.axison]


def texts_of(axes):
    return [text.get_text() for text in axes.texts]
