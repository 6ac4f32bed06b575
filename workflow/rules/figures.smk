# Figures of the runs, of the data and of graphs: each is drawn from files, never from a model.

MAP_RUN = study.mapped_run().name if RUNS else "none"
GLOBE_RUN = study.figures.globe.run or MAP_RUN
FIGURE_FILES = [
    f"{FIGURES}/{stem}.{suffix}"
    for row, stem in registry.figures_of(study)
    for suffix in row.suffixes
]


wildcard_constraints:
    projection="|".join(map(re.escape, study.figures.map.files)) or "none",


def of_run(run, file):
    """Return a file of a run, and the function that gives its recipe."""
    return f"{RESULTS}/runs/{run}/{file}", lambda wildcards: RECIPES.scores(run)


def settings_by_wildcards(figure):
    """Return the function of a rule that tells what its figure depends on besides its files."""
    return lambda wildcards: settings_of(figure.format(**dict(wildcards.items())))


def of_graphs(part):
    """Return the file of a part of the analysis of graphs, and the function of its recipe."""
    return GRAPH_FILES[part], lambda wildcards: graph_recipe(part)


# What figures are drawn from, by the words of their registry: files, and what these are made from.
DRAWN_FROM = {
    "histories": (
        [f"{RESULTS}/runs/{run}/history.csv" for run in RUNS],
        lambda wildcards: RECIPES.trainings(),
    ),
    "histograms": (
        [f"{RESULTS}/runs/{run}/histograms.nc" for run in RUNS],
        lambda wildcards: RECIPES.scores(*RUNS),
    ),
    "rotations": (
        [f"{RESULTS}/runs/{run}/rotations.csv" for run in RUNS],
        lambda wildcards: RECIPES.scores(*RUNS),
    ),
    "all_histograms": (of_all("histograms.nc"), lambda wildcards: RECIPES.scores()),
    "predictions": of_run(MAP_RUN, "predictions.nc"),
    "composite": of_run(MAP_RUN, "composite.nc"),
    "globe_predictions": of_run(GLOBE_RUN, "predictions.nc"),
    "predictions_by_sampling": (
        lambda wildcards: of_run(study.mapped_run(wildcards.sampling).name, "predictions.nc")[0],
        lambda wildcards: RECIPES.scores(study.mapped_run(wildcards.sampling).name),
    ),
    "tracks": (
        f"{RESULTS}/runs/{MAP_RUN}/tracks.json",
        lambda wildcards: content_hash(RECIPES.tracks(MAP_RUN)),
    ),
    "power_spectra": (SPECTRA, lambda wildcards: spectra_recipe()),
    "followed": (FOLLOWED_FILE, lambda wildcards: followed_recipe(wildcards.prediction)),
    **{part: of_graphs(part) for part in GRAPH_FILES},
}


for row in registry.FIGURES.values():

    rule:
        name:
            row.name
            if row.drawn_from not in (*GRAPH_FILES, "power_spectra")
            else f"draw_{row.name}"
        input:
            files=DRAWN_FROM[row.drawn_from][0],
        output:
            shown=report(
                f"{FIGURES}/{row.stem}.{row.suffixes[0]}",
                caption=f"../report/{row.name}.rst",
                category=row.category,
                labels={"item": row.title},
            ),
            others=[f"{FIGURES}/{row.stem}.{suffix}" for suffix in row.suffixes[1:]],
        log:
            f"{LOGS}/figures/{row.stem}.log",
        benchmark:
            f"{BENCHMARKS}/figures/{row.stem}.tsv"
        group:
            small_jobs("graph_figures" if row.drawn_from in GRAPH_FILES else "figures")
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=mem_mb("figure"),
            runtime=runtime("figure"),
        params:
            study=STUDY,
            figure=row.settings,
            settings=settings_by_wildcards(row.settings),
            stem=subpath(output.shown, strip_suffix=f".{row.suffixes[0]}"),
            code=code_fingerprint(row.module),
            made_from=DRAWN_FROM[row.drawn_from][1],
        message:
            "Draw {params.stem}"
        shell:
            "python -m deepsphere_pipe figures {params.figure} --input {input.files}"
            " --study {params.study} --out {params.stem} > {log} 2>&1"
