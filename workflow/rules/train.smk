# One job per run (experiment x sampling x split x seed).


rule train:
    input:
        unpack(on_its_sphere),
    output:
        model=f"{RESULTS}/runs/{{run}}/model.pt",
        history=f"{RESULTS}/runs/{{run}}/history.csv",
        epochs=f"{RESULTS}/runs/{{run}}/epochs.nc",
    log:
        f"{LOGS}/train/{{run}}.log",
    benchmark:
        f"{BENCHMARKS}/train/{{run}}.tsv"
    conda:
        "../../environment.yml"
    threads: network_threads("train")
    resources:
        mem_mb=mem_mb("train"),
        runtime=runtime("train"),
        gpu=study.gpus_per_run,
        # GPUs of several nodes could not share a training that one command starts.
        nodes=1,
        processes=study.gpus_per_run,
    params:
        study=STUDY,
        split=subpath(input.split, parent=True),
        folder=subpath(output.model, parent=True),
        made_from=lambda wildcards: made_from_flag(RECIPES.training(wildcards.run)),
    message:
        "Train {wildcards.run}"
    shell:
        "python -m deepsphere_pipe with-gpus --gpus {resources.gpu} --"
        " python -m deepsphere_pipe train --study {params.study} --run {wildcards.run} --maps {input.maps}"
        " --split {params.split} --sphere {input.sphere} --out {params.folder}{params.made_from}"
        " --device auto --resume matching --processes {resources.processes}"
        " > {log} 2>&1"
