"""What a network thinks before it has learnt anything."""

import torch
from torch import nn

from deepsphere_pipe.channels import CLASSES
from deepsphere_pipe.config import TrainingConfig
from deepsphere_pipe.data.statistics import Statistics
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.training.loss import class_weights


def initialise(network: nn.Module, settings: TrainingConfig, statistics: Statistics) -> None:
    """Set the bias of the classifier as a config wishes.

    From the class frequencies (Lin et al., 2017, section 3.3) a network need not spend its first
    steps on learning that nearly everything is background. With class weights, it is their share
    of the loss that counts.

    Raises
    ------
    UserError
        If the network has no ``classifier`` with a bias (class,), or a class does not occur in the
        training maps.
    """
    if settings.initial_bias == "zero":
        return
    classifier = getattr(network, "classifier", None)
    biases = [] if classifier is None else list(classifier.named_parameters())
    bias = next((each for name, each in biases if name.endswith("bias")), None)
    if bias is None or bias.shape != (len(CLASSES),):
        raise UserError(
            "training.initial_bias: the network has no 'classifier' whose bias has a number for "
            "each class; leave it at 'zero'."
        )
    shares = torch.tensor(statistics.class_frequencies, dtype=torch.float64)
    weights = class_weights(settings.class_weights, statistics)
    if weights is not None:
        shares = shares * weights
    if not shares.all():
        absent = CLASSES[int(shares.argmin())]
        raise UserError(
            f"training.initial_bias: no training map has a vertex of {absent}; leave it at 'zero'."
        )
    with torch.no_grad():
        bias.copy_((shares / shares.sum()).log())
