"""The explorer of a study: one html that works from disk, without a network.

`runs` reads what trainings and evaluations left, `selection` says how much of it there is room
for, `places` computes where it is drawn, `packing` makes it small, and `build` puts it together
with what lies beside this file: ``explorer.html`` for the structure, ``explorer.css`` for the look
and the scripts of `build.SCRIPTS` for what happens in the browser.
"""

from deepsphere_pipe.reporting.explorer.build import write_explorer

__all__ = ["write_explorer"]
