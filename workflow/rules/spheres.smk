# Graph, Laplacian and pooling of every level of the sampling.

SPHERE = f"{RESULTS}/spheres/{study.sampling.name}.nc"
# A file of vertices is an input like any other: with other vertices all that follows is new.
VERTICES = [study.sampling.file] if study.sampling.file else []


rule sphere:
    input:
        VERTICES,
    output:
        SPHERE,
    log:
        f"{LOGS}/sphere.log",
    benchmark:
        f"{BENCHMARKS}/sphere.tsv"
    conda:
        "../../environment.yml"
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        sampling=SAMPLING,
        kind=study.graph.kind,
        neighbours=study.graph.neighbours,
        kernel_width=study.graph.kernel_width,
        laplacian=study.graph.laplacian,
        code=code_fingerprint("spheres"),
    message:
        "Build the sphere and its graphs: {params.sampling}"
    shell:
        "python -m deepsphere_pipe sphere {params.sampling} --graph {params.kind}"
        " --neighbours {params.neighbours} --kernel-width {params.kernel_width}"
        " --laplacian {params.laplacian} --out {output} > {log} 2>&1"
