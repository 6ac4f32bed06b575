"""Batch normalisation over the batches of several processes."""

from torch import Tensor, nn

from deepsphere_pipe.runtime.collective import all_reduce, world_size


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation whose batch is that of all processes together.

    torch's own ``SyncBatchNorm`` works on GPUs only. With one process this is ``BatchNorm1d``.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x (n, features) by mean and variance of each feature."""
        if not self.training or world_size() == 1:
            return super().forward(x)
        n = all_reduce(x.new_tensor(len(x)))
        mean = all_reduce(x.sum(0)) / n
        centred = x - mean
        variance = all_reduce(centred.square().sum(0)) / n
        self._follow(mean.detach(), (variance * n / (n - 1)).detach())
        scale = self.weight * (variance + self.eps).rsqrt()
        return centred * scale + self.bias

    def _follow(self, mean: Tensor, variance: Tensor) -> None:
        assert self.num_batches_tracked is not None and self.momentum is not None
        assert self.running_mean is not None and self.running_var is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)
