"""What all tests share."""

import torch

# Small tensors gain nothing from threads, and lose much on a machine that others use, too.
torch.set_num_threads(1)
