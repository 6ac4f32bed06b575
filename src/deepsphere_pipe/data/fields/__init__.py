"""One way to read climate fields: xarray decodes, CF names, pint converts, a table has channels."""
