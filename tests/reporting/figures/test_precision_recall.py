"""The figure of precision and recall tells seeds, samplings and baselines apart."""

import itertools
import json
import shutil

import numpy as np
import torch

from deepsphere_pipe.evaluation import Tally
from deepsphere_pipe.reporting.figures.precision_recall import precision_recall_curves


def test_samplings_are_told_apart_and_share_the_lines_of_baselines(
    tmp_path, histograms_file, write_scores
):
    files = []
    for sampling, seed in itertools.product(("ico", "grid"), (0, 1, 2)):
        files.append(tmp_path / f"runs/net-{sampling}-seed{seed}/histograms.nc")
        files[-1].parent.mkdir(parents=True)
        shutil.copy(histograms_file, files[-1])
    for sampling in ("ico", "grid"):
        path = write_scores(f"logistic-{sampling}", 0.5, 0.5, kind="baseline", seed=None)
        content = json.loads(path.read_text(encoding="utf-8")) | {"experiment": "logistic"}
        path.write_text(json.dumps(content), encoding="utf-8")
        generator = np.random.default_rng(len(sampling))
        tally = Tally(3)
        scores = torch.from_numpy(generator.dirichlet([1, 1, 1], (5, 100)))
        tally.update(scores, torch.from_numpy(generator.integers(0, 3, (5, 100))))
        tally.save(path.with_name("histograms.nc"))
        files.append(path.with_name("histograms.nc"))
    figure = precision_recall_curves.figure(files)
    for axes in figure.axes:
        texts = [text.get_text() for text in axes.get_legend().get_texts()]
        assert [text.split(":")[0] for text in texts] == [
            "net, ico", "net, grid", "logistic", "share of all pixels"
        ]  # fmt: skip
        assert "± 0.0" in texts[0] and "–" in texts[2] and "–" in texts[3]
        labelled = [line for line in axes.get_lines() if not line.get_label().startswith("_")]
        assert labelled[0].get_color() != labelled[1].get_color()
