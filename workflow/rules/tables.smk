# The tables of the study, and the page that shows the most important of them.

# Where the report has each, and what it calls it.
TABLE_TITLES = {
    "scores": ("Results", "Scores on the test part"),
    "accuracy": ("Results", "Accuracy by class"),
    "average_precision": ("Results", "Average precision with intervals"),
    "size_and_speed": ("Training", "Size and speed of the networks"),
    "events": ("Results", "Cyclones and rivers found"),
    "events_by_size_and_latitude": ("Results", "Cyclones and rivers by size and latitude"),
    "data": ("Data", "Maps, split and leakage"),
    "provenance": ("Provenance", "Code, data, device and time of every run"),
    "differences": ("Results", "Differences between networks with intervals"),
    "samplings_compared": ("Results", "Samplings compared by area"),
    "temporal_compared": ("Results", "Networks in time compared"),
    "weighting_compared": ("Results", "Weighted and non-weighted losses"),
    "leakage_cost": ("Results", "What leakage adds to the scores"),
}
TABLES = {name: f"{RESULTS}/tables/{name}" for name in TABLE_NAMES}
TABLE_FILES = [f"{stem}.{form}" for stem in TABLES.values() for form in TABLE_FORMS]
if study.graph_analysis:
    TABLE_FILES += [f"{RESULTS}/tables/samplings.{form}" for form in TABLE_FORMS]


for name, stem in TABLES.items():

    rule:
        name:
            f"{name}_table"
        input:
            scores=of_all("scores.json"),
            # Days are drawn from what lies beside the scores.
            histograms=of_all("histograms.nc"),
        output:
            csv=f"{stem}.csv",
            markdown=f"{stem}.md",
            latex=f"{stem}.tex",
            html=report(
                f"{stem}.html",
                caption=f"../report/{name}.rst",
                category=TABLE_TITLES[name][0],
                labels={"item": TABLE_TITLES[name][1]},
            ),
        log:
            f"{LOGS}/tables/{name}.log",
        benchmark:
            f"{BENCHMARKS}/tables/{name}.tsv"
        group:
            small_jobs("tables")
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=mem_mb("table"),
            runtime=runtime("table"),
        params:
            table=name,
            stem=subpath(output.csv, strip_suffix=".csv"),
            code=code_fingerprint("reporting.tables"),
            made_from=lambda wildcards: RECIPES.scores(),
        message:
            f"Write the table {name}"
        shell:
            "python -m deepsphere_pipe tables {params.table} --input {input.scores}"
            " --out {params.stem} > {log} 2>&1"


rule samplings_table:
    input:
        GRAPH_FILES["samplings"],
    output:
        csv=f"{RESULTS}/tables/samplings.csv",
        markdown=f"{RESULTS}/tables/samplings.md",
        latex=f"{RESULTS}/tables/samplings.tex",
        html=report(
            f"{RESULTS}/tables/samplings.html",
            caption="../report/samplings.rst",
            category="Graphs",
            labels={"item": "Equivariance error of all samplings"},
        ),
    log:
        f"{LOGS}/samplings_table.log",
    benchmark:
        f"{BENCHMARKS}/samplings_table.tsv"
    group:
        small_jobs("graph_figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("table"),
        runtime=runtime("table"),
    params:
        stem=subpath(output.csv, strip_suffix=".csv"),
        code=code_fingerprint("reporting.graph_figures.samplings_table"),
        made_from=lambda wildcards: graph_recipe("samplings"),
    message:
        "Write the table of samplings"
    shell:
        "python -m deepsphere_pipe tables samplings --input {input} --out {params.stem}"
        " > {log} 2>&1"
