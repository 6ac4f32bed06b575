# The explorer of all runs, an interactive html.


rule explorer:
    input:
        [
            f"{RESULTS}/runs/{run}/{file}"
            for run in RUNS
            for file in ("history.csv", "epochs.nc", "predictions.nc", "scores.json")
        ],
    # Not inside the report: Chromium shows no frame whose address, the html itself, is above 2 MB.
    output:
        EXPLORER,
    log:
        f"{LOGS}/explorer.log",
    benchmark:
        f"{BENCHMARKS}/explorer.tsv"
    group:
        small_jobs("figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("explorer"),
        runtime=runtime("explorer"),
    params:
        study=STUDY,
        settings=[study.name, study.figures.style.model_dump_json(include={"colours"})],
        runs=[f"{RESULTS}/runs/{run}" for run in RUNS],
        code=code_fingerprint("reporting.explorer.build"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Make the explorer"
    shell:
        "python -m deepsphere_pipe explorer --runs {params.runs} --study {params.study}"
        " --out {output} > {log} 2>&1"
