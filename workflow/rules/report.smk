# Tables, figures, and the report that holds them.

REPORT = f"{RESULTS}/report.html"
TABLE = f"{RESULTS}/tables/scores"
FIGURES = f"{RESULTS}/figures"
MAP_RUN = f"{study.figures.map.experiment or next(iter(study.experiments))}-seed{study.seeds[0]}"


def of_all(file):
    """Return a file of every run and every baseline, networks first."""
    return [f"{RESULTS}/runs/{run}/{file}" for run in RUNS] + [
        f"{RESULTS}/baselines/{name}/{file}" for name in study.baselines
    ]


FIGURE_INPUT = {
    "training_curves": [f"{RESULTS}/runs/{run}/history.csv" for run in RUNS],
    "precision_recall": of_all("histograms.nc"),
}


def headline():
    """Return the table of scores and where the report lies, for the end of a run."""
    table = Path(f"{TABLE}.md")
    return (
        f"\n{table.read_text()}" if table.exists() else ""
    ) + f"\nReport: {REPORT}\n"


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
            labels={"item": "Scores on the test part", "type": "table"},
        ),
    log:
        f"{LOGS}/scores_table.log",
    benchmark:
        f"{BENCHMARKS}/scores_table.tsv"
    conda:
        "../../environment.yml"
    params:
        stem=TABLE,
        code=code_fingerprint("reporting.tables"),
    message:
        "Write the table of scores"
    shell:
        "python -m deepsphere_pipe tables --scores {input} --out {params.stem} > {log} 2>&1"


rule curves:
    input:
        files=lambda wildcards: FIGURE_INPUT[wildcards.figure],
        settings=settings("figures/{figure}"),
    output:
        png=report(
            f"{FIGURES}/{{figure}}.png",
            caption="../report/{figure}.rst",
            category="Results",
            labels=lambda wildcards: {
                "item": wildcards.figure.replace("_", " ").capitalize(),
                "type": "figure",
            },
        ),
        pdf=f"{FIGURES}/{{figure}}.pdf",
    log:
        f"{LOGS}/figures/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/figures/{{figure}}.tsv"
    conda:
        "../../environment.yml"
    params:
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.curves"),
    message:
        "Draw {wildcards.figure}"
    shell:
        "python -m deepsphere_pipe figures {wildcards.figure} --input {input.files}"
        " --config-file {input.settings} --out {params.stem} > {log} 2>&1"


rule map:
    input:
        predictions=f"{RESULTS}/runs/{MAP_RUN}/predictions.nc",
        settings=settings("figures/map"),
    output:
        png=report(
            f"{FIGURES}/map.png",
            caption="../report/map.rst",
            category="Maps",
            labels={"item": "Truth and prediction", "type": "figure"},
        ),
        pdf=f"{FIGURES}/map.pdf",
    log:
        f"{LOGS}/figures/map.log",
    benchmark:
        f"{BENCHMARKS}/figures/map.tsv"
    conda:
        "../../environment.yml"
    params:
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.maps"),
    message:
        "Draw the map of truth and prediction"
    shell:
        "python -m deepsphere_pipe figures map --input {input.predictions}"
        " --config-file {input.settings} --out {params.stem} > {log} 2>&1"


rule results:
    input:
        rules.scores_table.output,
        expand(
            f"{FIGURES}/{{figure}}.{{suffix}}",
            figure=FIGURE_INPUT,
            suffix=["png", "pdf"],
        ),
        rules.map.output,
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
    message:
        "Make the report"
    # The run that makes the report holds the lock; this one only reads.
    shell:
        "snakemake results --configfile {input.settings} --nolock --cores 1"
        " --report {output} > {log} 2>&1"
