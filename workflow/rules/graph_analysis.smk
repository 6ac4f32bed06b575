# The paper's figures of the graphs themselves. Nothing here needs climate data.

GRAPHS = f"{RESULTS}/graphs"
GRAPH_FIGURES = (
    ["equivariance_error", "kernel_widths", "samplings", "spectra", "eigenvectors", "graphs"]
    if study.graph_analysis
    else []
)
GRAPH_RESULTS = [f"{FIGURES}/{name}.{kind}" for name in GRAPH_FIGURES for kind in ("png", "pdf")]
GRAPH_NUMBERS = [f"{GRAPHS}/spectra.nc"] if study.graph_analysis else []


rule compute_equivariance_error:
    output:
        f"{GRAPHS}/equivariance_error.csv",
    log:
        f"{LOGS}/graphs/equivariance_error.log",
    benchmark:
        f"{BENCHMARKS}/graphs/equivariance_error.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("equivariance_error"),
        runtime=runtime("equivariance_error"),
    params:
        study=STUDY,
        part="equivariance_error",
        made_from=graph_recipe("equivariance_error") if study.graph_analysis else None,
    message:
        "Compute equivariance errors"
    shell:
        "python -m deepsphere_pipe graph-analysis {params.part} --study {params.study}"
        " --out {output} > {log} 2>&1"


use rule compute_equivariance_error as compute_kernel_widths with:
    output:
        f"{GRAPHS}/kernel_widths.csv",
    log:
        f"{LOGS}/graphs/kernel_widths.log",
    benchmark:
        f"{BENCHMARKS}/graphs/kernel_widths.tsv"
    resources:
        mem_mb=mem_mb("kernel_widths"),
        runtime=runtime("kernel_widths"),
    params:
        study=STUDY,
        part="kernel_widths",
        made_from=graph_recipe("kernel_widths") if study.graph_analysis else None,
    message:
        "Search the optimal kernel widths"


use rule compute_equivariance_error as compute_samplings with:
    output:
        f"{GRAPHS}/samplings.csv",
    log:
        f"{LOGS}/graphs/samplings.log",
    benchmark:
        f"{BENCHMARKS}/graphs/samplings.tsv"
    resources:
        mem_mb=mem_mb("samplings"),
        runtime=runtime("samplings"),
    params:
        study=STUDY,
        part="samplings",
        made_from=graph_recipe("samplings") if study.graph_analysis else None,
    message:
        "Compare the samplings"


use rule compute_equivariance_error as compute_spectra with:
    output:
        f"{GRAPHS}/spectra.nc",
    log:
        f"{LOGS}/graphs/spectra.log",
    benchmark:
        f"{BENCHMARKS}/graphs/spectra.tsv"
    resources:
        mem_mb=mem_mb("spectra"),
        runtime=runtime("spectra"),
    params:
        study=STUDY,
        part="spectra",
        made_from=graph_recipe("spectra") if study.graph_analysis else None,
    message:
        "Compute Laplacian spectra"


