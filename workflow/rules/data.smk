# Snapshots -> one store of maps on the sampling -> split and statistics.

SYNTHESIZED = f"{RESULTS}/data/native"
NATIVE = SYNTHESIZED if study.data.source == "synthetic" else study.data.input
if NATIVE != SYNTHESIZED and not study.data.download and not Path(NATIVE).exists():
    raise WorkflowError(missing_input(study.data.source, NATIVE))
SOURCE_MODULE = f"data.sources.{SOURCES[study.data.source][0]}"
MAPS = f"{RESULTS}/data/maps.nc"
MANIFEST = [f"{RESULTS}/data/maps.manifest.json", f"{RESULTS}/data/maps.files.csv"]
SPLIT_FILES = {
    "split": f"{RESULTS}/data/split/split.csv",
    "statistics": f"{RESULTS}/data/split/statistics.json",
    "audit": f"{RESULTS}/data/split/audit.json",
}


rule synthesize:
    input:
        settings=settings("synthetic"),
    output:
        directory(SYNTHESIZED),
    log:
        f"{LOGS}/synthesize.log",
    benchmark:
        f"{BENCHMARKS}/synthesize.tsv"
    conda:
        "../../environment.yml"
    threads: 8
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code_fingerprint("data.synthetic"),
    message:
        "Synthesise CAM5-like snapshots"
    shell:
        "python -m deepsphere_pipe synthesize --config-file {input.settings}"
        " --workers {threads} --out {output} > {log} 2>&1"


# Only while the input is not there: what a user has put there is never made, so never deleted.
if study.data.download and not Path(study.data.input).exists():

    rule download:
        output:
            study.data.input,
        log:
            f"{LOGS}/download.log",
        benchmark:
            f"{BENCHMARKS}/download.tsv"
        retries: 2
        conda:
            "../../environment.yml"
        resources:
            mem_mb=1000,
            runtime=1440,
        params:
            urls=study.data.download.urls,
            flags=[
                f"--{name} {value}"
                for name, value in (
                    ("sha256", study.data.download.sha256),
                    ("size", study.data.download.size_bytes),
                )
                if value
            ],
        message:
            "Fetch {output}"
        shell:
            "python -m deepsphere_pipe download {params.urls:q} {params.flags}"
            " --out {output:q} > {log} 2>&1"


rule prepare:
    input:
        native=NATIVE,
        vertices=VERTICES,
    output:
        MAPS,
        *MANIFEST,
    log:
        f"{LOGS}/prepare.log",
    benchmark:
        f"{BENCHMARKS}/prepare.tsv"
    conda:
        "../../environment.yml"
    threads: 8
    resources:
        mem_mb=lambda wildcards, threads: 1000 + 500 * threads,
        runtime=240,
    params:
        source=study.data.source,
        sampling=SAMPLING,
        label_set=study.data.label_set,
        remapping=study.data.remapping,
        label_remapping=study.data.label_remapping,
        on_error=study.data.on_error,
        channels=study.data.channels,
        code=code_fingerprint("data.prepare", SOURCE_MODULE),
    message:
        "Remap the snapshots to the sampling: {params.sampling}"
    shell:
        "python -m deepsphere_pipe prepare --source {params.source} --input {input.native:q}"
        " {params.sampling} --label-set {params.label_set} --remapping {params.remapping}"
        " --label-remapping {params.label_remapping} --on-error {params.on_error}"
        " --channels {params.channels} --workers {threads} --out {output[0]} > {log} 2>&1"


rule split:
    input:
        maps=MAPS,
        settings=settings("split"),
        lists=list(study.split.lists.values()) if study.split else [],
    output:
        **SPLIT_FILES,
    log:
        f"{LOGS}/split.log",
    benchmark:
        f"{BENCHMARKS}/split.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        folder=subpath(output.split, parent=True),
        code=code_fingerprint("data.splits", "data.statistics"),
    message:
        "Split the maps and compute the statistics of the training part"
    shell:
        "python -m deepsphere_pipe split --maps {input.maps} --config-file {input.settings}"
        " --out {params.folder} > {log} 2>&1"
