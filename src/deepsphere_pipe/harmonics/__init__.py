"""Spherical harmonics: transforms between maps and coefficients, rotations."""

from deepsphere_pipe.harmonics.legendre import legendre
from deepsphere_pipe.harmonics.rotation import random_functions, random_rotations, rotate
from deepsphere_pipe.harmonics.transform import (
    HarmonicTransform,
    degree_power,
    degree_products,
    resolved_degree,
)

__all__ = [
    "HarmonicTransform",
    "degree_power",
    "degree_products",
    "legendre",
    "random_functions",
    "random_rotations",
    "resolved_degree",
    "rotate",
]
