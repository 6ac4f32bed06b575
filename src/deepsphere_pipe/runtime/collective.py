"""What several processes that train one network do together; with one process, nothing.

The processes are those of ``torch.distributed``, each with its share of every batch.
"""

import torch
import torch.distributed as dist
from torch import Tensor


def world_size() -> int:
    """Return how many processes work together."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def rank() -> int:
    """Return the number of this process, from 0."""
    return dist.get_rank() if world_size() > 1 else 0


def all_reduce(values: Tensor) -> Tensor:
    """Return the sum of a tensor over all processes, on all of them.

    The gradient is the sum of the processes' gradients. So a loss that is made of totals has in
    each process the gradient times the number of processes, and the mean over processes, which
    ``DistributedDataParallel`` takes, is that of one process with the whole batch.
    """
    return values if world_size() == 1 else _AllReduce.apply(values)


def any_process(flag: bool, device: torch.device) -> bool:
    """Return whether the flag is set in any process."""
    if world_size() == 1:
        return flag
    return bool(all_reduce(torch.tensor(int(flag), device=device)))


class _AllReduce(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values: Tensor) -> Tensor:
        result = values.clone()
        dist.all_reduce(result)
        return result

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        result = gradient.clone()
        dist.all_reduce(result)
        return result
