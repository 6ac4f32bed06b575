"""The files around the code say the same as each other and as the code."""

import ast
import re
import subprocess
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {
    "ignite": "pytorch-ignite",
    "matplotlib-base": "matplotlib",
    "pytorch": "torch",
    "snakemake-minimal": "snakemake",
}


def requirements(lines):
    """Return {canonical name: set of version bounds}."""
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): {str(bound) for bound in r.specifier} for r in parsed}


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return requirements(line for line in lines if line and not line.startswith("#"))


EXTRAS = PROJECT["optional-dependencies"]


def required(*extras):
    """Return the requirements of the core and of extras, as {canonical name: version bounds}."""
    found = requirements(PROJECT["dependencies"])
    for extra in extras:
        found |= requirements(EXTRAS[extra])
    return found


def test_the_workflow_brings_the_extras_of_its_steps():
    (own,) = [line for line in EXTRAS["workflow"] if line.startswith(PROJECT["name"])]
    assert Requirement(own).extras == set(EXTRAS) - {"workflow", "clusters", "dev"}


def test_conda_environment_has_the_ranges_of_pyproject():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = requirements(
        re.sub(r"^[\w-]+", lambda m: CONDA_NAMES.get(m[0], m[0]), c) for c in conda
    )
    assert conda.pop("python") == requirements([f"python{PROJECT['requires-python']}"])["python"]
    assert conda.pop("pygments") == set()  # of snakemake[reports]: conda knows no extras
    wanted = required("data", "training", "figures", "workflow")
    del wanted[PROJECT["name"]]
    assert conda == wanted


def test_every_requirement_is_pinned_within_its_range():
    pinned = pins()
    for line in [*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]:
        requirement = Requirement(line)
        if requirement.name == PROJECT["name"]:
            continue
        (pin,) = pinned[canonicalize_name(requirement.name)]
        assert pin.startswith("==") and "+" not in pin, line
        assert requirement.specifier.contains(pin.removeprefix("==")), line


def test_make_installs_all_extras():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (named,) = re.findall(r"--editable '\.\[(.+)\]'", makefile)
    assert set(named.split(",")) == {"workflow", "clusters", "dev"}


def test_torch_is_pinned_exactly_so_that_pip_chooses_the_build():
    assert pins()["torch"] == {"==2.13.0"}


ROOMS = (
    *("errors", "channels", "architecture", "grid_shapes", "projections", "runtime", "config"),
    *("samplings", "harmonics", "remap", "graphs", "data", "synthetic", "nn", "evaluation"),
    *("training", "prediction", "tracking", "graph_analysis", "reporting"),
    *("description", "estimates", "steps", "cli", "__main__"),
)
"""The rooms of the package, lowest floor first: each may import from those before it."""


@pytest.fixture(scope="module")
def imports():
    """The import graph of the package."""
    return grimp.build_graph("deepsphere_pipe")


def test_no_room_imports_from_one_above(imports):
    rooms = {room.rpartition(".")[2] for room in imports.find_children("deepsphere_pipe")}
    assert rooms == set(ROOMS)
    for module in imports.modules - {"deepsphere_pipe"}:
        for used in imports.find_modules_directly_imported_by(module) - {"deepsphere_pipe"}:
            floors = [ROOMS.index(name.split(".")[1]) for name in (used, module)]
            assert floors[0] <= floors[1], f"{module} imports {used}"


def test_the_documentation_tells_the_rooms_in_their_order():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    rooms = text.partition("| room |")[2].partition("\n\n")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \| \S", rooms, re.MULTILINE)) == ROOMS


def test_no_modules_import_each_other_in_a_circle(imports):
    graph = {
        module: imports.find_modules_directly_imported_by(module) for module in imports.modules
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def opens_text(call: ast.Call) -> bool:
    """Return whether a call reads or writes text, of a file or of a process."""
    name = getattr(call.func, "attr", getattr(call.func, "id", None))
    modes = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    in_text = any(re.fullmatch("[rwax][+]?t?", str(mode)) for mode in modes)
    if name in ("read_text", "write_text"):
        return isinstance(call.func, ast.Attribute)  # not our own `read_text`
    return (name == "open" and in_text) or any(k.arg == "text" for k in call.keywords)


def test_every_text_file_is_opened_in_an_encoding_that_is_named():
    """The locale's own differs from cluster to cluster, and from login shell to batch job."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Call) and opens_text(node):
                assert "encoding" in {k.arg for k in node.keywords}, f"{path}:{node.lineno}"
    for path in (ROOT / "tests").rglob("*.py"):
        for call in re.findall(
            r"\.(?:read|write)_text\(.*?\)\n", path.read_text("utf-8"), re.DOTALL
        ):
            assert "encoding" in call or "utf-8" in call, f"{path}: {call}"


def test_nothing_outside_the_workflow_imports_snakemake():
    found = subprocess.run(
        ["git", "grep", "-lE", r"^\s*(import|from) snakemake", "--", "src"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 1 and found.stdout == ""  # 1: searched and not found


def test_the_readme_has_no_dead_link_and_no_placeholder():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target
    found = set(re.findall(r"\b(?:[A-Z]+_[A-Z_]+|TODO|FIXME|IOU[A-Z]+)\b", text))
    assert found <= {"CUDA_VISIBLE_DEVICES", "DEEPSPHERE_GPUS"}  # these are what they are called
