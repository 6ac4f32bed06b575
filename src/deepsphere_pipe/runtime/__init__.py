"""The machinery under the science: files, locks, processes, GPUs, provenance."""
