# The interactive page of all runs.


rule page:
    input:
        [
            f"{RESULTS}/runs/{run}/{file}"
            for run in RUNS
            for file in ("history.csv", "epochs.nc", "predictions.nc", "scores.json")
        ],
    # Not inside the report: Chromium shows no frame whose address, the page itself, is above 2 MB.
    output:
        PAGE,
    log:
        f"{LOGS}/page.log",
    benchmark:
        f"{BENCHMARKS}/page.tsv"
    group:
        small_jobs("figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("page"),
        runtime=runtime("page"),
    params:
        study=STUDY,
        settings=[study.name, study.figures.style.model_dump_json(include={"colours"})],
        runs=[f"{RESULTS}/runs/{run}" for run in RUNS],
        code=code_fingerprint("reporting.explorer.page"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Make the interactive page"
    shell:
        "python -m deepsphere_pipe page --runs {params.runs} --study {params.study}"
        " --out {output} > {log} 2>&1"
