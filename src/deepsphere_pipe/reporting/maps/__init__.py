"""Maps of the sphere: projections, rasters, coastlines, the turning globe."""
