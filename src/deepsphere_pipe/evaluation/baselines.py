"""What can be had without a graph: the scores that a network has to beat."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from deepsphere_pipe.data.channels import CLASSES
from deepsphere_pipe.data.loader import IGNORED, MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.evaluation.scores import ScoreHistograms

SAMPLE = 400_000
"""Training vertices for the logistic regression; more change its scores by less than 0.01."""


def frequency_baseline(test: MapLoader, statistics: Statistics) -> ScoreHistograms:
    """Give every vertex the class frequencies of the training maps.

    Its average precision is the share of the class in the test maps: the score of guessing.
    """
    histograms = ScoreHistograms(len(CLASSES))
    for _, labels in test:
        labels = labels[labels != IGNORED].numpy()
        scores = np.broadcast_to(statistics.class_frequencies, (len(labels), len(CLASSES)))
        histograms.update(np.array(scores, np.float32), labels)
    return histograms


def logistic_baseline(training: MapLoader, test: MapLoader, seed: int = 0) -> ScoreHistograms:
    """Classify every vertex by the channels at that vertex alone (multinomial logistic regression).

    It is fitted to at most `SAMPLE` vertices drawn evenly from the training maps, which keeps the
    class frequencies.

    Parameters
    ----------
    training, test : MapLoader
        Batches of normalised maps.
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
    histograms = ScoreHistograms(len(CLASSES))
    for batch, labels in test:
        labelled = (labels != IGNORED).numpy()
        scores = np.zeros((int(labelled.sum()), len(CLASSES)), np.float32)
        scores[:, model.classes_] = model.predict_proba(batch.numpy()[labelled])
        histograms.update(scores, labels.numpy()[labelled])
    return histograms
