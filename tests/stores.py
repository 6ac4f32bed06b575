"""Stores of maps that are there already."""

from deepsphere_pipe.data.store_layout import allocate_store


def write_store(path, snapshots, maps, channels, sampling, title):
    """Write all maps at once, each (fields, labels); see `allocate_store` for the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    layout = allocate_store(path, snapshots, channels, sampling, title)
    with path.open("r+b") as file:
        for index, (fields, labels) in enumerate(maps):
            layout.write(file.fileno(), index, fields, labels)
