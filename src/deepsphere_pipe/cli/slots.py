"""The verb that starts a command on GPUs of its own."""

import argparse

from deepsphere_pipe.runtime.gpu_slots import run_with_gpus


def with_gpus(arguments: argparse.Namespace) -> None:
    """Run a command on GPUs that no other such command of this machine uses."""
    run_with_gpus(arguments.gpus, arguments.command)
