"""The conventions that all netCDF files follow, however they are written."""

CONVENTIONS = "CF-1.12"
"""Version of the Climate and Forecast conventions."""
