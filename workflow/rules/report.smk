# Tables, and the report that holds them and the figures.


localrules:
    report,
    results,


rule scores_table:
    input:
        of_all("scores.json"),
    output:
        csv=f"{TABLE}.csv",
        markdown=f"{TABLE}.md",
        html=report(
            f"{TABLE}.html",
            caption="../report/scores.rst",
            category="Results",
            labels={"item": "Scores on the test part"},
        ),
    log:
        f"{LOGS}/scores_table.log",
    benchmark:
        f"{BENCHMARKS}/scores_table.tsv"
    conda:
        "../../environment.yml"
    params:
        stem=subpath(output.csv, strip_suffix=".csv"),
        code=code_fingerprint("reporting.tables"),
    message:
        "Write the table of scores"
    shell:
        "python -m deepsphere_pipe tables scores --input {input} --out {params.stem} > {log} 2>&1"


rule results:
    input:
        [
            *rules.scores_table.output,
            *rules.training_curves.output,
            *rules.precision_recall.output,
            *rules.map.output,
            *STUDY_FIGURES,
        ]
        if RUNS
        else [],
        GRAPH_RESULTS,
        rules.draw_power_spectra.output if study.power_spectra else [],
    message:
        "All tables and figures are there"


rule report:
    input:
        rules.results.input,
        settings=settings("study"),
    output:
        REPORT,
    log:
        f"{LOGS}/report.log",
    benchmark:
        f"{BENCHMARKS}/report.tsv"
    conda:
        "../../environment.yml"
    params:
        captions=captions_fingerprint(),
    message:
        "Make the report"
    # The run that makes the report holds the lock; this one only reads.
    shell:
        'snakemake results --snakefile "$SNAKEFILE" --configfile {input.settings} --nolock --cores 1'
        " --report {output}.part.html > {log} 2>&1 && mv {output}.part.html {output}"
