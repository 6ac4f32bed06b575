# Graph, Laplacian and pooling of every level of each sampling.

SPHERE = f"{RESULTS}/spheres/{{sampling}}.nc"


rule sphere:
    input:
        vertices_of,
    output:
        SPHERE,
    log:
        f"{LOGS}/sphere/{{sampling}}.log",
    benchmark:
        f"{BENCHMARKS}/sphere/{{sampling}}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=mem_mb("sphere"),
        runtime=runtime("sphere"),
    params:
        study=STUDY,
        made_from=lambda wildcards: made_from_flag({"sphere": RECIPES.sphere(wildcards.sampling)}),
    message:
        "Build the graphs of the sampling {wildcards.sampling}"
    shell:
        "python -m deepsphere_pipe sphere --study {params.study} --sampling {wildcards.sampling}"
        "{params.made_from} --out {output} > {log} 2>&1"
