"""The command line: each rule of the workflow calls one verb of ``python -m deepsphere_pipe``."""

import signal
import sys

from deepsphere_pipe.cli.parser import build_parser
from deepsphere_pipe.errors import UserError
from deepsphere_pipe.runtime.extras import extra_with
from deepsphere_pipe.training.survival.interruption import Interrupted


def main(argv: list[str] | None = None) -> int:
    """Run one verb; return the exit status: 2 for a mistake that the user can mend."""
    options = build_parser().parse_args(argv)
    # A shell without job control ignores Ctrl-C for what it starts in the background, and a job of
    # a workflow inherits that: who asks one to stop must reach it all the same.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # As an exception, SIGTERM (a scheduler's or Snakemake's) lets temporary files be removed.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        return options.action(options) or 0
    except Interrupted as error:
        print(f"error: {error}", file=sys.stderr)
        return 128 + error.number
    except KeyboardInterrupt:
        print("error: interrupted.", file=sys.stderr)
        return 130
    except Exception as error:
        if (sentence := _mendable(error)) is None:
            raise
        print(f"error: {sentence}", file=sys.stderr)
        return 2
    finally:
        signal.signal(signal.SIGTERM, before)
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _mendable(error: Exception) -> str | None:
    """Return what to tell a user who can mend an error; None if nobody but us can."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and (extra := extra_with(error.name or "")):
        return (
            f"the module '{error.name}' is missing; install deepsphere-pipe with its extra "
            f"'{extra}' (`pip install '.[{extra}]'` in its folder)."
        )
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        return f"{what}{error.strerror or error}."
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "memory" in str(error)
    ):
        return (
            "there is not enough memory; lower training.batch_size or take a larger device. "
            "The last checkpoint, if there is one, is kept."
        )
    return None
