"""Tables as they are read by eye."""


def rows_of(markdown):
    """Return the rows of the first table of a text, each by the titles of its columns."""
    lines = markdown.split("\n\n")[0].splitlines()
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(header, row, strict=True)) for row in rows]
