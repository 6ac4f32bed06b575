"""What can be had without a graph: the scores that a network has to beat."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import IGNORED, MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.evaluation.tally import Tally

SAMPLE = 400_000
"""Training vertices for the logistic regression; more change its scores by less than 0.01."""


def frequency_baseline(test: MapLoader, statistics: Statistics, areas: np.ndarray) -> Tally:
    """Give every vertex the class frequencies of the training maps.

    Its average precision is the share of the class in the test maps, by number of vertices or by
    their `areas` (vertex,): the score of guessing.
    """
    tally = Tally(len(CLASSES), areas)
    frequencies = torch.tensor(statistics.class_frequencies, dtype=torch.float32)
    for _, labels in test:
        tally.update(frequencies.expand(*labels.shape, -1), labels)
    return tally


def logistic_baseline(
    training: MapLoader, test: MapLoader, areas: np.ndarray, seed: int = 0
) -> Tally:
    """Classify every vertex by the channels at that vertex alone (multinomial logistic regression).

    It is fitted to at most `SAMPLE` vertices drawn evenly from the training maps, which keeps the
    class frequencies.

    Parameters
    ----------
    training, test : MapLoader
        Batches of normalised maps.
    areas : ndarray, shape (vertex,)
        Areas of the vertices.
    seed : int
        Of the drawing of vertices.
    """
    generator = np.random.default_rng(seed)
    n_maps = len(training.indices)
    share = min(1.0, SAMPLE / (n_maps * training.store.n_vertices))
    fields, classes = [], []
    for batch, labels in training:
        drawn = (generator.random(labels.shape) < share) & (labels != IGNORED).numpy()
        fields.append(batch.numpy()[drawn])
        classes.append(labels.numpy()[drawn])
    model = LogisticRegression(max_iter=500)
    model.fit(np.concatenate(fields), np.concatenate(classes))
    tally = Tally(len(CLASSES), areas)
    for batch, labels in test:
        scores = np.zeros((*labels.shape, len(CLASSES)), np.float32)
        probability = model.predict_proba(batch.flatten(0, 1).numpy())
        scores[..., model.classes_] = probability.reshape(*labels.shape, -1)
        tally.update(torch.from_numpy(scores), labels)
    return tally
