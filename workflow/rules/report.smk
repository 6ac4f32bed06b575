# What is wanted, the summary of the study, and the report that holds tables and figures.


localrules:
    report,
    results,
    study_summary,


# What lies behind them. Without it a step that failed would be no reason for anything to run.
if RUNS:
    BEHIND_RESULTS = [
        *of_all("scores.json"),
        *TRACK_SCORES,
        *(f"{RESULTS}/runs/{run}/{file}" for run in RUNS for file in ("model.pt", "history.csv")),
        *{
            path
            for run in study.runs
            for path in place_of(study.sampling_of(run), run.split_name).values()
        },
    ]
else:
    BEHIND_RESULTS = []
BEHIND_RESULTS += GRAPH_NUMBERS
if study.power_spectra:
    BEHIND_RESULTS += rules.compute_power_spectra.output


rule results:
    input:
        TABLE_FILES,
        FIGURE_FILES,
        EXPLORER if RUNS else [],
        PREDICTIONS,
    message:
        "All tables and figures are there"


rule study_summary:
    input:
        of_all("scores.json"),
    output:
        STUDY_SUMMARY,
    log:
        f"{LOGS}/study_summary.log",
    benchmark:
        f"{BENCHMARKS}/study_summary.tsv"
    conda:
        "../../environment.yml"
    params:
        study=STUDY,
        # The summary only links to these: it is as good before one is drawn, and after.
        results=[*rules.results.input, *GRAPH_NUMBERS],
        code=code_fingerprint("reporting.study_summary"),
        made_from=lambda wildcards: RECIPES.scores(),
    message:
        "Write the summary of the study"
    shell:
        "python -m deepsphere_pipe study-summary --study {params.study}"
        " --input {input} {params.results}"
        " --out {output} > {log} 2>&1"


rule report:
    input:
        rules.results.input,
    output:
        REPORT,
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../../environment.yml"
    params:
        study=STUDY,
        settings=study_config.dump(study),
        captions=captions_fingerprint(),
    message:
        "Make the report"
    # The run that makes the report holds the lock; this one only reads.
    shell:
        'snakemake results --snakefile "$SNAKEFILE" --configfile {params.study} --nolock --cores 1'
        " --report {output}.part.html > {log} 2>&1 && mv {output}.part.html {output}"
