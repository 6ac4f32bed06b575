# Storms that every network finds in the test part, beside those of the labels.

TRACK_SCORES = [f"{RESULTS}/runs/{run}/tracks.json" for run in RUNS if study.tracking.score_runs]


rule score_tracks:
    input:
        unpack(on_its_sphere),
        model=f"{RESULTS}/runs/{{run}}/model.pt",
    output:
        scores=f"{RESULTS}/runs/{{run}}/tracks.json",
        tracks=f"{RESULTS}/runs/{{run}}/tracks.csv",
        true=f"{RESULTS}/runs/{{run}}/true_tracks.csv",
    log:
        f"{LOGS}/score_tracks/{{run}}.log",
    benchmark:
        f"{BENCHMARKS}/score_tracks/{{run}}.tsv"
    conda:
        "../../environment.yml"
    threads: network_threads("score_tracks")
    resources:
        mem_mb=mem_mb("score_tracks"),
        runtime=runtime("score_tracks"),
        gpu=1,
    params:
        study=STUDY,
        split=subpath(input.split, parent=True),
        folder=subpath(output.scores, parent=True),
        made_from=lambda wildcards: made_from_flag(RECIPES.tracks(wildcards.run)),
    message:
        "Follow the storms of {wildcards.run} in the test part"
    shell:
        "python -m deepsphere_pipe with-gpus --gpus {resources.gpu} --"
        " python -m deepsphere_pipe score-tracks --model {input.model} --maps {input.maps}"
        " --study {params.study} --split {params.split} --sphere {input.sphere}"
        " --out {params.folder}{params.made_from} > {log} 2>&1"
