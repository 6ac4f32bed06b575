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
        sampling=sampling_flags,
        kind=study.graph.kind,
        neighbours=study.graph.neighbours,
        kernel_width=study.graph.kernel_width,
        laplacian=study.graph.laplacian,
        made_from=lambda wildcards: made_from_flag({"sphere": RECIPES.sphere(wildcards.sampling)}),
    message:
        "Build the sphere and its graphs: {params.sampling}"
    shell:
        "python -m deepsphere_pipe sphere {params.sampling} --graph {params.kind}"
        " --neighbours {params.neighbours} --kernel-width {params.kernel_width}"
        " --laplacian {params.laplacian}{params.made_from} --out {output} > {log} 2>&1"
