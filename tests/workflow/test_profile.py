"""What a local run may use, by the profile that Snakemake reads by itself."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROFILE = Path(__file__).parents[2] / "workflow/profiles/default"
SNAKEFILE = """
print("cores", workflow.cores, "gpu", getattr(workflow.global_resources.get("gpu"), "value", None))
rule all:
    input: "0", "1"
rule train:
    output: "{i}"
    resources: gpu=1
    shell: "for _ in {{1..200}}; do echo {resources.gpu} > {output}.began;"
        " if [ -e 0.began ] && [ -e 1.began ]; then touch {output}; exit; fi; sleep 0.1; done;"
        " exit 1"
rule evaluate:
    output: "evaluated"
    resources: gpu=1
    shell: "touch {output}"
"""


@pytest.fixture
def snakemake(tmp_path):
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")

    def run(*arguments, gpus, **environment):
        hidden = {"CUDA_VISIBLE_DEVICES", "SNAKEMAKE_PROFILE"}
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        program = Path(sys.executable).with_name("snakemake")
        return subprocess.run(
            [program, "--workflow-profile", PROFILE, *arguments], cwd=tmp_path, text=True,
            env=inherited | {"DEEPSPHERE_GPUS": gpus} | environment, timeout=120, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    return run


def limits(finished):
    return re.search(r"^cores .*", finished.stdout, re.MULTILINE)[0]


@pytest.mark.parametrize(
    ("gpus", "options", "expected"),
    [
        ("0,1,2", [], "cores {all} gpu 3"),
        ("", [], "cores {all} gpu 0"),
        ("0,1,2", ["--cores", "5", "--resources", "gpu=2"], "cores 5 gpu 2"),
        ("0,1,2", ["--resources", "mem_mb=900"], "cores {all} gpu None"),
        ("0,1,2", ["-j", "3"], "cores 3 gpu 3"),  # with cores it would limit no threads
        ("0,1,2", ["--jobs=3"], "cores 3 gpu 3"),
    ],
)
def test_limits_are_what_the_machine_has_and_the_command_line_says(
    snakemake, gpus, options, expected
):
    finished = snakemake("evaluated", *options, gpus=gpus)
    assert finished.returncode == 0, finished.stdout
    assert limits(finished) == expected.format(all=len(os.sched_getaffinity(0)))


def test_a_limit_of_gpus_keeps_no_cores_idle_on_a_machine_without_any(snakemake, tmp_path):
    """Each of two jobs ends only once the other runs, too."""
    finished = snakemake("--cores", "2", "--resources", "gpu=1", gpus="")
    assert finished.returncode == 0, finished.stdout
    assert (tmp_path / "0.began").read_text(encoding="utf-8") == "0\n"


def test_a_profile_for_another_place_is_told_nothing_of_this_machine(snakemake, tmp_path):
    (tmp_path / "cluster").mkdir()
    (tmp_path / "cluster/config.yaml").write_text("cores: 7\n", encoding="utf-8")
    finished = snakemake("evaluated", "--profile", "cluster", gpus="")
    assert limits(finished) == "cores 7 gpu None", finished.stdout


def test_a_missing_installation_is_told_in_one_sentence(snakemake, tmp_path):
    package = tmp_path / "other/deepsphere_pipe"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    finished = snakemake(gpus="", PYTHONPATH=str(package.parent))
    assert finished.returncode == 1 and "Traceback" not in finished.stdout
    assert "lacks the package of this checkout" in finished.stdout
    assert "make install" in finished.stdout


@pytest.mark.slow
def test_trainings_and_evaluations_take_gpus_of_their_own(fresh, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for gpus, each in (("0,1", 1), ("", 0)):
        monkeypatch.setenv("DEEPSPHERE_GPUS", gpus)
        planned = fresh.run("--dry-run", "--printshellcmds", "--quiet", "host").stdout
        for verb in ("train", "evaluate"):
            command = f"with-gpus --gpus {each} -- python -m deepsphere_pipe {verb} "
            assert planned.count(command) == 4, planned
