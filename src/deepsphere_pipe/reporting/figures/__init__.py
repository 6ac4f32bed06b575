"""Figures of the runs and of the data."""
