"""Graphs and layers need the core requirements only; a verb names the extra that it misses."""

import ast
import os
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deepsphere_pipe.runtime.extras import extra_with
from tests.test_project import EXTRAS, PROJECT, ROOMS, ROOT, required

EXTRAS_OF_ROOMS = {
    "data": ["data"],
    "synthetic": ["data"],
    "evaluation": ["training"],
    "training": ["training"],
    "prediction": ["data", "training"],
    "tracking": ["data", "training"],
    "reporting": ["figures"],
    "description": ["data", "training"],
    "steps": ["data", "training"],
}
"""What importing a room takes beside the core; a room that is not here takes no more."""

SOURCES = {
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "src").rglob("*.py")
}
"""The files of the package, by module."""


def imports_of(node, *, inside_functions):
    """Yield what a part of a module imports."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            names = [f"{child.module}.{alias.name}" for alias in child.names]
            yield from (name if name in SOURCES else child.module for name in names)
        elif inside_functions or not (
            isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING")
        ):
            yield from imports_of(child, inside_functions=inside_functions)


def imported_with(room):
    """Return the modules of others that importing all of a room imports, and from where."""
    top = f"deepsphere_pipe.{room}"
    waiting = [(name, name) for name in SOURCES if name == top or name.startswith(f"{top}.")]
    found = {}
    while waiting:
        name, user = waiting.pop()
        if name in found:
            continue
        found[name] = user
        if name in SOURCES:
            tree = ast.parse(SOURCES[name].read_bytes())
            waiting += [(used, name) for used in imports_of(tree, inside_functions=False)]
            if "." in name:  # a package runs before what lies in it
                waiting.append((name.rpartition(".")[0], name))
    return {name: user for name, user in found.items() if name not in SOURCES}


@pytest.fixture(scope="module")
def distribution_of():
    """Return a function from a module to the canonical name of what is installed for it."""
    distributions = metadata.packages_distributions()

    def distribution_of(module):
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return None
        if top == "pydantic_core":
            return "pydantic"  # its errors and types are pydantic's own
        (name,) = {canonicalize_name(each) for each in distributions[top]}
        return name

    return distribution_of


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_imported_with_its_own_requirements(room, distribution_of):
    allowed = {None, *required(*EXTRAS_OF_ROOMS.get(room, []))}
    for module, user in imported_with(room).items():
        assert distribution_of(module) in allowed, f"{user} imports {module}"


def test_the_package_imports_what_it_declares(distribution_of):
    """Every third-party import of the package is declared (pip would not install it otherwise)."""
    declared = {None, *required("data", "training", "figures")}
    for path in SOURCES.values():
        for module in imports_of(ast.parse(path.read_bytes()), inside_functions=True):
            if not module.startswith("deepsphere_pipe"):
                assert distribution_of(module) in declared, f"{path}: {module}"


def test_the_extra_of_every_module_is_known(distribution_of):
    for room, extras in EXTRAS_OF_ROOMS.items():
        for module in imported_with(room):
            if distribution_of(module) not in {None, *required()}:
                assert extra_with(module.partition(".")[0]) in extras, module
    assert extra_with("torch") is None and extra_with("no_such_module") is None


def distributions_of(requirements):
    """Return the installed distributions of requirements, and of all that these require."""
    found, waiting = {}, [(Requirement(line), "") for line in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        key = (canonicalize_name(requirement.name), *sorted(requirement.extras))
        if key not in found:
            found[key] = metadata.distribution(requirement.name)
            needed = [Requirement(line) for line in found[key].requires or ()]
            waiting += [(each, e) for each in needed for e in ("", *requirement.extras)]
    return {name: distribution for (name, *_), distribution in found.items()}


@pytest.fixture(scope="module")
def only_the_core(tmp_path_factory):
    """Return the Python of an environment that has the package and its core requirements only."""
    folder = tmp_path_factory.mktemp("core")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
            check=True, capture_output=True, encoding="utf-8",
        ).stdout.strip()
    )  # fmt: skip
    for distribution in distributions_of(PROJECT["dependencies"]).values():
        for file in distribution.files:
            if ".." not in file.parts:
                (site / file).parent.mkdir(parents=True, exist_ok=True)
                (site / file).symlink_to(distribution.locate_file(file))
    (site / "deepsphere_pipe").symlink_to(ROOT / "src" / "deepsphere_pipe")
    record = site / f"deepsphere_pipe-{PROJECT['version']}.dist-info" / "METADATA"
    record.parent.mkdir()
    lines = [f'{line}; extra == "{extra}"' for extra, each in EXTRAS.items() for line in each]
    needed = "".join(f"Requires-Dist: {line}\n" for line in [*PROJECT["dependencies"], *lines])
    record.write_text(f"Name: deepsphere-pipe\nVersion: 0\n{needed}", encoding="utf-8")
    return python


def run(python, *arguments, **options):
    """Run Python where nothing else is to be imported."""
    variables = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
    return subprocess.run(
        [python, "-I", "-B", *arguments],
        env=variables, capture_output=True, encoding="utf-8", check=False, **options,
    )  # fmt: skip


A_NETWORK = """
import torch
from deepsphere_pipe.graphs import sphere_graph
from deepsphere_pipe.nn import SphericalUNet
from deepsphere_pipe.samplings import Icosahedral

sampling = Icosahedral(2)
print(sphere_graph(sampling).n_vertices, sampling.n_vertices)
net = SphericalUNet.from_sampling(sampling, in_channels=16, out_channels=3)
net(torch.zeros(1, 162, 16)).sum().backward()
print(tuple(net(torch.zeros(1, 162, 16)).shape))
"""


@pytest.mark.slow
def test_graphs_and_layers_work_with_the_core_alone(only_the_core):
    for absent in ("ignite", "matplotlib", "snakemake", "h5py", "sklearn", "requests"):
        assert run(only_the_core, "-c", f"import {absent}").returncode == 1, absent
    finished = run(only_the_core, "-c", A_NETWORK)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split("\n")[:2] == ["162 162", "(1, 162, 3)"]
    core = [f"deepsphere_pipe.{room}" for room in ROOMS[:-1] if room not in EXTRAS_OF_ROOMS]
    modules = [name for name in SOURCES if name.startswith(tuple(core))]
    everything = run(only_the_core, "-c", f"import {', '.join(modules)}")
    assert everything.returncode == 0, everything.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("extra", "arguments"),
    [
        ("data", "synthesize --study smoke.yaml --out x"),
        (
            "training",
            "train --study smoke.yaml --run tiny-seed0 --maps m.nc --split s --sphere s.nc",
        ),
        ("figures", "tables scores --input s.json --out x"),
    ],
)
def test_a_verb_names_the_extra_that_it_misses(only_the_core, extra, arguments):
    command = ("-m", "deepsphere_pipe", *arguments.split())
    finished = run(only_the_core, *command, cwd=ROOT / "config")
    assert finished.returncode == 2
    assert finished.stderr.startswith("error: the module '")
    assert f"its extra '{extra}'" in finished.stderr and finished.stderr.count("\n") == 1
