# The interactive page of all runs.


rule page:
    input:
        [
            f"{RESULTS}/runs/{run}/{file}"
            for run in RUNS
            for file in ("history.csv", "epochs.nc", "predictions.nc", "scores.json")
        ],
        settings=settings("page"),
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
        runs=[f"{RESULTS}/runs/{run}" for run in RUNS],
        code=code_fingerprint("reporting.explorer.page"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Make the interactive page"
    shell:
        "python -m deepsphere_pipe page --runs {params.runs} --config-file {input.settings}"
        " --out {output} > {log} 2>&1"
