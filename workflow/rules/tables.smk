# The tables of the study, all made by one rule from their registry.

from deepsphere_pipe.reporting.tables.registry import FOLLOWED, FORMS, tables_of

TABLE_ROWS = tables_of(
    [run.model_dump(mode="json") for run in study.runs],
    study.graph_analysis is not None,
    bool(study.followed),
    study.tracking.score_runs,
)
TABLE_FILES = [f"{RESULTS}/tables/{row.name}.{form}" for row in TABLE_ROWS for form in FORMS]


def recipe_of(row):
    """Return the function of wildcards that gives the recipe of what a table shows."""
    if row.analysis == FOLLOWED:
        return lambda wildcards: followed_recipe()
    if row.analysis:
        return lambda wildcards: graph_recipe(row.analysis)
    if row.of_tracks:
        return lambda wildcards: content_hash([RECIPES.scores(), RECIPES.all_tracks()])
    return lambda wildcards: RECIPES.scores()


def files_of(analysis):
    """Return the files that a table shows."""
    if analysis == FOLLOWED:
        return FOLLOWED_FILES
    return GRAPH_FILES[analysis] if analysis else of_all("scores.json")


for row in TABLE_ROWS:
    stem = f"{RESULTS}/tables/{row.name}"

    rule:
        name:
            f"{row.name}_table"
        input:
            files=files_of(row.analysis),
            # Days are drawn from what lies beside the scores.
            histograms=[] if row.analysis else of_all("histograms.nc"),
            tracks=TRACK_SCORES if row.of_tracks else [],
        output:
            csv=f"{stem}.csv",
            markdown=f"{stem}.md",
            latex=f"{stem}.tex",
            html=report(
                f"{stem}.html",
                caption=f"../report/{row.name}.rst",
                category=row.category,
                labels={"item": row.title},
            ),
        log:
            f"{LOGS}/tables/{row.name}.log",
        benchmark:
            f"{BENCHMARKS}/tables/{row.name}.tsv"
        group:
            small_jobs("tables")
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=mem_mb("table"),
            runtime=runtime("table"),
        params:
            table=row.name,
            stem=subpath(output.csv, strip_suffix=".csv"),
            code=code_fingerprint("reporting.tables.forms", row.made_by),
            made_from=recipe_of(row),
        message:
            f"Write the table {row.name}"
        shell:
            "python -m deepsphere_pipe tables {params.table} --input {input.files}"
            " --out {params.stem} > {log} 2>&1"
