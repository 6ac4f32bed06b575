"""What can be had without a graph: the scores that a network has to beat."""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from deepsphere_pipe.channels import CLASSES, UNLABELLED
from deepsphere_pipe.data.loader import IGNORE_INDEX, MapLoader
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.evaluation.inference import Observer

SAMPLE = 400_000
"""Training vertices for the logistic regression; more change its scores by less than 0.01."""


def frequency_baseline(test: MapLoader, statistics: Statistics, observer: Observer) -> None:
    """Give every vertex the class frequencies of the training maps.

    Its average precision is the share of the class in the test maps, by number of vertices or by
    their areas: the score of guessing.
    """
    frequencies = torch.tensor(statistics.class_frequencies, dtype=torch.float32)
    for _, labels in test:
        observer.update(frequencies.expand(*labels.shape, -1), labels)


def persistence_baseline(
    test: MapLoader, before: np.ndarray, statistics: Statistics, observer: Observer
) -> None:
    """Answer with the truth of an earlier map, with certainty.

    Vertices without a label there get the class frequencies of the training maps.

    Parameters
    ----------
    test
        Batches of the test maps, in the order of its windows.
    before
        The earlier map for each of them, (map,) int64.
    statistics
        Of the training part.
    observer
        Of the probabilities, which are 0 and 1.
    """
    frequencies = torch.tensor(statistics.class_frequencies, dtype=torch.float32)
    first = 0
    for _, labels in test:
        maps = before[first : first + len(labels)]
        first += len(labels)
        earlier = torch.from_numpy(np.array([test.store.labels(index) for index in maps]))
        certain = torch.eye(len(CLASSES))[earlier.long().clamp(max=len(CLASSES) - 1)]
        unknown = (earlier == UNLABELLED)[..., None]
        observer.update(torch.where(unknown, frequencies, certain), labels)


def logistic_baseline(
    training: MapLoader, test: MapLoader, observer: Observer, seed: int = 0
) -> None:
    """Classify every vertex by the channels at that vertex alone (multinomial logistic regression).

    It is fitted to at most `SAMPLE` vertices drawn evenly from the training maps, which keeps the
    class frequencies.

    Parameters
    ----------
    training, test
        Batches of normalised maps.
    observer
        Of the probabilities on the test maps.
    seed
        Of the drawing of vertices.
    """
    generator = np.random.default_rng(seed)
    n_maps = len(training.indices)
    share = min(1.0, SAMPLE / (n_maps * training.store.n_vertices))
    fields, classes = [], []
    for batch, labels in training:
        drawn = (generator.random(labels.shape) < share) & (labels != IGNORE_INDEX).numpy()
        fields.append(batch.numpy()[drawn])
        classes.append(labels.numpy()[drawn])
    model = LogisticRegression(max_iter=500)
    model.fit(np.concatenate(fields), np.concatenate(classes))
    for batch, labels in test:
        scores = np.zeros((*labels.shape, len(CLASSES)), np.float32)
        probability = model.predict_proba(batch.flatten(0, 1).numpy())
        scores[..., model.classes_] = probability.reshape(*labels.shape, -1)
        observer.update(torch.from_numpy(scores), labels)
