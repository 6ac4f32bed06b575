# What trained networks see in other fields.


rule predict:
    input:
        models=models_predicting,
        fields=fields_shown,
    output:
        PREDICTION,
    log:
        f"{LOGS}/predict/{{prediction}}.log",
    benchmark:
        f"{BENCHMARKS}/predict/{{prediction}}.tsv"
    conda:
        "../../environment.yml"
    threads: network_threads("predict")
    resources:
        mem_mb=mem_mb("predict"),
        runtime=runtime("predict"),
        gpu=1,
    params:
        fields=lambda wildcards: study.predictions[wildcards.prediction].input,
        options=options_of,
        made_from=lambda wildcards: prediction_recipe(wildcards.prediction),
    message:
        "Predict {wildcards.prediction}"
    shell:
        "python -m deepsphere_pipe with-gpus --gpus {resources.gpu} --"
        " python -m deepsphere_pipe predict {input.models[0]} {params.fields:q} --with {input.models}"
        " {params.options} --out {output} --made-from prediction={params.made_from}"
        " > {log} 2>&1"


rule follow:
    input:
        prediction=PREDICTION,
        fields=fields_shown,
    output:
        FOLLOWED_FILE,
    log:
        f"{LOGS}/follow/{{prediction}}.log",
    benchmark:
        f"{BENCHMARKS}/follow/{{prediction}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("follow"),
        runtime=runtime("follow"),
    params:
        study=STUDY,
        made_from=lambda wildcards: followed_recipe(wildcards.prediction),
    message:
        "Follow the cyclone of {wildcards.prediction}"
    shell:
        "python -m deepsphere_pipe follow {input.prediction} --study {params.study}"
        " --prediction {wildcards.prediction} --out {output} > {log} 2>&1"
