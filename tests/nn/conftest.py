from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse
import torch


def random_laplacian(n, rng):
    """A symmetric sparse matrix with the spectrum exactly in [-1, 1]; nothing else is special."""
    upper = np.triu(rng.standard_normal((n, n)) * (rng.random((n, n)) < min(1, 5 / n)))
    matrix = upper + upper.T + np.diag(rng.standard_normal(n))
    lowest, *_, highest = np.linalg.eigvalsh(matrix)
    matrix -= np.eye(n) * (lowest + highest) / 2
    return scipy.sparse.csr_array(matrix * 2 / (highest - lowest))


def random_hierarchy(sizes, seed=0):
    """Levels of random graphs; parents have one to many children, in no particular order."""
    rng = np.random.default_rng(seed)
    levels = []
    for n, coarser in zip(sizes, (*sizes[1:], None), strict=True):
        parents = edge_ends = None
        if coarser is not None:
            parents = rng.permutation(np.r_[:coarser, rng.integers(0, coarser, n - coarser)])
            edge_ends = rng.integers(0, coarser, (n, 2))
            representatives = np.unique(parents, return_index=True)[1]
            edge_ends[representatives] = np.arange(coarser)[:, None]
        levels.append(
            SimpleNamespace(
                laplacian=random_laplacian(n, rng),
                areas=0.5 + rng.random(n),
                parents=parents,
                edge_ends=edge_ends,
            )
        )
    return levels


@pytest.fixture
def hierarchy():
    return random_hierarchy((40, 13, 4))


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="package")
def single_threaded():
    """Threads do not help with tensors this small, and on a busy machine they wait for another."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def learns(net, x, steps):
    """Train a network on what two channels (map, vertex, 2) tell, and assert that it does."""
    labels = (x[..., 0] > 0.3).long() + (x[..., 1] > 0.5).long()
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-2)
    losses = []
    for _ in range(steps):
        logits = net(x)
        assert logits.shape == (*labels.shape, 3)
        loss = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
