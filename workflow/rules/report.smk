# Figures, the page of the study, and the report that holds tables and figures.

MAP_RUN = study.mapped_run.name if RUNS else "none"


localrules:
    report,
    results,
    study_page,


rule training_curves:
    input:
        files=[f"{RESULTS}/runs/{run}/history.csv" for run in RUNS],
        settings=settings("figures/training_curves"),
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
    conda:
        "../../environment.yml"
    params:
        figure="training_curves",
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.curves"),
    message:
        "Draw the training curves"
    shell:
        "python -m deepsphere_pipe figures {params.figure} --input {input.files}"
        " --config-file {input.settings} --out {params.stem} > {log} 2>&1"


use rule training_curves as precision_recall with:
    input:
        files=of_all("histograms.nc"),
        settings=settings("figures/precision_recall"),
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
        figure="precision_recall",
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.curves"),
    message:
        "Draw precision against recall"


use rule training_curves as map with:
    input:
        files=f"{RESULTS}/runs/{MAP_RUN}/predictions.nc",
        settings=settings("figures/map"),
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
        figure="map",
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.maps"),
    message:
        "Draw the map of truth and prediction"


use rule map as draw_power_spectra with:
    input:
        files=SPECTRA,
        settings=settings("figures/power_spectra"),
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
        figure="power_spectra",
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.power_spectra_figure"),
    message:
        "Draw the power spectra"


rule results:
    input:
        [
            *TABLE_FILES,
            *rules.training_curves.output,
            *rules.precision_recall.output,
            *rules.map.output,
        ]
        if RUNS
        else [],
        GRAPH_RESULTS,
        rules.draw_power_spectra.output if study.power_spectra else [],
    message:
        "All tables and figures are there"


rule study_page:
    input:
        of_all("scores.json"),
    output:
        STUDY_PAGE,
    log:
        f"{LOGS}/study_page.log",
    benchmark:
        f"{BENCHMARKS}/study_page.tsv"
    conda:
        "../../environment.yml"
    params:
        study=study.name,
        # The page only links to these: it is as good before one is drawn, and after.
        results=[*rules.results.input, *GRAPH_NUMBERS],
        code=code_fingerprint("reporting.study_page"),
    message:
        "Write the page of the study"
    shell:
        "python -m deepsphere_pipe study-page --name {params.study}"
        " --input {input} {params.results}"
        " --out {output} > {log} 2>&1"


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
