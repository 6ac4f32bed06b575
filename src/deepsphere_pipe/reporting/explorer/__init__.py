"""The interactive page of a study: one html that works from disk, without a network.

`runs` reads what trainings and evaluations left, `places` computes where it is drawn, `packing`
makes it small, and `page` puts it together with the template beside this file: ``page.html`` for
the structure, ``page.css`` for the look and ``page.js`` for what happens in the browser.
"""

from deepsphere_pipe.reporting.explorer.page import explorer_page

__all__ = ["explorer_page"]
