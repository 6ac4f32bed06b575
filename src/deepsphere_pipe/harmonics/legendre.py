"""Associated Legendre functions, by recursion in the degree."""

import numpy as np


def legendre(sine: np.ndarray, cosine: np.ndarray, degree_max: int) -> np.ndarray:
    """Return 4π-normalised associated Legendre functions of all degrees and orders.

    Forward column recursion of Holmes and Featherstone (2002, eq. 11), without the Condon–Shortley
    phase and with a factor √2 for orders above zero, so that a function times cos mφ or sin mφ has
    mean square 1 on the sphere.

    Parameters
    ----------
    sine, cosine
        Of the latitudes, (n,).
    degree_max
        Highest degree. Near a pole the starting values of high orders underflow to 0 beyond degree
        1900 or so; below, what they stand for is negligible.

    Returns
    -------
    ndarray
        (degree, order, n) float64; 0 where the order is greater than the degree.
    """
    size = degree_max + 1
    table = np.zeros((size, size, len(sine)))
    sector = np.ones_like(sine)
    for m in range(size):
        if m == 1:
            sector = np.sqrt(3.0) * cosine
        elif m > 1:
            sector = np.sqrt((2 * m + 1) / (2 * m)) * cosine * sector
        table[m, m] = sector
    for n in range(1, size):
        order = np.arange(n)
        a = np.sqrt((2 * n - 1) * (2 * n + 1) / ((n - order) * (n + order)))
        table[n, :n] = a[:, None] * sine * table[n - 1, :n]
        if n > 1:
            order = order[:-1]
            b = (2 * n + 1) * (n + order - 1) * (n - order - 1)
            b = b / ((n - order) * (n + order) * (2 * n - 3))
            table[n, : n - 1] -= np.sqrt(b)[:, None] * table[n - 2, : n - 1]
    return table
