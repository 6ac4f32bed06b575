"""``python -m deepsphere_pipe VERB``."""

import sys

from deepsphere_pipe.cli import main

sys.exit(main())
