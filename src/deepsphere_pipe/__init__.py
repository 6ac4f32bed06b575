"""Reproducible pipeline for graph-based spherical CNNs (DeepSphere) on climate data."""

__version__ = "0.1.0"
