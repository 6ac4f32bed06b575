# The tables of the study, and the page that shows the most important of them.

# What the report calls each.
TABLE_TITLES = {
    "scores": "Scores on the test part",
    "accuracy": "Accuracy by class",
    "average_precision": "Average precision with intervals",
    "size_and_speed": "Size and speed of the networks",
    "differences": "Differences between networks with intervals",
    "samplings_compared": "Samplings compared by area",
    "temporal_compared": "Networks in time compared",
    "weighting_compared": "Weighted and non-weighted losses",
    "leakage_cost": "What leakage adds to the scores",
}
TABLES = {name: f"{RESULTS}/tables/{name}" for name in TABLE_NAMES}
TABLE_FILES = [f"{stem}.{form}" for stem in TABLES.values() for form in TABLE_FORMS]


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
                category="Results",
                labels={"item": TABLE_TITLES[name]},
            ),
        log:
            f"{LOGS}/tables/{name}.log",
        benchmark:
            f"{BENCHMARKS}/tables/{name}.tsv"
        conda:
            "../../environment.yml"
        params:
            table=name,
            stem=subpath(output.csv, strip_suffix=".csv"),
            code=code_fingerprint("reporting.tables"),
        message:
            f"Write the table {name}"
        shell:
            "python -m deepsphere_pipe tables {params.table} --input {input.scores}"
            " --out {params.stem} > {log} 2>&1"
