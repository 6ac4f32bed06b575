# The numbers behind the paper's figures of the graphs themselves. Nothing here needs climate data.

GRAPH_FILES = {
    part: f"{RESULTS}/graphs/{part}.{'nc' if part == 'spectra' else 'csv'}"
    for part in study_config.GraphAnalysisConfig.model_fields
}
GRAPH_NUMBERS = list(GRAPH_FILES.values()) if study.graph_analysis else []


for part, file in GRAPH_FILES.items():

    rule:
        name:
            f"compute_{part}"
        output:
            file,
        log:
            f"{LOGS}/graphs/{part}.log",
        benchmark:
            f"{BENCHMARKS}/graphs/{part}.tsv"
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=mem_mb(part),
            runtime=runtime(part),
        params:
            study=STUDY,
            part=part,
            made_from=graph_recipe(part) if study.graph_analysis else None,
        message:
            f"Analyse the graphs: {part}"
        shell:
            "python -m deepsphere_pipe graph-analysis {params.part} --study {params.study}"
            " --out {output} > {log} 2>&1"
