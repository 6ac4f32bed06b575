"""Write the text that the rule was given, whole or not at all."""

from pathlib import Path

from deepsphere_pipe.atomic import atomic_write

with atomic_write(snakemake.output[0]) as temporary:  # noqa: F821 (snakemake gives the object)
    temporary.write_text(snakemake.params.text)  # noqa: F821
Path(snakemake.log[0]).write_text(f"wrote {snakemake.output[0]}\n")  # noqa: F821
