"""Figures and the table of the graphs themselves."""
