# Scores of every run and of the baselines on the test part.

COMMON_FLAG = "".join(f" --common {path}" for path in COMMON_MAPS)


rule evaluate:
    input:
        unpack(on_its_sphere),
        model=f"{RESULTS}/runs/{{run}}/model.pt",
        common=COMMON_MAPS,
    output:
        scores=f"{RESULTS}/runs/{{run}}/scores.json",
        histograms=f"{RESULTS}/runs/{{run}}/histograms.nc",
        events=f"{RESULTS}/runs/{{run}}/events.csv",
        predictions=f"{RESULTS}/runs/{{run}}/predictions.nc",
        composite=f"{RESULTS}/runs/{{run}}/composite.nc",
        rotations=f"{RESULTS}/runs/{{run}}/rotations.csv",
    log:
        f"{LOGS}/evaluate/{{run}}.log",
    benchmark:
        f"{BENCHMARKS}/evaluate/{{run}}.tsv"
    conda:
        "../../environment.yml"
    threads: network_threads("evaluate")
    resources:
        mem_mb=mem_mb("evaluate"),
        runtime=runtime("evaluate"),
        gpu=1,
    params:
        study=STUDY,
        split=subpath(input.split, parent=True),
        folder=subpath(output.scores, parent=True),
        common=COMMON_FLAG,
        made_from=lambda wildcards: made_from_flag(RECIPES.run(wildcards.run)),
    message:
        "Score {wildcards.run} on the test part"
    shell:
        "python -m deepsphere_pipe with-gpus --gpus {resources.gpu} --"
        " python -m deepsphere_pipe evaluate --model {input.model} --maps {input.maps}"
        " --study {params.study} --run {wildcards.run}"
        " --split {params.split} --sphere {input.sphere}{params.common}"
        " --out {params.folder}{params.made_from} > {log} 2>&1"


rule baseline:
    input:
        unpack(on_its_sphere),
        common=COMMON_MAPS,
    output:
        scores=f"{RESULTS}/baselines/{{baseline}}/scores.json",
        histograms=f"{RESULTS}/baselines/{{baseline}}/histograms.nc",
        events=f"{RESULTS}/baselines/{{baseline}}/events.csv",
    log:
        f"{LOGS}/baseline/{{baseline}}.log",
    benchmark:
        f"{BENCHMARKS}/baseline/{{baseline}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("baseline"),
        runtime=runtime("baseline"),
    params:
        study=STUDY,
        split=subpath(input.split, parent=True),
        folder=subpath(output.scores, parent=True),
        common=COMMON_FLAG,
        made_from=lambda wildcards: made_from_flag(RECIPES.baseline(wildcards.baseline)),
    message:
        "Score the baseline {wildcards.baseline} on the test part"
    shell:
        "python -m deepsphere_pipe baseline --study {params.study} --baseline {wildcards.baseline}"
        " --maps {input.maps} --split {params.split} --sphere {input.sphere}{params.common}"
        " --out {params.folder}{params.made_from} > {log} 2>&1"
