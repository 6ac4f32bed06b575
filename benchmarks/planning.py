"""Time of plans by the number of jobs, and how much of it is the pipeline's own.

Studies of the shape of ``config/paper-samplings.yaml`` are planned (``snakemake --dry-run``) in
turns with a bare Snakefile of as many jobs with about as many files: what a plan takes above that
is ours. Processor time, the least of the turns, is steadier on a busy machine than wall time;
ratios of one run are what can be compared.

    python -m benchmarks.planning --jobs 50 200 700
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
JOBS_OF_A_RUN = 3
"""Its settings, its training and its evaluation."""

# Three jobs for a run, and as many that gather all runs as the study has tables and figures.
BARE = """\
RUNS = [str(number) for number in range({runs})]
rule all:
    input: [f"gathered/{{number}}" for number in range({gathering})]
rule settings:
    output: "settings/{{run}}"
    shell: "touch {{output}}"
rule train:
    input: "settings/{{run}}"
    output: "model/{{run}}", "history/{{run}}", "epochs/{{run}}"
    shell: "touch {{output}}"
rule evaluate:
    input: "model/{{run}}"
    output: "scores/{{run}}", "histograms/{{run}}"
    shell: "touch {{output}}"
rule gather:
    input: expand("scores/{{run}}", run=RUNS), expand("histograms/{{run}}", run=RUNS)
    output: "gathered/{{number}}"
    shell: "touch {{output}}"
"""


def study(runs: int) -> dict:
    """Return the study of the paper on three samplings, cut down to about so many runs."""
    content = yaml.safe_load((ROOT / "config/paper-samplings.yaml").read_text())
    experiments = content["experiments"]
    per_seed = len(content["samplings"]) * len(experiments)
    if runs < per_seed:
        kept = max(1, round(runs / len(content["samplings"])))
        content["experiments"] = dict(list(experiments.items())[:kept])
    content["seeds"] = list(range(max(1, round(runs / per_seed))))
    return content


def plan(snakefile: Path, folder: Path, options: argparse.Namespace) -> tuple[int, int, float]:
    """Return jobs in all, those of trainings, and seconds of the processor."""
    command = [Path(sys.executable).with_name("snakemake"), "--snakefile", snakefile]
    command += ["--directory", folder, "--cores", "2", "--dry-run", "--quiet", "rules"]
    if (folder / "study.yaml").exists():
        command += ["--configfile", folder / "study.yaml"]
    before = cpu_seconds()
    finished = subprocess.run(
        [*map(str, command), *options.snakemake.split()],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0"}, check=False,
    )  # fmt: skip
    elapsed = cpu_seconds() - before
    if finished.returncode:
        raise RuntimeError(finished.stdout)
    table = finished.stdout.partition("Job stats:")[2].splitlines()
    rows = [line.split() for line in table]
    counts = {row[0]: int(row[1]) for row in reversed(rows) if len(row) == 2 and row[1].isdigit()}
    return counts["total"], counts["train"], elapsed


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def parse_options() -> argparse.Namespace:
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], formatter_class=formatter)
    parser.add_argument("--jobs", type=int, nargs="+", default=[50, 200, 700], help="about so many")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--snakemake", default="", help="more options of Snakemake, as one text")
    return parser.parse_args()


def main() -> None:
    options = parse_options()
    print(f"{'jobs':>6} {'runs':>6} {'ours s':>8} {'bare s':>8} {'jobs/s':>8} {'own share':>10}")
    with tempfile.TemporaryDirectory() as name:
        for number, jobs in enumerate(options.jobs):
            ours, bare = Path(name, f"ours{number}"), Path(name, f"bare{number}")
            content = study(jobs // JOBS_OF_A_RUN)
            (ours / content["data"]["input"]).mkdir(parents=True)
            (ours / "study.yaml").write_text(yaml.safe_dump(content))
            bare.mkdir()
            times: dict[str, list[float]] = {"ours": [], "bare": []}
            for _ in range(options.turns):
                total, runs, elapsed = plan(ROOT / "workflow/Snakefile", ours, options)
                times["ours"].append(elapsed)
                gathering = max(1, total - JOBS_OF_A_RUN * runs - 1)
                (bare / "Snakefile").write_text(BARE.format(runs=runs, gathering=gathering))
                times["bare"].append(plan(bare / "Snakefile", bare, options)[2])
            mine, least = min(times["ours"]), min(times["bare"])
            print(
                f"{total:6} {runs:6} {mine:8.2f} {least:8.2f} {total / mine:8.0f}"
                f" {1 - least / mine:10.0%}"
            )


if __name__ == "__main__":
    main()
