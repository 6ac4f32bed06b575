"""Which extra of the package brings a module that is not installed."""

import re
from importlib import metadata

DISTRIBUTIONS = {
    "PIL": "pillow",
    "cf_xarray": "cf-xarray",
    "ignite": "pytorch-ignite",
    "sklearn": "scikit-learn",
}
"""What to install for modules that are called otherwise."""


def extra_with(module: str) -> str | None:
    """Return the extra that requires a module; None if none does, or nothing is known of extras."""
    wanted = DISTRIBUTIONS.get(module, module)
    try:
        requirements = metadata.requires("deepsphere-pipe") or []
    except metadata.PackageNotFoundError:
        return None
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        extra = re.search(r"""extra == ["'](\w+)["']""", requirement)
        if extra and name == wanted:
            return extra[1]
    return None
