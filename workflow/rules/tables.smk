# The tables of the study, all made by one rule from their registry.

from deepsphere_pipe.reporting.tables.registry import FORMS, TABLES, tables_of

TABLE_NAMES = tables_of(
    [run.model_dump(mode="json") for run in study.runs], study.graph_analysis is not None
)
TABLE_FILES = [f"{RESULTS}/tables/{name}.{form}" for name in TABLE_NAMES for form in FORMS]


def recipe_of(table):
    """Return the function of wildcards that tells what a table is made from."""
    if table.analysis:
        return lambda wildcards: graph_recipe(table.analysis)
    return lambda wildcards: RECIPES.scores()


for name in TABLE_NAMES:
    table = TABLES[name]
    stem = f"{RESULTS}/tables/{name}"

    rule:
        name:
            f"{name}_table"
        input:
            files=f"{GRAPHS}/{table.analysis}.csv" if table.analysis else of_all("scores.json"),
            # Days are drawn from what lies beside the scores.
            histograms=[] if table.analysis else of_all("histograms.nc"),
        output:
            csv=f"{stem}.csv",
            markdown=f"{stem}.md",
            latex=f"{stem}.tex",
            html=report(
                f"{stem}.html",
                caption=f"../report/{name}.rst",
                category=table.category,
                labels={"item": table.title},
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
            code=code_fingerprint("reporting.tables.write", table.module),
            made_from=recipe_of(table),
        message:
            f"Write the table {name}"
        shell:
            "python -m deepsphere_pipe tables {params.table} --input {input.files}"
            " --out {params.stem} > {log} 2>&1"
