# Graph, Laplacian and pooling of every level of the sampling.

SPHERE = f"{RESULTS}/spheres/{study.sampling.name}_level{study.sampling.level}.nc"


rule sphere:
    output:
        SPHERE,
    log:
        f"{LOGS}/sphere.log",
    benchmark:
        f"{BENCHMARKS}/sphere.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        sampling=study.sampling.name,
        level=study.sampling.level,
        neighbours=study.graph.neighbours,
        kernel_width=study.graph.kernel_width,
        laplacian=study.graph.laplacian,
        code=code_fingerprint("spheres"),
    message:
        "Build the {params.sampling} sphere of level {params.level} and its graphs"
    shell:
        "python -m deepsphere_pipe sphere --sampling {params.sampling} --level {params.level}"
        " --neighbours {params.neighbours} --kernel-width {params.kernel_width}"
        " --laplacian {params.laplacian} --out {output} > {log} 2>&1"
