# The slice of the study that each step depends on, as a file.


localrules:
    settings,


rule settings:
    input:
        lambda wildcards: settings_of_something_else(wildcards),
    output:
        settings("{part}"),
    log:
        f"{LOGS}/settings/{{part}}.log",
    conda:
        "../../environment.yml"
    params:
        text=lambda wildcards: settings_of(wildcards.part),
    message:
        "Write the settings of {wildcards.part}"
    # Renamed when complete, so that no step ever reads half of it.
    shell:
        "printf '%s' {params.text:q} > {output}.part 2> {log} && mv {output}.part {output} 2>> {log}"
