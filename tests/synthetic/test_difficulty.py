"""What it takes to find the events of the synthetic twin: surroundings, and a little motion."""

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

from deepsphere_pipe.channels import CHANNEL_NAMES
from deepsphere_pipe.config import SyntheticConfig
from deepsphere_pipe.synthetic import snapshots
from deepsphere_pipe.synthetic.cyclone_labels import candidates
from deepsphere_pipe.synthetic.geography import Grid

pytestmark = pytest.mark.slow

TC = 1
NEAR = [CHANNEL_NAMES.index(name) for name in ("TMQ", "U850", "V850", "PSL", "T200", "T500")]
SAMPLE = 0.02
"""Share of the grid points without a cyclone that are looked at; scores are weighted back."""


@pytest.fixture(scope="module")
def years():
    """Snapshots of two years: lists of (time, fields, labels)."""
    return [
        list(
            snapshots(
                SyntheticConfig(
                    years=(year,), days_per_year=days, days_in_a_row=1, missing_days=0.0
                ),
                run=1,
                year=year,
            )
        )
        for year, days in ((2106, 26), (2107, 18))
    ]


def surroundings(fields):
    """Return differences to the eight points two and four cells away (feature, lat, lon)."""
    near = fields[NEAR]
    shifts = [(dy * c, dx * c) for c in (2, 4) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    return np.concatenate([np.roll(near, s, (1, 2)) - near for s in shifts if s != (0, 0)])


def samples(year, seed):
    """Return features (point, feature), whether each is a cyclone, and weights."""
    generator = np.random.default_rng(seed)
    parts = []
    for _, fields, labels in year:
        chosen = (labels == TC) | (generator.random(labels.shape) < SAMPLE)
        chosen[:5] = chosen[-5:] = False
        features = np.concatenate([fields, surroundings(fields)])[:, chosen].T
        is_cyclone = labels[chosen] == TC
        parts.append((features, is_cyclone, np.where(is_cyclone, SAMPLE, 1.0)))
    return (np.concatenate(arrays) for arrays in zip(*parts, strict=True))


def test_a_single_vertex_does_not_tell_a_cyclone_but_its_surroundings_do(years):
    x, y, weight = samples(years[0], seed=0)
    x_test, y_test, weight_test = samples(years[1], seed=1)
    precision = {}
    for name, n_features in (("vertex", len(CHANNEL_NAMES)), ("surroundings", x.shape[1])):
        model = HistGradientBoostingClassifier(
            max_iter=60,
            early_stopping=False,
            max_features=0.5,
            l2_regularization=1.0,
            random_state=0,
        )
        model.fit(x[:, :n_features], y, sample_weight=weight)
        scores = model.predict_proba(x_test[:, :n_features])[:, 1]
        precision[name] = average_precision_score(y_test, scores, sample_weight=weight_test)
    assert precision["vertex"] < 0.5
    assert precision["surroundings"] > precision["vertex"] + 0.2


def test_an_earlier_map_tells_what_a_single_one_leaves_ambiguous(years):
    """Some that pass for cyclones are none; most of these were not there six hours before."""
    grid = Grid.of_size(96, 144)
    is_cyclone, is_new = [], []
    for year in years:
        for (_, before, _), (time, now, labels) in zip(year[:-2], year[2:], strict=True):
            if time.hour < 6:  # the day before is not there
                continue
            earlier = [candidate.centre for candidate in of_map(before, grid)]
            for candidate in of_map(now, grid):
                centre = np.argmax(candidate.centre @ grid.unit.reshape(3, -1))
                is_cyclone.append(labels.flat[centre] == TC)
                apart = [np.linalg.norm(candidate.centre - other) for other in earlier]
                is_new.append(min(apart, default=2.0) > 700 / 6371)
    assert 0.6 < np.mean(is_cyclone) < 0.95
    assert roc_auc_score(~np.array(is_cyclone), is_new) > 0.65


def of_map(fields, grid):
    """Return all that a single map lets pass for a cyclone."""
    return candidates(dict(zip(CHANNEL_NAMES, fields, strict=True)), grid)
