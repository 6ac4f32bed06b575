"""What every step of a study will need, before any of them has run."""
