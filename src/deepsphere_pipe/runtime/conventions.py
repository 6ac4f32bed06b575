"""The conventions of all netCDF files, apart from their writing, on which not every file depends."""

CONVENTIONS = "CF-1.12"
"""Version of the Climate and Forecast conventions."""
