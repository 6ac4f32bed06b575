"""Data: sources of snapshots, stores of maps on a sampling, parts and their statistics."""
