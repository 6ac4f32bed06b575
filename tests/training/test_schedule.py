"""The learning rate of every batch is the product of its factors."""

import pytest
import torch

from deepsphere_pipe.config import TrainingConfig
from deepsphere_pipe.training.schedule import WARMUP_START, Schedule

BATCHES = 4


def rates(scores, **settings):
    """Return the rate of every batch, for the score that each epoch ends with."""
    config = TrainingConfig(learning_rate=0.5, **settings)
    optimiser = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=config.learning_rate)
    schedule = Schedule(optimiser, config, BATCHES)
    result = []
    for score in scores:
        for _ in range(BATCHES):
            result.append(schedule.rate)
            optimiser.step()
            schedule.after_batch()
        schedule.after_epoch(score)
    return result


def test_warmup_rises_linearly_batch_by_batch():
    steps = 2 * BATCHES
    factors = [WARMUP_START + (1 - WARMUP_START) * min(i / steps, 1) for i in range(3 * BATCHES)]
    found = rates([0.1, 0.2, 0.3], warmup_epochs=2, plateau_patience=None)
    assert found == pytest.approx([0.5 * factor for factor in factors])


def test_decay_falls_every_so_many_epochs():
    found = rates([0.1] * 5, decay_epochs=2, decay_factor=0.1, plateau_patience=None)
    assert found[::BATCHES] == pytest.approx([0.5, 0.5, 0.05, 0.05, 0.005])


def test_plateau_falls_when_the_score_has_not_grown():
    found = rates([0.1, 0.2, 0.2, 0.1, 0.3], plateau_patience=1, plateau_factor=0.5)
    assert found[::BATCHES] == pytest.approx([0.5, 0.5, 0.5, 0.5, 0.25])


def test_factors_multiply():
    found = rates(
        [0.1] * 4, warmup_epochs=1, decay_epochs=2, decay_factor=0.1, plateau_patience=0,
        plateau_factor=0.5,
    )  # fmt: skip
    assert found[::BATCHES] == pytest.approx([0.005, 0.5, 0.025, 0.0125])
