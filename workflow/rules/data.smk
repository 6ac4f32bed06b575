# Snapshots -> one store of maps on each sampling -> split and statistics.

MAPS = f"{RESULTS}/data/{{sampling}}/maps.nc"
# On whose labels all are scored as well, if the study says so.
COMMON_MAPS = [
    MAPS.format(sampling=name)
    for name in study.samplings
    if name == study.evaluation.common_sampling
]
SPECTRA = f"{RESULTS}/data/power_spectra.csv"
SPLIT_FILES = {
    "split": f"{RESULTS}/data/{{sampling}}/{{split}}/split.csv",
    "statistics": f"{RESULTS}/data/{{sampling}}/{{split}}/statistics.json",
    "audit": f"{RESULTS}/data/{{sampling}}/{{split}}/audit.json",
}
# Where each file comes from that is fetched if it is not there. Only while it is not: what a user
# has put there is never made, so never deleted.
DOWNLOADS = {
    section.input: section
    for section in (study.data, study.power_spectra, *study.predictions.values())
    if section and section.input and not (is_there(section.input) or matching(section.input))
}

if workflow.is_main_process:
    check_inputs()


rule synthesize:
    output:
        directory(SYNTHESIZED),
    log:
        f"{LOGS}/synthesize.log",
    benchmark:
        f"{BENCHMARKS}/synthesize.tsv"
    conda:
        "../../environment.yml"
    threads: THREADS["synthesize"]
    resources:
        mem_mb=mem_mb("synthesize"),
        runtime=runtime("synthesize"),
    params:
        study=STUDY,
        settings=study.data.model_dump_json(include={"synthetic"}),
        code=code_of("synthesize"),
    message:
        "Synthesise CAM5-like snapshots"
    shell:
        "python -m deepsphere_pipe synthesize --study {params.study}"
        " --workers {threads} --out {output} > {log} 2>&1"


if any(section.download for section in DOWNLOADS.values()):

    rule download:
        output:
            "{input}",
        log:
            f"{LOGS}/download/{{input}}.log",
        benchmark:
            f"{BENCHMARKS}/download/{{input}}.tsv"
        wildcard_constraints:
            input="|".join(map(re.escape, DOWNLOADS)),
        conda:
            "../../environment.yml"
        threads: 1
        resources:
            mem_mb=mem_mb("download"),
            runtime=runtime("download"),
        params:
            urls=lambda wildcards: DOWNLOADS[wildcards.input].download.urls,
            checks=lambda wildcards: download_checks(DOWNLOADS[wildcards.input].download),
        message:
            "Fetch {output}"
        shell:
            "python -m deepsphere_pipe download {params.urls:q} {params.checks}"
            " --out {output:q} > {log:q} 2>&1"


rule prepare:
    input:
        native=NATIVE_BY_VERSION,
        vertices=vertices_of,
    output:
        maps=MAPS,
        manifest=MANIFEST,
        files=f"{RESULTS}/data/{{sampling}}/maps.files.csv",
    log:
        f"{LOGS}/prepare/{{sampling}}.log",
    benchmark:
        f"{BENCHMARKS}/prepare/{{sampling}}.tsv"
    conda:
        "../../environment.yml"
    threads: THREADS["prepare"]
    resources:
        mem_mb=mem_mb("prepare"),
        runtime=runtime("prepare"),
    params:
        study=STUDY,
        native=lambda wildcards: NATIVE,  # which may be an address, and no input
        made_from=lambda wildcards: made_from_flag({"data": RECIPES.data(wildcards.sampling)}),
    message:
        "Remap the snapshots to the sampling {wildcards.sampling}"
    shell:
        "python -m deepsphere_pipe prepare --study {params.study} --sampling {wildcards.sampling}"
        " --input {params.native:q} --workers {threads}{params.made_from} --out {output.maps}"
        " > {log} 2>&1"


rule split:
    input:
        maps=MAPS,
        lists=lambda wildcards: list(SPLITS[wildcards.split].lists.values()),
    output:
        **SPLIT_FILES,
    log:
        f"{LOGS}/{{split}}/{{sampling}}.log",
    benchmark:
        f"{BENCHMARKS}/{{split}}/{{sampling}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("split"),
        runtime=runtime("split"),
    params:
        study=STUDY,
        name=split_flag,
        folder=subpath(output.split, parent=True),
        made_from=lambda wildcards: made_from_flag(
            RECIPES.parts(wildcards.sampling, split_named(wildcards))
        ),
    message:
        "Split the maps and compute the statistics of the training part"
    shell:
        "python -m deepsphere_pipe split --study {params.study}{params.name} --maps {input.maps}"
        "{params.made_from} --out {params.folder} > {log} 2>&1"


rule compute_power_spectra:
    input:
        native=NATIVE_BY_VERSION,
        other=by_version(study.power_spectra.input) if study.power_spectra else [],
    output:
        SPECTRA,
    log:
        f"{LOGS}/power_spectra.log",
    benchmark:
        f"{BENCHMARKS}/power_spectra.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("compute_power_spectra"),
        runtime=runtime("compute_power_spectra"),
    params:
        study=STUDY,
        native=lambda wildcards: NATIVE,
        made_from=lambda wildcards: spectra_recipe(),
    message:
        "Compute the power spectra"
    shell:
        "python -m deepsphere_pipe power-spectra --study {params.study} --input {params.native:q}"
        " --out {output} > {log} 2>&1"
