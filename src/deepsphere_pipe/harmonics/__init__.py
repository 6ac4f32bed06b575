"""Spherical harmonics: transforms between maps and coefficients, rotations."""