rule draw_equivariance_error:
    input:
        file=f"{GRAPHS}/equivariance_error.csv",
    output:
        png=report(
            f"{FIGURES}/equivariance_error.png",
            caption="../report/equivariance_error.rst",
            category="Graphs",
            labels={"item": "Equivariance error against degree"},
        ),
        pdf=f"{FIGURES}/equivariance_error.pdf",
    log:
        f"{LOGS}/figures/equivariance_error.log",
    benchmark:
        f"{BENCHMARKS}/figures/equivariance_error.tsv"
    group:
        small_jobs("graph_figures")
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("figure"),
        runtime=runtime("figure"),
    params:
        study=STUDY,
        figure="equivariance_error",
        settings=settings_of("equivariance_error"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.equivariance_error"),
        made_from=lambda wildcards: graph_recipe("equivariance_error"),
    message:
        "Draw the equivariance error against degree"
    shell:
        "python -m deepsphere_pipe figures {params.figure} --input {input.file}"
        " --study {params.study} --out {params.stem} > {log} 2>&1"


use rule draw_equivariance_error as draw_kernel_widths with:
    input:
        file=f"{GRAPHS}/kernel_widths.csv",
    output:
        png=report(
            f"{FIGURES}/kernel_widths.png",
            caption="../report/kernel_widths.rst",
            category="Graphs",
            labels={"item": "Optimal kernel widths"},
        ),
        pdf=f"{FIGURES}/kernel_widths.pdf",
    log:
        f"{LOGS}/figures/kernel_widths.log",
    benchmark:
        f"{BENCHMARKS}/figures/kernel_widths.tsv"
    params:
        study=STUDY,
        figure="kernel_widths",
        settings=settings_of("kernel_widths"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.kernel_widths"),
        made_from=lambda wildcards: graph_recipe("kernel_widths"),
    message:
        "Draw the kernel widths"


use rule draw_equivariance_error as draw_samplings with:
    input:
        file=f"{GRAPHS}/samplings.csv",
    output:
        png=report(
            f"{FIGURES}/samplings.png",
            caption="../report/samplings.rst",
            category="Graphs",
            labels={"item": "Equivariance error against neighbours and vertices"},
        ),
        pdf=f"{FIGURES}/samplings.pdf",
    log:
        f"{LOGS}/figures/samplings.log",
    benchmark:
        f"{BENCHMARKS}/figures/samplings.tsv"
    params:
        study=STUDY,
        figure="samplings",
        settings=settings_of("samplings"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.samplings"),
        made_from=lambda wildcards: graph_recipe("samplings"),
    message:
        "Draw the comparison of the samplings"


use rule draw_equivariance_error as draw_spectra with:
    input:
        file=f"{GRAPHS}/spectra.nc",
    output:
        png=report(
            f"{FIGURES}/spectra.png",
            caption="../report/spectra.rst",
            category="Graphs",
            labels={"item": "Spectra and alignment with spherical harmonics"},
        ),
        pdf=f"{FIGURES}/spectra.pdf",
    log:
        f"{LOGS}/figures/spectra.log",
    benchmark:
        f"{BENCHMARKS}/figures/spectra.tsv"
    params:
        study=STUDY,
        figure="spectra",
        settings=settings_of("spectra"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.spectra"),
        made_from=lambda wildcards: graph_recipe("spectra"),
    message:
        "Draw the Laplacian spectra"


use rule draw_equivariance_error as draw_eigenvectors with:
    input:
        file=f"{GRAPHS}/spectra.nc",
    output:
        png=report(
            f"{FIGURES}/eigenvectors.png",
            caption="../report/eigenvectors.rst",
            category="Graphs",
            labels={"item": "Eigenvectors on the sphere"},
        ),
        pdf=f"{FIGURES}/eigenvectors.pdf",
    log:
        f"{LOGS}/figures/eigenvectors.log",
    benchmark:
        f"{BENCHMARKS}/figures/eigenvectors.tsv"
    params:
        study=STUDY,
        figure="eigenvectors",
        settings=settings_of("eigenvectors"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.spectra"),
        made_from=lambda wildcards: graph_recipe("spectra"),
    message:
        "Draw eigenvectors"


use rule draw_equivariance_error as draw_graphs with:
    input:
        file=f"{GRAPHS}/spectra.nc",
    output:
        png=report(
            f"{FIGURES}/graphs.png",
            caption="../report/graphs.rst",
            category="Graphs",
            labels={"item": "The graphs on the sphere"},
        ),
        pdf=f"{FIGURES}/graphs.pdf",
    log:
        f"{LOGS}/figures/graphs.log",
    benchmark:
        f"{BENCHMARKS}/figures/graphs.tsv"
    params:
        study=STUDY,
        figure="graphs",
        settings=settings_of("graphs"),
        stem=subpath(output.pdf, strip_suffix=".pdf"),
        code=code_fingerprint("reporting.graph_figures.spectra"),
        made_from=lambda wildcards: graph_recipe("spectra"),
    message:
        "Draw the graphs"
