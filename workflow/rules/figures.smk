# Figures of the runs and of the data: each is drawn from files, never from a model.

MAP_RUN = study.mapped_run.name if RUNS else "none"
GLOBE_RUN = study.figures.globe.run or MAP_RUN
HISTOGRAMS = [f"{RESULTS}/runs/{run}/histograms.nc" for run in RUNS]
PROJECTIONS = study.figures.map.files
# Every experiment on every sampling and split is one network to compare.
NETWORKS = {(run.experiment, run.sampling_name, run.split_name) for run in study.runs}
STUDY_FIGURES = [
    f"{FIGURES}/{name}.{kind}"
    for name in ("confusion", "calibration", "latitude", "cost", "composite")
    + (("comparison",) if len(NETWORKS) > 1 else ())
    for kind in ("png", "pdf")
]
STUDY_FIGURES += [f"{FIGURES}/globe.{kind}" for kind in ("gif", "webp", "html")]
STUDY_FIGURES += [
    f"{FIGURES}/maps/{sampling}-{projection}.{kind}"
    for sampling in study.samplings_by_name
    for projection in PROJECTIONS
    for kind in ("png", "pdf")
]


wildcard_constraints:
    projection="|".join(map(re.escape, PROJECTIONS)) or "none",


rule training_curves:
    input:
        files=[f"{RESULTS}/runs/{run}/history.csv" for run in RUNS],
    output:
        png=report(
            f"{FIGURES}/training_curves.png",
            caption="../report/training_curves.rst",
            category="Training",
            labels={"item": "Loss and average precision by epoch"},
        ),
        pdf=f"{FIGURES}/training_curves.pdf",
    log:
        f"{LOGS}/figures/training_curves.log",
    benchmark:
        f"{BENCHMARKS}/figures/training_curves.tsv"
    group:
        small_jobs("figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("figure"),
        runtime=runtime("figure"),
    params:
        study=STUDY,
        figure="training_curves",
        settings=settings_of("training_curves"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.curves"),
        made_from=lambda wildcards: RECIPES.trainings(),
    message:
        "Draw the training curves"
    shell:
        "python -m deepsphere_pipe figures {params.figure} --input {input.files}"
        " --study {params.study} --out {params.stem} > {log} 2>&1"


use rule training_curves as precision_recall with:
    input:
        files=of_all("histograms.nc"),
    output:
        png=report(
            f"{FIGURES}/precision_recall.png",
            caption="../report/precision_recall.rst",
            category="Results",
            labels={"item": "Precision against recall"},
        ),
        pdf=f"{FIGURES}/precision_recall.pdf",
    log:
        f"{LOGS}/figures/precision_recall.log",
    benchmark:
        f"{BENCHMARKS}/figures/precision_recall.tsv"
    params:
        study=STUDY,
        figure="precision_recall",
        settings=settings_of("precision_recall"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.curves"),
        made_from=lambda wildcards: RECIPES.scores(),
    message:
        "Draw precision against recall"


use rule training_curves as map with:
    input:
        files=f"{RESULTS}/runs/{MAP_RUN}/predictions.nc",
    output:
        png=report(
            f"{FIGURES}/map.png",
            caption="../report/map.rst",
            category="Maps",
            labels={"item": "Truth and prediction on one test map"},
        ),
        pdf=f"{FIGURES}/map.pdf",
    log:
        f"{LOGS}/figures/map.log",
    benchmark:
        f"{BENCHMARKS}/figures/map.tsv"
    params:
        study=STUDY,
        figure="map",
        settings=settings_of("map"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.maps.snapshot"),
        made_from=lambda wildcards: RECIPES.scores(MAP_RUN),
    message:
        "Draw the map of truth and prediction"


use rule training_curves as confusion with:
    input:
        files=HISTOGRAMS,
    output:
        png=report(
            f"{FIGURES}/confusion.png",
            caption="../report/confusion.rst",
            category="Results",
            labels={"item": "Confusion matrices"},
        ),
        pdf=f"{FIGURES}/confusion.pdf",
    log:
        f"{LOGS}/figures/confusion.log",
    benchmark:
        f"{BENCHMARKS}/figures/confusion.tsv"
    params:
        study=STUDY,
        figure="confusion",
        settings=settings_of("confusion"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.confusion"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Draw the confusion matrices"


use rule training_curves as calibration with:
    input:
        files=HISTOGRAMS,
    output:
        png=report(
            f"{FIGURES}/calibration.png",
            caption="../report/calibration.rst",
            category="Results",
            labels={"item": "Reliability of the probabilities"},
        ),
        pdf=f"{FIGURES}/calibration.pdf",
    log:
        f"{LOGS}/figures/calibration.log",
    benchmark:
        f"{BENCHMARKS}/figures/calibration.tsv"
    params:
        study=STUDY,
        figure="calibration",
        settings=settings_of("calibration"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.reliability"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Draw the reliability curves"


use rule training_curves as latitude with:
    input:
        files=HISTOGRAMS,
    output:
        png=report(
            f"{FIGURES}/latitude.png",
            caption="../report/latitude.rst",
            category="Results",
            labels={"item": "Scores by latitude"},
        ),
        pdf=f"{FIGURES}/latitude.pdf",
    log:
        f"{LOGS}/figures/latitude.log",
    benchmark:
        f"{BENCHMARKS}/figures/latitude.tsv"
    params:
        study=STUDY,
        figure="latitude",
        settings=settings_of("latitude"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.latitude"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Draw the scores by latitude"


use rule training_curves as comparison with:
    input:
        files=HISTOGRAMS,
    output:
        png=report(
            f"{FIGURES}/comparison.png",
            caption="../report/comparison.rst",
            category="Results",
            labels={"item": "Average precision of the networks"},
        ),
        pdf=f"{FIGURES}/comparison.pdf",
    log:
        f"{LOGS}/figures/comparison.log",
    benchmark:
        f"{BENCHMARKS}/figures/comparison.tsv"
    params:
        study=STUDY,
        figure="comparison",
        settings=settings_of("comparison"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.comparison"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Compare the networks"


use rule training_curves as cost with:
    input:
        files=HISTOGRAMS,
    output:
        png=report(
            f"{FIGURES}/cost.png",
            caption="../report/cost.rst",
            category="Results",
            labels={"item": "Average precision against cost"},
        ),
        pdf=f"{FIGURES}/cost.pdf",
    log:
        f"{LOGS}/figures/cost.log",
    benchmark:
        f"{BENCHMARKS}/figures/cost.tsv"
    params:
        study=STUDY,
        figure="cost",
        settings=settings_of("cost"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.comparison"),
        made_from=lambda wildcards: RECIPES.scores(*RUNS),
    message:
        "Draw scores against cost"


use rule training_curves as composite with:
    input:
        files=f"{RESULTS}/runs/{MAP_RUN}/composite.nc",
    output:
        png=report(
            f"{FIGURES}/composite.png",
            caption="../report/composite.rst",
            category="Maps",
            labels={"item": "The mean cyclone, found and missed"},
        ),
        pdf=f"{FIGURES}/composite.pdf",
    log:
        f"{LOGS}/figures/composite.log",
    benchmark:
        f"{BENCHMARKS}/figures/composite.tsv"
    params:
        study=STUDY,
        figure="composite",
        settings=settings_of("composite"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.composites"),
        made_from=lambda wildcards: RECIPES.scores(MAP_RUN),
    message:
        "Draw the mean cyclone"


use rule training_curves as maps with:
    input:
        files=lambda wildcards: mapped_predictions(wildcards.sampling),
    output:
        png=report(
            f"{FIGURES}/maps/{{sampling}}-{{projection}}.png",
            caption="../report/maps.rst",
            category="Maps",
            labels={"item": "{sampling}, {projection}"},
        ),
        pdf=f"{FIGURES}/maps/{{sampling}}-{{projection}}.pdf",
    log:
        f"{LOGS}/figures/maps/{{sampling}}-{{projection}}.log",
    benchmark:
        f"{BENCHMARKS}/figures/maps/{{sampling}}-{{projection}}.tsv"
    params:
        study=STUDY,
        figure=lambda wildcards: f"map/{wildcards.projection}",
        settings=lambda wildcards: settings_of(f"map/{wildcards.projection}"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.maps.snapshot"),
        made_from=lambda wildcards: RECIPES.scores(study.mapped_run_on(wildcards.sampling).name),
    message:
        "Draw maps on {wildcards.sampling}, {wildcards.projection}"


rule globe:
    input:
        files=f"{RESULTS}/runs/{GLOBE_RUN}/predictions.nc",
    output:
        page=report(
            f"{FIGURES}/globe.html",
            caption="../report/globe.rst",
            category="Maps",
            labels={"item": "Truth and prediction on a turning globe"},
        ),
        gif=f"{FIGURES}/globe.gif",
        webp=f"{FIGURES}/globe.webp",
    log:
        f"{LOGS}/figures/globe.log",
    benchmark:
        f"{BENCHMARKS}/figures/globe.tsv"
    group:
        small_jobs("figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("figure"),
        runtime=runtime("figure"),
    params:
        study=STUDY,
        figure="globe",
        settings=settings_of("globe"),
        stem=subpath(output.gif, strip_suffix=".gif"),
        code=code_fingerprint("reporting.maps.globe"),
        made_from=lambda wildcards: RECIPES.scores(GLOBE_RUN),
    message:
        "Draw the turning globe"
    shell:
        "python -m deepsphere_pipe figures {params.figure} --input {input.files}"
        " --study {params.study} --out {params.stem} > {log} 2>&1"


use rule map as draw_power_spectra with:
    input:
        files=SPECTRA,
    output:
        png=report(
            f"{FIGURES}/power_spectra.png",
            caption="../report/power_spectra.rst",
            category="Data",
            labels={"item": "Angular power spectra"},
        ),
        pdf=f"{FIGURES}/power_spectra.pdf",
    log:
        f"{LOGS}/figures/power_spectra.log",
    benchmark:
        f"{BENCHMARKS}/figures/power_spectra.tsv"
    params:
        study=STUDY,
        figure="power_spectra",
        settings=settings_of("power_spectra"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.figures.power_spectra"),
        made_from=lambda wildcards: spectra_recipe(),
    message:
        "Draw the power spectra"
