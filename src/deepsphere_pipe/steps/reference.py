"""The reference of all steps as functions, made from their signatures and docstrings."""

import ast
import re
from pathlib import Path

STEPS = (
    *("synthesize", "archive", "download", "check", "prepare", "sphere", "split"),
    *("train", "train_alone", "evaluate", "baseline", "predict", "follow", "track", "score_tracks"),
    *("import_weights", "export_weights"),
    *("graph_analysis", "power_spectra", "describe"),
)
"""The modules whose function is a step, in the order in which a study is made."""

EXAMPLE = """\
from pathlib import Path

from deepsphere_pipe.config import read_study
from deepsphere_pipe.steps.evaluate import evaluate
from deepsphere_pipe.steps.prepare import prepare
from deepsphere_pipe.steps.sphere import sphere
from deepsphere_pipe.steps.split import split
from deepsphere_pipe.steps.synthesize import synthesize
from deepsphere_pipe.steps.train import train

study = read_study("config/smoke.yaml")
run = study.run("tiny-seed0")
sampling = study.samplings_by_name["icosahedral"]
out = Path("results/by_hand")
made = (out / "maps.nc", out / "split", out / "sphere.nc")

synthesize(study.data.synthetic, out / "native")
prepare(study.data, sampling, out / "native", out / "maps.nc")
sphere(sampling, study.graph, out / "sphere.nc", depth=run.model.depth)
split(study.split, out / "maps.nc", out / "split")
train(run, *made, out / run.name)
evaluate(out / run.name / "model.pt", *made, out / run.name)
"""

INTRODUCTION = f"""\
# The steps in Python

<!-- Made by `make docs` from src/deepsphere_pipe/steps/: edit the docstrings, not this file. -->

Each rule of the workflow, and each verb of the command line, calls one function: paths and settings
in, files out. So a study by hand is

```python
{EXAMPLE}```

Settings are sections of a study ([configuration.md](configuration.md)), as `read_study` returns
them; they can be made in Python, too: `HealpixConfig(nside=32)`. Mistakes that you can mend are
raised as `deepsphere_pipe.errors.UserError`, in one sentence. In a script of your own, calls with
`workers` or `processes` belong below `if __name__ == "__main__":`.
"""


def steps_reference() -> str:
    """Return the reference as Markdown, one section for each step."""
    return "\n".join([INTRODUCTION, *map(_section, STEPS)])


def _section(step: str) -> str:
    """Return the section of a step; its module is read, and not run."""
    source = Path(__file__).with_name(f"{step}.py").read_text(encoding="utf-8")
    function = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == step
    )
    docstring = function.body[0]
    signature = source.splitlines()[function.lineno - 1 : docstring.lineno - 1]
    imported = f"from deepsphere_pipe.steps.{step} import {step}"
    code = ["```python", imported, "", "", *signature, "    ...", "```"]
    text = _markdown(ast.get_docstring(function) or "")
    return "\n".join([f"## `{step}`", "", *code, "", text, ""])


def _markdown(docstring: str) -> str:
    """Return a docstring, its sections under bold headings and their entries as lists."""
    text, *sections = re.split(r"^(\w+)\n-{3,}\n", docstring, flags=re.MULTILINE)
    parts = [text.strip()]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        entries = re.split(r"\n(?=\S)", body.strip())
        parts += [f"**{title}**", "\n".join(map(_entry, entries))]
    return "\n\n".join(parts)


def _entry(entry: str) -> str:
    """Return what a docstring says of one parameter or error as an entry of a list."""
    head, _, text = entry.partition("\n")
    names, colon, kind = head.partition(" : ")
    shown = ", ".join(f"`{name}`" for name in names.split(", "))
    return f"- {shown}{f' ({kind})' if colon else ''}: {' '.join(text.split())}"
