"""What all tests share: threads, and how `pytest -n 2` divides them among processes."""

import os
import shutil
import signal
import subprocess

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

# Small tensors gain nothing from threads, and lose much on a machine that others use, too.
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")  # of the commands that tests run

# Started in the background by a shell without job control, Ctrl-C is ignored, and by all that tests
# start. Those that are about this ignore it themselves.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LONGEST = ("tests/workflow/test_failed_runs.py", "tests/workflow/", "tests/cluster/")
"""Tests that share a study that takes minutes to run: each of these stays in one process."""


def _folder(nodeid: str) -> str | None:
    """Return which of the longest a test belongs to."""
    return next((longest for longest in LONGEST if nodeid.startswith(longest)), None)


LONGEST_FIRST = (*reversed(LONGEST), None)


class Scheduling(LoadScopeScheduling):
    """Gives out whole folders where tests share a study, and files elsewhere."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid) or nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # those with the most tests are not the longest
    return Scheduling(config, log)


def pytest_collection_modifyitems(items):
    """Begin with the longest, so that no process is left alone with them."""
    items.sort(key=lambda item: LONGEST_FIRST.index(_folder(item.nodeid)))


LOCALES = {"en_US.ISO-8859-1": ("en_US", "ISO-8859-1"), "ja_JP.EUC-JP": ("ja_JP", "EUC-JP")}


@pytest.fixture(scope="session")
def locales(tmp_path_factory):
    """Return a function that tells what sets a locale, made from Debian's `locales`."""
    folder = tmp_path_factory.mktemp("locales")

    def environment(name: str) -> dict[str, str]:
        if name in LOCALES and not (folder / name).exists():
            language, charset = LOCALES[name]
            command = ["localedef", "-i", language, "-f", charset, str(folder / name)]
            made = shutil.which("localedef") and subprocess.run(
                command, capture_output=True, check=False
            )
            if not (folder / name).exists():
                if "CI" in os.environ:
                    pytest.fail(f"the locale {name} cannot be made: {made}")
                pytest.skip(f"the locale {name} cannot be made on this machine")
        python = {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        return {"LOCPATH": str(folder), "LC_ALL": name, **python}

    return environment
